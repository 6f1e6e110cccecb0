import { collectBody } from '../../src/domain/collect-body.ts';
import { parseWadoUriQuery } from '../../src/domain/dicom/wado-uri-query.ts';
import type { DicomwebAnswer } from '../../src/flows/dicomweb-answer.ts';
import { retrieve } from '../../src/flows/retrieve.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createMemoryPacs, type CannedAnswer, type MemoryPacs } from '../fakes/memory-pacs.ts';
import {
  allObjects,
  CAPTURE,
  CAPTURE_SERIES,
  createRetrievalHouse,
  CT_ONE,
  CT_SERIES,
  pathTo,
  REPORT,
  REPORT_SERIES,
  STUDY,
  type Faults,
  type RetrievalHouse,
} from '../fakes/retrieval-house.ts';
import { aRegister } from '../fakes/register-builder.ts';
import { sopInstanceUid } from '../fakes/uids.ts';

const PRESENTATION_CLASS = '1.2.840.10008.5.1.4.1.1.11.1';
const MARKS = sopInstanceUid('1.10.9');
const EXTRA = [{ seriesInstanceUid: CT_SERIES, sopInstanceUid: MARKS, sopClassUid: PRESENTATION_CLASS }];
const queryOf = (series: string, instance: string, more = ''): string =>
  `requestType=WADO&studyUID=${STUDY}&seriesUID=${series}&objectUID=${instance}${more}`;
const image = (more = ''): string => queryOf(CT_SERIES, CT_ONE, more);
const [ctOne = ''] = allObjects.map(pathTo);

interface Setting {
  readonly answers?: Readonly<Record<string, CannedAnswer>>;
  /** Absent where the PACS serves no WADO-URI. */
  readonly door?: CannedAnswer;
  readonly faults?: Faults;
}
function open({ answers = {}, door, faults = {} }: Setting = {}) {
  const house = createRetrievalHouse({ answers, faults, extraObjects: EXTRA });
  const other = door === undefined ? undefined : createMemoryPacs({ wado: door });
  const wadoUri = other === undefined ? undefined : { pacs: other, segments: ['wado'] };
  return { house, other, deps: { ...house.deps, wadoUri } };
}
async function ask(
  { deps }: { readonly deps: RetrievalHouse['deps'] },
  query: string,
  { token = 'alice', headers = {} }: { token?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<DicomwebAnswer> {
  const wadoUri = parseWadoUriQuery(query);
  const { resource } = wadoUri;
  const base = { evidence: { bearerToken: token }, requestId: 'r-1', resource, query: [], headers };
  return await retrieve(deps, { ...base, wadoUri }, new AbortController().signal);
}
const textOf = async (answer: DicomwebAnswer): Promise<string> =>
  Buffer.from(await collectBody(answer.body, 1e6)).toString('latin1');
const lastOf = ({ asked }: MemoryPacs) => asked.at(-1);

describe('where the PACS serves none, WADO-RS answers', () => {
  test('an object comes by itself, as it is stored', async () => {
    const setting = open();
    const answer = await ask(setting, image('&contentType=application/dicom'), {
      headers: { range: 'bytes=0-1' },
    });
    expect(answer.headers['content-type']).toBe('application/dicom');
    const text = await textOf(answer);
    expect(text.slice(128, 132)).toBe('DICM');
    expect(text).not.toContain('--edge');
    expect(lastOf(setting.house.pacs)).toMatchObject({
      headers: { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
      decode: true,
    });
    expect(lastOf(setting.house.pacs)?.headers).not.toHaveProperty('range');
  });

  test.each([
    ['', `${ctOne}/rendered`, 'image/jpeg', []],
    ['&contentType=image/png', `${ctOne}/rendered`, 'image/png', []],
    ['&frameNumber=2', `${ctOne}/frames/2/rendered`, 'image/jpeg', []],
    ['&rows=64&columns=32', `${ctOne}/rendered`, 'image/jpeg', [['viewport', '32,64']]],
  ])('a picture%s', async (more, path, accept, query) => {
    const setting = open({
      answers: { [path]: { headers: { 'content-type': 'image/x' }, body: 'picture' } },
    });
    const answer = await ask(setting, image(more), { headers: { accept: 'text/html' } });
    expect(await textOf(answer)).toBe('picture');
    expect(lastOf(setting.house.pacs)).toMatchObject({
      segments: path.split('/'),
      query,
      headers: { accept },
    });
  });

  test('what cannot be said there is refused', async () => {
    expect((await faultOf(ask(open(), image('&region=0,0,1,1')))).code).toBe('bad-request');
  });

  test('a status of the PACS’s is passed on', async () => {
    const answers = { [ctOne]: { status: 404 } };
    expect((await ask(open({ answers }), image('&contentType=application/dicom'))).status).toBe(404);
  });
});

describe('where the PACS serves it', () => {
  test('it is asked with a query of ours, and what it says is passed on', async () => {
    const door = { headers: { 'content-type': 'application/dicom', 'accept-ranges': 'bytes' }, body: 'file' };
    const setting = open({ door });
    const headers = { accept: '*/*', range: 'bytes=0-3' };
    const answer = await ask(setting, image('&contentType=application/dicom&token=x&rows=3'), { headers });
    expect(answer.headers).toMatchObject(door.headers);
    expect(await textOf(answer)).toBe('file');
    expect(setting.other?.asked).toEqual([
      {
        method: 'GET',
        segments: ['wado'],
        query: [
          ['requestType', 'WADO'],
          ['studyUID', STUDY],
          ['seriesUID', CT_SERIES],
          ['objectUID', CT_ONE],
          ['contentType', 'application/dicom'],
          ['rows', '3'],
        ],
        headers,
        decode: false,
      },
    ]);
    expect(setting.house.pacs.asked).toEqual([]);
  });
});

describe.each([
  ['by WADO-RS', undefined],
  ['by the PACS’s own', { headers: { 'content-type': 'image/jpeg' }, body: 'secret' }],
])('AI results are locked %s', (_name, door) => {
  const setting = (more: Setting = {}) => open({ ...(door === undefined ? {} : { door }), ...more });
  const capture = queryOf(CAPTURE_SERIES, CAPTURE);
  const report = queryOf(REPORT_SERIES, REPORT, '&contentType=application/dicom');

  test.each([
    ['a capture of a model nobody knows', 'alice', capture],
    ['the same as an object', 'alice', `${capture}&contentType=application/dicom`],
    ['the same by frame', 'alice', `${capture}&frameNumber=1`],
    ['a report, to who may not', 'stranger', report],
    ['a report, to an endpoint', 'endpoint', report],
  ])('%s', async (_what, token, query) => {
    const { house, other, deps } = setting();
    const fault = await faultOf(ask({ deps }, query, { token }));
    expect(fault).toMatchObject({ code: 'not-permitted', caseId: expect.any(String) });
    expect([house.pacs.asked, other?.asked ?? []]).toEqual([[], []]);
  });

  test('a report opens for whom it is unlocked, on record, and nobody keeps it', async () => {
    const { house, deps } = setting();
    const answer = await ask({ deps }, report);
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(house.caseLog.all().map(({ kind }) => kind)).toEqual(['case.viewed']);
  });

  test('without a record there is no result', async () => {
    const { deps } = setting({ faults: { caseLog: 'throws' } });
    expect((await faultOf(ask({ deps }, report))).code).toBe('case-log-unavailable');
    expect((await ask({ deps }, image())).status).toBe(200);
  });

  test('nobody reads nothing, and no token another study', async () => {
    expect((await faultOf(ask(setting(), image(), { token: 'unknown' }))).code).toBe('not-identified');
    const other = `requestType=WADO&studyUID=1.2.3&seriesUID=${CT_SERIES}&objectUID=${CT_ONE}`;
    expect((await faultOf(ask(setting(), other, { token: 'endpoint' }))).code).toBe('not-permitted');
  });
});

describe('a presentation state is seen in the picture', () => {
  const door = { headers: { 'content-type': 'image/jpeg' }, body: 'picture' };
  const by = (series: string, instance: string): string =>
    image(`&presentationUID=${instance}&presentationSeriesUID=${series}`);

  test('one that people made draws', async () => {
    const setting = open({ door });
    expect(await textOf(await ask(setting, by(CT_SERIES, MARKS)))).toBe('picture');
    expect(setting.other?.asked[0]?.query).toContainEqual(['presentationUID', MARKS]);
  });

  test('one that AI made is judged: locked for one, open for another', async () => {
    const locked = await faultOf(ask(open({ door }), by(CAPTURE_SERIES, CAPTURE)));
    expect(locked.code).toBe('not-permitted');
    expect((await faultOf(ask(open({ door }), by(REPORT_SERIES, REPORT), { token: 'stranger' }))).code).toBe(
      'not-permitted',
    );
    const setting = open({ door });
    const answer = await ask(setting, by(REPORT_SERIES, REPORT));
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(setting.house.caseLog.all().map(({ kind }) => kind)).toEqual(['case.viewed']);
  });

  test('one that is stopped while the PACS draws is not shown', async () => {
    const setting = open({ door });
    const { house, other } = setting;
    const pacs: Pick<MemoryPacs, 'fetch'> = {
      fetch: async (request, signal) => {
        house.changeRegister(aRegister({ modelVersions: [] }));
        return await (other ?? house.pacs).fetch(request, signal);
      },
    };
    const deps = { ...setting.deps, wadoUri: { pacs, segments: ['wado'] } };
    expect((await faultOf(ask({ deps }, by(REPORT_SERIES, REPORT)))).code).toBe('not-permitted');
    expect(other?.cancelled()).toBe(1);
  });

  test('one that is not there is not found', async () => {
    expect((await faultOf(ask(open({ door }), by(CT_SERIES, '9.9.9')))).code).toBe('not-found');
  });
});
