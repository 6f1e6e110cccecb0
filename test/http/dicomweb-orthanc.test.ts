import { Agent, fetch, type Response } from 'undici';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { textOf, type DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { multipartBoundary } from '../../src/domain/dicom/dicomweb-media.ts';
import { filterMultipart } from '../../src/domain/dicom/filter-multipart.ts';
import type { PartIdentity } from '../../src/domain/dicom/part-head.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { createPrepareSearch } from '../../src/flows/prepared-search.ts';
import { createRepeatedAnswers } from '../../src/flows/repeated-answers.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { createMemoryWorkitems } from '../fakes/memory-workitems.ts';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';
import { createFixedIdentity } from '../fakes/fixed-identity.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';
import { startOrthanc, type OrthancServer } from '../fakes/orthanc-server.ts';
import { describeUnlessMissing, describeWithBinary } from '../fakes/real-server.ts';
import { missingRealFiles, readRealFiles } from '../fakes/real-dicom-files.ts';
import { createSaidWords } from '../fakes/said-words.ts';
import { createSeenIndex } from '../fakes/seen-results.ts';
import {
  aModelVersion,
  anApproval,
  aPrincipal,
  aRegister,
  modelName,
  NOW,
  SITE,
  versionString,
} from '../fakes/register-builder.ts';

const synthetic = makeStudies();
const withAi = synthetic.find((study) => study.holdsAiResults)?.studyInstanceUid ?? '';
/** As stored: this PACS cannot unpack every transfer syntax. */
const AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const made = { model: modelName('burned-in-text'), version: versionString('1.0.0') };

/**
 * From Orthanc itself, over a connection of its own: a kept one it ends when nobody used it for a second, which on a busy machine meets the
 * next call half way. It is not told to end this one: it would drop what a slow reader has not taken of a large object.
 */
async function directly(url: string, accept: string): Promise<Buffer> {
  const dispatcher = new Agent();
  try {
    const answer = await fetch(url, { headers: { accept }, dispatcher });
    return Buffer.from(await answer.arrayBuffer());
  } finally {
    await dispatcher.close();
  }
}

describeWithBinary('the DICOMweb door before a real Orthanc', ['Orthanc'], () => {
  const real = missingRealFiles() === undefined ? readRealFiles() : [];
  gatewaySuite(() => [...synthetic.flatMap((study) => study.files), ...real]);
  describeUnlessMissing('with real files', missingRealFiles(), () => {
    test('of several scanners', () => {
      expect(real.length).toBeGreaterThan(20);
    });
  });
});

function gatewaySuite(files: () => readonly Uint8Array[]): void {
  const caseLog = createMemoryCaseLog();
  let orthanc: OrthancServer;
  let gateway: Listener;
  let unmapped = 0;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    orthanc = await startOrthanc({ files: files() });
    // The public name is another than where the test listens: addresses in answers must be rewritten, not reflected.
    const publicDicomwebUrl = 'https://gw.example:8443/dicom-web';
    const pacs = createPacsClient({
      baseUrl: orthanc.dicomwebUrl,
      timeouts: { firstByteMs: 20_000, idleMs: 20_000 },
      publicDicomwebUrl,
    });
    const limits = { nowMs: () => NOW, cacheTtlMs: 60_000, maxEntries: 100 };
    const register = aRegister({
      modelVersions: [aModelVersion({ ...made, releases: [{ site: SITE, from: 0 }] })],
      approvals: [anApproval({ ...made, functions: ['view'] })],
    });
    const app = dicomwebApp({
      identity: createFixedIdentity({
        alice: aPrincipal(),
        stranger: aPrincipal({ subject: 'nobody', sessionRef: 'session-2' }),
        endpoint: { kind: 'study-reader', studyInstanceUid: withAi, caseId: 'c-1', expiresAt: NOW + 1 },
      }),
      register: { snapshot: () => register },
      studies: createStudyContextReader({
        pacs,
        sites: [{ site: SITE, when: {} }],
        bodyPartRules: [],
        simulator: false,
        ...limits,
      }),
      aiResults: createAiResultReader({ pacs, ...limits }),
      caseLog,
      drift: { count: () => undefined },
      clock: { nowMs: () => NOW, monotonicMs: () => 0 },
      accesses: { note: () => undefined },
      workitems: createMemoryWorkitems(),
      resultsIndex: createSeenIndex(),
      ...createSaidWords(),
      after: () => () => undefined,
      prepareSearch: createPrepareSearch(),
      repeated: createRepeatedAnswers(),
      pacs,
      publicDicomwebUrl,
      onUnmappedUrls: (count) => (unmapped += count),
    });
    gateway = await startListener({ app, host: '127.0.0.1', port: 0 });
    closers.push(
      () => pacs.close(),
      () => gateway.close(0),
      () => orthanc.close(),
    );
  });
  afterAll(async () => {
    for (const close of closers) await close();
  });

  const get = async (path: string, token = 'alice', accept = '*/*'): Promise<Response> =>
    await fetch(`${gateway.url}/dicom-web/${path}`, {
      headers: { authorization: `Bearer ${token}`, accept },
    });
  const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());
  const rowsOf = async (path: string, token?: string): Promise<readonly DicomJsonObject[]> => {
    const answer = await get(path, token, 'application/dicom+json');
    expect(answer.status).toBe(200);
    return parseDatasets(await bytesOf(answer));
  };
  const partsOf = async (answer: Response): Promise<readonly PartIdentity[]> => {
    expect(answer.status).toBe(200);
    const parts: PartIdentity[] = [];
    const rules = {
      boundary: multipartBoundary(answer.headers.get('content-type') ?? '') ?? '',
      mayPass: (part: PartIdentity) => parts.push(part) > 0,
      rewriteLocation: (url: string) => url,
    };
    const body = await bytesOf(answer);
    const source = (async function* () {
      yield body;
    })();
    for await (const _piece of filterMultipart(source, rules));
    return parts;
  };
  const uids = (rows: readonly DicomJsonObject[], tag: string): readonly string[] =>
    rows.map((row) => textOf(row, tag) ?? '').toSorted();

  test.each([
    ['alice', 14, 3],
    ['stranger', 12, 1],
    ['endpoint', 12, 1],
  ])(
    '%s sees %d objects in %d series of the study with AI results, in every list',
    async (token, objects, series) => {
      expect(await rowsOf(`studies/${withAi}/series`, token)).toHaveLength(series);
      expect(await rowsOf(`studies/${withAi}/instances`, token)).toHaveLength(objects);
      expect(await rowsOf(`studies/${withAi}/metadata`, token)).toHaveLength(objects);
      expect(await partsOf(await get(`studies/${withAi}`, token))).toHaveLength(objects);
      expect(await rowsOf(`instances?StudyInstanceUID=${withAi}`, token)).toHaveLength(objects);
      expect(await rowsOf(`studies?StudyInstanceUID=${withAi}`, token)).toHaveLength(1);
    },
  );

  test('a stored AI result opens for whom it is unlocked, on record once, and for nobody else', async () => {
    const [report] = await rowsOf(`studies/${withAi}/instances?Modality=SR`);
    const [series, instance] = [textOf(report ?? {}, '0020000E'), textOf(report ?? {}, '00080018')];
    const path = `studies/${withAi}/series/${String(series)}/instances/${String(instance)}`;
    expect(JSON.stringify(await rowsOf(`${path}/metadata`))).toContain('burned-in-text');
    expect(await partsOf(await get(path))).toMatchObject([{ sopInstanceUid: instance }]);
    const refused = await get(`${path}/metadata`, 'stranger');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('case-id')).toMatch(/^c-/);
    expect((await get(path, 'endpoint')).status).toBe(403);
    const entries = caseLog.all().filter((entry) => entry.kind === 'case.viewed');
    expect(entries).toHaveLength(1);
    expect(entries[0]?.facts).toMatchObject({
      function: 'view',
      model: { id: 'burned-in-text', version: '1.0.0' },
    });
  });

  test('every address in metadata and parts is the gateway’s, and leads somewhere', async () => {
    const study = synthetic.find((one) => one.key === 'us-abdomen')?.studyInstanceUid ?? '';
    const [metadata] = await rowsOf(`studies/${study}/metadata`);
    const uri = metadata?.['7FE00010']?.BulkDataURI ?? '';
    expect(uri.startsWith('https://gw.example:8443/dicom-web/studies/')).toBe(true);
    const bulk = await get(uri.slice('https://gw.example:8443/dicom-web/'.length));
    expect(await partsOf(bulk)).toHaveLength(1);
    const instance = `studies/${study}/series/${String(textOf(metadata ?? {}, '0020000E'))}/instances/${String(textOf(metadata ?? {}, '00080018'))}`;
    // Several frames come without a length from this PACS: the end is its closing boundary.
    const frames = await partsOf(await get(`${instance}/frames/1,6`));
    expect(frames.map((part) => part.contentLocation)).toEqual(
      [1, 6].map((frame) => `https://gw.example:8443/dicom-web/${instance}/frames/${String(frame)}`),
    );
    expect(unmapped).toBe(0);
  });

  test.each(['..%2f..%2fsystem', '%2e%2e/%2e%2e/system', '..%2f..%2ftools%2fexecute-script'])(
    'studies/%s never reaches the PACS’s own interface',
    async (tail) => {
      const answer = await fetch(`${gateway.url}/dicom-web/studies/${tail}`, {
        headers: { authorization: 'Bearer alice' },
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await answer.text()).not.toContain('DatabaseVersion');
    },
  );

  test('what the PACS does not have comes as its own status, in our words', async () => {
    const answer = await get(`studies/${withAi}/thumbnail`, 'alice');
    expect([answer.status, answer.headers.get('gateway-origin')]).toEqual([404, 'pacs']);
    expect(await answer.text()).not.toContain('Orthanc');
  });

  test('of every study, exactly the AI results are locked; every other object comes byte for byte', async () => {
    for (const study of uids(await rowsOf('studies', 'stranger'), '0020000D')) {
      const direct = parseDatasets(
        await directly(`${orthanc.dicomwebUrl}/studies/${study}/instances`, 'application/dicom+json'),
      );
      const shown = await rowsOf(`studies/${study}/instances`, 'stranger');
      const answer = await get(`studies/${study}`, 'stranger', AS_STORED);
      if (answer.status === 200) {
        const parts = (await partsOf(answer)).map((part) => part.sopInstanceUid ?? '').toSorted();
        expect(parts).toEqual(uids(shown, '00080018'));
      } else {
        expect([answer.status, shown.length]).toEqual([403, 0]);
      }
      const known = uids(shown, '00080018');
      await Promise.all(
        direct.map((row) => compareObject(study, row, known.includes(textOf(row, '00080018') ?? ''))),
      );
    }
  }, 120_000);

  const compareObject = async (study: string, row: DicomJsonObject, isShown: boolean): Promise<void> => {
    const [series, instance] = [textOf(row, '0020000E'), textOf(row, '00080018')];
    const path = `studies/${study}/series/${String(series)}/instances/${String(instance)}`;
    const object = await get(path, 'stranger', AS_STORED);
    expect([object.status, path]).toEqual([isShown ? 200 : 403, path]);
    const stored = await directly(`${orthanc.dicomwebUrl}/${path}`, AS_STORED);
    const [through, whole] = [payload(await bytesOf(object)), payload(stored)];
    // Compared by hand: a matcher over this many bytes would stop everything for seconds.
    expect([path, !isShown || through.equals(whole)]).toEqual([path, true]);
  };

  /** From the file's own beginning to the closing boundary, whose name differs each time. */
  const payload = (body: Buffer): Buffer => body.subarray(body.indexOf('DICM'), body.lastIndexOf('\r\n--'));
}
