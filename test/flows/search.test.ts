import { collectBody } from '../../src/domain/collect-body.ts';
import { textOf, type DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { parseSearchQuery } from '../../src/domain/dicom/dicomweb-query.ts';
import { parseDicomwebTarget } from '../../src/domain/dicom/dicomweb-resource.ts';
import { search } from '../../src/flows/search.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { withLongAnswers } from '../fakes/long-answers.ts';
import { createMemoryPacs, type CannedAnswer } from '../fakes/memory-pacs.ts';
import {
  allObjects,
  CAPTURE,
  CAPTURE_SERIES,
  createRetrievalHouse,
  CT_ONE,
  CT_SERIES,
  CT_TWO,
  datasetOf,
  REPORT,
  REPORT_SERIES,
  STUDY,
  type Faults,
  type RetrievalHouse,
} from '../fakes/retrieval-house.ts';

type Asking = { token?: string; query?: string; accept?: string };
const run = async (house: RetrievalHouse, path: string, options: Asking = {}) => {
  const { resource } = parseDicomwebTarget(`/dicom-web/${path}`);
  if (resource.kind !== 'search') throw new Error(`no search: ${path}`);
  const { token = 'alice', query = '', accept } = options;
  const input = {
    evidence: { bearerToken: token },
    requestId: 'r-1',
    resource,
    query: parseSearchQuery(query),
    accept,
  };
  return await search(house.deps, input, new AbortController().signal);
};
type Rows = readonly DicomJsonObject[];
const rowsOf = async (house: RetrievalHouse, path: string, options?: Asking): Promise<Rows> => {
  const answer = await run(house, path, options);
  return JSON.parse(Buffer.from(await collectBody(answer.body, 1e7)).toString());
};
/** A long answer goes through in parts; whoever asks sees no difference. */
const rowsBothWays: typeof rowsOf = async (house, path, options) => {
  const rows = await rowsOf(house, path, options);
  expect(await rowsOf(withLongAnswers(house), path, options)).toEqual(rows);
  return rows;
};
const uidsOf = async (house: RetrievalHouse, path: string, options?: Asking) => {
  const tag = path.endsWith('instances') ? '00080018' : path.endsWith('series') ? '0020000E' : '0020000D';
  return (await rowsBothWays(house, path, options)).map((row) => textOf(row, tag));
};
const json = (rows: readonly unknown[]): CannedAnswer => ({
  headers: { 'content-type': 'application/dicom+json' },
  body: JSON.stringify(rows),
});
const [first] = allObjects;
const base: Readonly<Record<string, unknown>> = first === undefined ? {} : datasetOf(first);
const PLAIN = [CT_ONE, CT_TWO];

describe('rows that a radiologist sees, with one AI result unlocked and one locked', () => {
  test.each([
    ['studies', [STUDY]],
    ['series', [CT_SERIES, REPORT_SERIES]],
    ['instances', [...PLAIN, REPORT]],
    [`studies/${STUDY}/series`, [CT_SERIES, REPORT_SERIES]],
    [`studies/${STUDY}/instances`, [...PLAIN, REPORT]],
    [`studies/${STUDY}/series/${CT_SERIES}/instances`, PLAIN],
    [`studies/${STUDY}/series/${REPORT_SERIES}/instances`, [REPORT]],
    [`studies/${STUDY}/series/${CAPTURE_SERIES}/instances`, []],
  ])('%s', async (path, expected) => {
    const house = createRetrievalHouse();
    expect(await uidsOf(house, path)).toEqual(expected);
    // A list is not a view: what a result says is not in it.
    expect(house.caseLog.all()).toEqual([]);
  });

  test.each(['series', 'instances', `studies/${STUDY}/instances`])(
    '%s for someone who is not in the register',
    async (path) => {
      expect(await uidsOf(createRetrievalHouse(), path, { token: 'stranger' })).toEqual(
        path === 'series' ? [CT_SERIES] : PLAIN,
      );
    },
  );

  test('rows name the gateway, and nobody may keep them', async () => {
    const answer = await run(createRetrievalHouse(), 'studies');
    const body = Buffer.from(await collectBody(answer.body, 1e6));
    expect(JSON.parse(body.toString())[0]['00081190'].Value).toEqual([
      `https://gw.example/dicom-web/studies/${STUDY}`,
    ]);
    expect(answer.headers).toEqual({
      'content-type': 'application/dicom+json',
      'content-length': String(body.length),
      'cache-control': 'private, no-store',
      vary: 'Authorization, Cookie',
    });
  });

  test('what a report says does not come with its row, whatever includefield asks for', async () => {
    const report = allObjects[2];
    const row = { ...(report === undefined ? {} : datasetOf(report)), '0040A730': { vr: 'SQ', Value: [{}] } };
    const house = createRetrievalHouse({
      answers: { [`studies/${STUDY}/instances`]: json([row]), studies: json([row]) },
    });
    for (const path of [`studies/${STUDY}/instances`, 'studies']) {
      const [seen] = await rowsBothWays(house, path, { query: 'includefield=0040A730' });
      expect(textOf(seen ?? {}, '00080018')).toBe(REPORT);
      expect(seen?.['0040A730']).toBeUndefined();
    }
  });

  test('an empty Modalities in Study is left out', async () => {
    const house = createRetrievalHouse({
      answers: { studies: json([{ ...base, '00080061': { vr: 'CS' } }]) },
    });
    expect((await rowsBothWays(house, 'studies'))[0]?.['00080061']).toBeUndefined();
  });
});

describe('images stay in the lists whatever happens to the AI side', () => {
  const faults: readonly (readonly [string, Faults, readonly string[]])[] = [
    ['the register throws', { register: 'throws' }, [CT_SERIES]],
    ['the context cannot be read', { context: 'throws' }, [CT_SERIES]],
    ['the case log throws', { caseLog: 'throws' }, [CT_SERIES, REPORT_SERIES]],
    // In doubt a series is judged by what it calls itself; its objects stay locked.
    ['the AI reader throws', { aiReader: 'throws' }, [CT_SERIES, CAPTURE_SERIES]],
    ['the AI reader finds nothing', { aiReader: 'empty' }, [CT_SERIES, CAPTURE_SERIES]],
  ];
  test.each(faults)('%s', async (_name, fault, series) => {
    const house = createRetrievalHouse({ faults: fault });
    expect(await uidsOf(house, `studies/${STUDY}/series`)).toEqual(series);
    const instances = await uidsOf(house, `studies/${STUDY}/instances`);
    expect(instances.slice(0, 2)).toEqual(PLAIN);
    expect(instances).not.toContain(CAPTURE);
    expect(await uidsOf(house, 'studies')).toEqual([STUDY]);
  });

  test('a row without a study or modality is no image', async () => {
    const { '0020000D': _study, ...rest } = base;
    const { '00080060': _modality, ...bare } = rest;
    const house = createRetrievalHouse({
      answers: { series: json([rest, bare]), instances: json([{ ...bare, '00080016': { vr: 'UI' } }, bare]) },
    });
    expect(await rowsBothWays(house, 'series')).toHaveLength(1);
    expect(await rowsBothWays(house, 'instances')).toHaveLength(1);
  });

  test('objects that have just arrived: images are listed, the rest not yet', async () => {
    const late = { ...base, '00080018': { vr: 'UI', Value: ['1.10.77'] } };
    const capture = { ...late, '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] } };
    const house = createRetrievalHouse({
      answers: { [`studies/${STUDY}/instances`]: json([late, capture]) },
    });
    expect(await rowsBothWays(house, `studies/${STUDY}/instances`)).toHaveLength(1);
  });
});

describe('what is asked of the PACS', () => {
  test.each([
    [
      'studies',
      'PatientID=A&token=secret&limit=2',
      [
        ['00100020', 'A'],
        ['limit', '2'],
      ],
    ],
    [`studies/${STUDY}/series`, `StudyInstanceUID=${STUDY}&Modality=CT`, [['00080060', 'CT']]],
  ])('%s?%s', async (path, query, expected) => {
    const house = createRetrievalHouse();
    await run(house, path, { query });
    expect(house.pacs.asked).toMatchObject([
      { query: expected, headers: { accept: 'application/dicom+json' }, decode: true },
    ]);
  });

  test('rows that were not asked for are left out', async () => {
    const house = createRetrievalHouse();
    expect(await uidsOf(house, 'studies', { query: 'StudyInstanceUID=1.2.3' })).toEqual([]);
    expect(await uidsOf(house, 'instances', { query: `SOPInstanceUID=${CT_TWO}` })).toEqual([CT_TWO]);
    expect(
      await uidsOf(house, 'instances', { query: `SeriesInstanceUID=${REPORT_SERIES},${CT_SERIES}` }),
    ).toEqual([...PLAIN, REPORT]);
  });

  test('the look-up covers the series that were found', async () => {
    const house = createRetrievalHouse();
    await run(house, `studies/${STUDY}/series`);
    expect(house.needs).toEqual([{ series: [CT_SERIES, REPORT_SERIES, CAPTURE_SERIES] }]);
  });
});

describe('an AI endpoint’s token', () => {
  test('finds its study only, without AI results', async () => {
    const house = createRetrievalHouse();
    expect(await uidsOf(house, 'studies', { token: 'endpoint' })).toEqual([STUDY]);
    expect(
      await uidsOf(house, 'instances', { token: 'endpoint', query: `StudyInstanceUID=${STUDY}` }),
    ).toEqual(PLAIN);
    expect(await uidsOf(house, `studies/${STUDY}/series`, { token: 'endpoint' })).toEqual([CT_SERIES]);
    for (const request of house.pacs.asked.slice(0, 2))
      expect(request.query).toContainEqual(['0020000D', STUDY]);
  });

  test.each([
    ['studies', 'StudyInstanceUID=1.2.3'],
    ['studies', `StudyInstanceUID=${STUDY},1.2.3`],
    ['studies/1.2.3/series', ''],
  ])('is refused %s?%s', async (path, query) => {
    const house = createRetrievalHouse();
    expect((await faultOf(run(house, path, { token: 'endpoint', query }))).code).toBe('not-permitted');
    expect(house.pacs.asked).toEqual([]);
  });
});

describe('the PACS’s own word', () => {
  test.each([
    [204, 204],
    [400, 400],
    [413, 413],
  ])('status %d is passed on', async (status, expected) => {
    expect((await run(createRetrievalHouse({ answers: { studies: { status } } }), 'studies')).status).toBe(
      expected,
    );
  });

  test('Warning is passed on', async () => {
    const headers = { warning: '299 pacs "There are additional results"' };
    const house = createRetrievalHouse({ answers: { studies: { ...json([]), headers } } });
    expect((await run(house, 'studies')).headers).toMatchObject(headers);
  });

  test('rows that are none are an error', async () => {
    const house = createRetrievalHouse({ answers: { studies: { body: '<html>' } } });
    expect((await faultOf(run(house, 'studies'))).code).toBe('upstream-bad-answer');
    expect((await faultOf(run(withLongAnswers(house), 'studies'))).code).toBe('upstream-bad-answer');
  });
});

test('nobody finds nothing', async () => {
  expect((await faultOf(run(createRetrievalHouse(), 'studies', { token: 'unknown' }))).code).toBe(
    'not-identified',
  );
});

test('who takes neither JSON nor XML gets what the PACS gives: JSON, its own refusal, or ours for another form', async () => {
  const ask = async (canned: CannedAnswer) => {
    const house = createRetrievalHouse({ answers: { studies: canned } });
    const answer = run(house, 'studies', { accept: 'text/html' });
    await answer.catch(() => undefined);
    expect(house.pacs.asked[0]?.headers).toEqual({ accept: 'text/html' });
    return { answer, house };
  };
  const rows = await ask({ headers: { 'content-type': 'application/dicom+json' }, body: '[]' });
  expect((await rows.answer).status).toBe(200);
  expect((await (await ask({ status: 406 })).answer).status).toBe(406);
  expect((await (await ask({ status: 204, body: '' })).answer).status).toBe(204);
  const html = await ask({ headers: { 'content-type': 'text/html' }, body: '<html>' });
  expect((await faultOf(html.answer)).code).toBe('not-acceptable');
  expect(html.house.pacs.cancelled()).toBe(1);
});

describe('a PACS that repeats itself', () => {
  const named = (name: string): CannedAnswer =>
    json([{ ...base, '00100010': { vr: 'PN', Value: [{ Alphabetic: name }] } }]);

  test('is asked each time, and what it says goes out each time', async () => {
    const house = createRetrievalHouse({ answers: { studies: named('Grüße^Łukasz') } });
    const first = await rowsOf(house, 'studies');
    expect(await rowsOf(house, 'studies')).toEqual(first);
    expect(textOf(first[0] ?? {}, '00100010')).toBe('Grüße^Łukasz');
    expect(house.pacs.asked).toHaveLength(2);
  });

  test('is heard when it says something else', async () => {
    const answers: Record<string, CannedAnswer> = { studies: named('One') };
    const house = createRetrievalHouse();
    const pacs = createMemoryPacs(answers);
    const deps = { ...house.deps, pacs };
    await rowsOf({ ...house, deps }, 'studies');
    answers['studies'] = named('Two');
    const [row] = await rowsOf({ ...house, deps }, 'studies');
    expect(textOf(row ?? {}, '00100010')).toBe('Two');
  });

  test('does not open to one what was listed for another', async () => {
    const house = createRetrievalHouse();
    const forAlice = await uidsOf(house, `studies/${STUDY}/instances`);
    const forStranger = await uidsOf(house, `studies/${STUDY}/instances`, { token: 'stranger' });
    expect(forAlice).toContain(REPORT);
    expect(forStranger).not.toContain(REPORT);
    expect(await uidsOf(house, `studies/${STUDY}/instances`)).toEqual(forAlice);
  });
});
