import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { textOf, type DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { createPrepareSearch } from '../../src/flows/prepared-search.ts';
import { createRepeatedAnswers } from '../../src/flows/repeated-answers.ts';
import { storeObjects } from '../../src/flows/store-objects.ts';
import { createStoreDoor } from '../../src/http/dicomweb-store.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { createResultsIndex } from '../../src/register/results-index.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { createPacsStore } from '../../src/upstreams/pacs-store.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { createMemoryWorkitems } from '../fakes/memory-workitems.ts';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';
import { startOrthanc, type OrthancServer } from '../fakes/orthanc-server.ts';
import { element } from '../fakes/part-10.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { NOW, SITE } from '../fakes/register-builder.ts';
import { createSaidWords } from '../fakes/said-words.ts';
import { createStoreHouse } from '../fakes/store-house.ts';
import { multipartBody, storedFile } from '../fakes/stored-files.ts';

const all = makeStudies();
const withAi = all.find((study) => study.holdsAiResults)?.studyInstanceUid ?? '';
const chest = all.find((study) => study.key === 'ct-chest');
const plain = chest?.studyInstanceUid ?? '';
/** Nobody has looked at it when something is moved there. */
const target = all.find((study) => ![withAi, plain].includes(study.studyInstanceUid));
const elsewhere = target?.studyInstanceUid ?? '';
/** Orthanc ends a connection that nobody used for a second, which on a busy machine meets the next call half way. */
const ALONE = { connection: 'close' };
const COUNTS = ['00201206', '00201208', '00080061'];
const ofPatient = (patientId = ''): readonly Buffer[] => [
  element([0x0008, 0x0020], 'DA', '20260112'),
  element([0x0008, 0x0060], 'CS', 'CT'),
  element([0x0010, 0x0020], 'LO', patientId),
  element([0x0010, 0x0030], 'DA', '19600101'),
  element([0x0018, 0x0015], 'CS', 'CHEST'),
];
const RESULT = {
  sopInstanceUid: '1.99.1',
  study: plain,
  series: '1.99',
  before: ofPatient(chest?.patientId),
};

type Given = Parameters<Parameters<typeof createStoreDoor>[0]['storeObjects']>;

/** A machine stores what looks like a CT image: nothing but where it came from says that AI made it. */
describeWithBinary('AI results in a real Orthanc', ['Orthanc'], () => {
  let orthanc: OrthancServer;
  let gateway: Listener;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    orthanc = await startOrthanc({ files: all.flatMap((study) => study.files) });
    const publicDicomwebUrl = 'https://gw.example/dicom-web';
    const options = {
      baseUrl: orthanc.dicomwebUrl,
      timeouts: { firstByteMs: 20_000, idleMs: 20_000 },
      publicDicomwebUrl,
    };
    const [pacs, pacsStore] = [createPacsClient(options), createPacsStore(options)];
    const store = createStoreHouse().deps;
    const cache = { nowMs: () => 0, cacheTtlMs: 60_000, maxEntries: 100 };
    const resultsIndex = createResultsIndex(store.storedResults, {
      monotonicMs: () => 0,
      patienceMs: 20_000,
      maxStudies: 10,
    });
    const aiResults = createAiResultReader({ pacs, resultsIndex, ...cache });
    const places = { sites: [{ site: SITE, when: {} }], bodyPartRules: [], simulator: false };
    const deps = {
      ...store,
      pacs,
      pacsStore,
      publicDicomwebUrl,
      resultsIndex,
      ...createSaidWords(),
      aiResults,
      memories: [aiResults],
      studies: createStudyContextReader({ pacs, ...places, ...cache }),
      caseLog: createMemoryCaseLog(),
      drift: { count: () => undefined },
      clock: { nowMs: () => NOW, monotonicMs: () => 0 },
      accesses: { note: () => undefined },
      after: () => () => undefined,
      prepareSearch: createPrepareSearch(),
      repeated: createRepeatedAnswers(),
      workitems: createMemoryWorkitems(),
    };
    const flows = { storeObjects: async (...given: Given) => await storeObjects(deps, ...given) };
    const door = createStoreDoor(flows, undefined);
    gateway = await startListener({ app: dicomwebApp(deps, { store: door }), host: '127.0.0.1', port: 0 });
    closers.push(
      () => gateway.close(0),
      () => pacs.close(),
      () => pacsStore.close(),
      () => orthanc.close(),
    );
  });
  afterAll(async () => {
    for (const close of closers) await close();
  });

  const get = async (path: string, token = 'stranger'): Promise<Response> =>
    await fetch(`${gateway.url}/dicom-web/${path}`, { headers: { authorization: `Bearer ${token}` } });
  const parsed = async (answer: Response): Promise<readonly DicomJsonObject[]> =>
    parseDatasets(new Uint8Array(await answer.arrayBuffer()));
  const rowsOf = async (path: string, token?: string) => await parsed(await get(path, token));
  const directly = async (path: string) =>
    await parsed(await fetch(`${orthanc.dicomwebUrl}/${path}`, { headers: ALONE }));
  const countsOf = ([row]: readonly DicomJsonObject[]) => COUNTS.map((tag) => row?.[tag]?.Value);
  const asked = `includefield=${COUNTS.join(',')}`;

  test('a study counts what is left of it, and says so as the PACS does', async () => {
    const query = `studies?StudyInstanceUID=${withAi}&${asked}`;
    const series = await rowsOf(`studies/${withAi}/series?includefield=00201209`);
    const objects = await rowsOf(`studies/${withAi}/instances`);
    const [direct, seen] = [await directly(query), await rowsOf(query)];
    const kinds = [...new Set(series.map((row) => textOf(row, '00080060')))];
    expect(countsOf(seen)).toEqual([[series.length], [objects.length], kinds]);
    expect(countsOf(direct)).not.toEqual(countsOf(seen));
    const inSeries = series.map((row) => Number(textOf(row, '00201209')));
    expect(inSeries.reduce((sum, count) => sum + count, 0)).toBe(objects.length);
  });

  test('of a study without AI results every row is the PACS’s own', async () => {
    const query = `studies?StudyInstanceUID=${plain}&${asked}`;
    expect(countsOf(await rowsOf(query))).toEqual(countsOf(await directly(query)));
  });

  test('what a machine for results stored is locked at once, although it looks like an image', async () => {
    const before = await rowsOf(`studies?StudyInstanceUID=${plain}&${asked}`);
    const stored = await fetch(`${gateway.url}/dicom-web/studies`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer ai',
        'content-type': 'multipart/related; type="application/dicom"; boundary=edge',
      },
      body: new Uint8Array(multipartBody([storedFile(RESULT)])),
    });
    expect(stored.status).toBe(200);
    expect(await directly(`studies/${plain}/series/1.99/instances`)).toHaveLength(1);
    expect(countsOf(await rowsOf(`studies?StudyInstanceUID=${plain}&${asked}`))).toEqual(countsOf(before));
    const path = `studies/${plain}/series/1.99`;
    for (const list of [
      `${path}/instances`,
      'series?SeriesInstanceUID=1.99',
      'instances?SOPInstanceUID=1.99.1',
    ])
      expect([list, await rowsOf(list)]).toEqual([list, []]);
    for (const address of [
      path,
      `${path}/metadata`,
      `${path}/instances/1.99.1`,
      `${path}/instances/1.99.1/metadata`,
    ]) {
      const answer = await get(address);
      expect([address, answer.status, answer.headers.get('case-id')?.slice(0, 2)]).toEqual([
        address,
        403,
        'c-',
      ]);
    }
    for (const address of [`studies/${plain}`, `studies/${plain}/metadata`]) {
      const answer = await get(address);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).includes('1.99.1')).toBe(false);
    }
    const wado = `wado?requestType=WADO&studyUID=${plain}&seriesUID=1.99&objectUID=1.99.1&contentType=application/dicom`;
    expect((await get(wado)).status).toBe(403);
  });

  test('and is seen by those for whom its version is unlocked', async () => {
    expect((await get(`studies/${plain}/series/1.99/instances/1.99.1`, 'alice')).status).toBe(200);
    expect((await rowsOf('instances?SOPInstanceUID=1.99.1', 'alice')).length).toBeGreaterThan(0);
  });

  test('it stays locked where the PACS files it under another study and series', async () => {
    const list = `studies/${elsewhere}/instances`;
    const before = await directly(list);
    const root = orthanc.dicomwebUrl.replace(/\/dicom-web\/?$/, '');
    const looked = await fetch(`${root}/tools/lookup`, { method: 'POST', headers: ALONE, body: '1.99.1' });
    const [, held = ''] = /"Path" : "([^"]+)"/.exec(await looked.text()) ?? [];
    expect((await fetch(`${root}${held}`, { method: 'DELETE', headers: ALONE })).status).toBe(200);
    const moved = { ...RESULT, study: elsewhere, series: '1.98', before: ofPatient(target?.patientId) };
    const put = await fetch(`${orthanc.dicomwebUrl}/studies`, {
      method: 'POST',
      headers: { ...ALONE, 'content-type': 'multipart/related; type="application/dicom"; boundary=edge' },
      body: new Uint8Array(multipartBody([storedFile(moved)])),
    });
    expect(put.status).toBe(200);
    expect(await directly(list)).toHaveLength(before.length + 1);
    expect(await rowsOf(list)).toHaveLength(before.length);
    expect(countsOf(await rowsOf(`studies?StudyInstanceUID=${elsewhere}&${asked}`))[1]).toEqual([
      before.length,
    ]);
    expect(await rowsOf(`studies/${elsewhere}/series/1.98/instances`)).toEqual([]);
    for (const address of [`studies/${elsewhere}`, `studies/${elsewhere}/metadata`]) {
      const answer = await get(address);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).includes('1.99.1')).toBe(false);
    }
    for (const part of ['', '/metadata', '/instances/1.99.1', '/instances/1.99.1/metadata'])
      expect((await get(`studies/${elsewhere}/series/1.98${part}`)).status).toBe(403);
  });
});
