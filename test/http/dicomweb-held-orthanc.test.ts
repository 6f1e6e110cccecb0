import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { parseCaseId } from '../../src/domain/identifiers.ts';
import { readHolds } from '../../src/flows/read-holds.ts';
import { recordDisposition } from '../../src/flows/record-disposition.ts';
import { createPrepareSearch } from '../../src/flows/prepared-search.ts';
import { createRepeatedAnswers } from '../../src/flows/repeated-answers.ts';
import { storeObjects } from '../../src/flows/store-objects.ts';
import { createStoreDoor } from '../../src/http/dicomweb-store.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { createHoldsIndex } from '../../src/register/holds-index.ts';
import { createResultsIndex } from '../../src/register/results-index.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { createPacsStore } from '../../src/upstreams/pacs-store.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { createMemoryWorkitems } from '../fakes/memory-workitems.ts';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';
import { createFixedIdentity } from '../fakes/fixed-identity.ts';
import { heldRegister } from '../fakes/held-house.ts';
import { startOrthanc } from '../fakes/orthanc-server.ts';
import { element } from '../fakes/part-10.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { aPrincipal, MODEL, NOW, SITE, VERSION } from '../fakes/register-builder.ts';
import { createSaidWords } from '../fakes/said-words.ts';
import { createStoreHouse } from '../fakes/store-house.ts';
import { multipartBody, storedFile } from '../fakes/stored-files.ts';

const chest = makeStudies().find((study) => study.key === 'ct-chest');
const study = chest?.studyInstanceUid ?? '';
const SERIES = `studies/${study}/series/1.99`;
const OBJECT = `${SERIES}/instances/1.99.1`;
const FILE = storedFile({
  sopInstanceUid: '1.99.1',
  study,
  series: '1.99',
  before: [
    element([0x0008, 0x0020], 'DA', '20260112'),
    element([0x0008, 0x0060], 'CS', 'CT'),
    element([0x0010, 0x0020], 'LO', chest?.patientId ?? ''),
    element([0x0010, 0x0030], 'DA', '19600101'),
    element([0x0018, 0x0015], 'CS', 'CHEST'),
  ],
});
const PEOPLE = {
  alice: aPrincipal(),
  operator: aPrincipal({ subject: 'operator', sessionRef: 'session-2' }),
  ai: {
    kind: 'machine',
    id: 'chest-ai',
    purpose: 'ai-results',
    models: [{ model: MODEL, version: VERSION }],
    proof: 'key',
  },
} as const;

type Given = Parameters<Parameters<typeof createStoreDoor>[0]['storeObjects']>;

describeWithBinary('what AI stored, held by the policy, in a real Orthanc', ['Orthanc'], () => {
  let gateway: Listener;
  let accept: () => Promise<void>;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const orthanc = await startOrthanc({ files: chest?.files ?? [] });
    const publicDicomwebUrl = 'https://gw.example/dicom-web';
    const timeouts = { firstByteMs: 20_000, idleMs: 20_000 };
    const options = { baseUrl: orthanc.dicomwebUrl, timeouts, publicDicomwebUrl };
    const [pacs, pacsStore] = [createPacsClient(options), createPacsStore(options)];
    const house = createStoreHouse();
    const { storedResults, caseLog } = house;
    const patience = { monotonicMs: () => 0, patienceMs: 20_000 };
    const cache = { nowMs: () => 0, cacheTtlMs: 60_000, maxEntries: 100 };
    const resultsIndex = createResultsIndex(storedResults, { ...patience, maxStudies: 10 });
    const aiResults = createAiResultReader({ pacs, resultsIndex, ...cache });
    const places = { sites: [{ site: SITE, when: {} }], bodyPartRules: [], simulator: false };
    const read = { storedResults, caseLogReader: caseLog };
    const register = heldRegister('held');
    const deps = {
      ...house.deps,
      identity: createFixedIdentity(PEOPLE),
      register: { snapshot: () => register },
      pacs,
      pacsStore,
      publicDicomwebUrl,
      resultsIndex,
      ...createSaidWords(),
      holds: createHoldsIndex((of, uids) => readHolds(read, of, uids), patience),
      aiResults,
      memories: [aiResults],
      studies: createStudyContextReader({ pacs, ...places, ...cache }),
      clock: { nowMs: () => NOW, monotonicMs: () => 0 },
      ids: { newId: () => 'said-1', newCaseId: () => parsedCase(undefined) },
      accesses: { note: () => undefined },
      after: () => () => undefined,
      prepareSearch: createPrepareSearch(),
      repeated: createRepeatedAnswers(),
      workitems: createMemoryWorkitems(),
    };
    const flows = { storeObjects: async (...given: Given) => await storeObjects(deps, ...given) };
    const door = createStoreDoor(flows, undefined);
    gateway = await startListener({ app: dicomwebApp(deps, { store: door }), host: '127.0.0.1', port: 0 });
    accept = async () => {
      const look = caseLog.all().find(({ kind }) => kind === 'case.viewed');
      const input = { evidence: { bearerToken: 'alice' }, requestId: 'r', caseId: parsedCase(look?.caseId) };
      const said = { ...input, disposition: 'accepted', reason: undefined, disclosed: undefined } as const;
      await recordDisposition({ ...deps, caseLogReader: caseLog }, said, new AbortController().signal);
    };
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

  const login = (token: string) => ({ authorization: `Bearer ${token}` });
  const ask = async (path: string, token: string): Promise<Response> =>
    await fetch(`${gateway.url}/dicom-web/${path}`, { headers: login(token) });
  const store = async (): Promise<Response> =>
    await fetch(`${gateway.url}/dicom-web/studies`, {
      method: 'POST',
      headers: {
        ...login('ai'),
        'content-type': 'multipart/related; type="application/dicom"; boundary=edge',
      },
      body: new Uint8Array(multipartBody([FILE])),
    });
  const countFor = async (token: string): Promise<number> => {
    const answer = await ask(`studies/${study}/instances`, token);
    return parseDatasets(new Uint8Array(await answer.arrayBuffer())).length;
  };

  test('it is held until a person who may has looked at it and accepted it', async () => {
    const images = await countFor('operator');
    expect((await store()).status).toBe(200);
    const refused = await ask(OBJECT, 'operator');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ reasons: [{ code: 'result-held' }] });
    for (const path of [SERIES, `${SERIES}/metadata`]) expect((await ask(path, 'operator')).status).toBe(403);
    expect(await countFor('operator')).toBe(images);
    expect((await ask(OBJECT, 'alice')).status).toBe(200);
    expect(await countFor('alice')).toBe(images + 1);
    await accept();
    for (const path of [OBJECT, SERIES, `${SERIES}/metadata`])
      expect([path, (await ask(path, 'operator')).status]).toEqual([path, 200]);
    expect(await countFor('operator')).toBe(images + 1);
  });
});

function parsedCase(text: string | undefined): NonNullable<ReturnType<typeof parseCaseId>> {
  const parsed = parseCaseId(text ?? '');
  if (parsed === undefined) throw new Error('no case');
  return parsed;
}
