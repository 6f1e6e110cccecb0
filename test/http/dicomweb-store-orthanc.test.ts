import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { createDatasetWalk } from '../../src/domain/dicom/dataset-walk.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { Listener } from '../../src/http/start-listener.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { createPacsStore } from '../../src/upstreams/pacs-store.ts';
import { startOrthanc, type OrthancServer } from '../fakes/orthanc-server.ts';
import { missingRealFiles, readRealFilesApart, transferSyntaxOf } from '../fakes/real-dicom-files.ts';
import { describeUnlessMissing, describeWithBinary } from '../fakes/real-server.ts';
import { listenToStore } from '../fakes/store-app.ts';
import { differenceOf, sayingOf } from '../fakes/compare-answers.ts';
import type { WholeAnswer } from '../fakes/approved-gateway.ts';
import { createStoreHouse } from '../fakes/store-house.ts';
import { multipartBody, nested, storedFile } from '../fakes/stored-files.ts';
import { sopInstanceUid } from '../fakes/uids.ts';

const PUBLIC_URL = 'https://gw.example/dicom-web';
const LOGIN = `Basic ${Buffer.from('gateway:secret').toString('base64')}`;
const DEFLATED = '1.2.840.10008.1.2.1.99';
const RELATED = 'multipart/related; type="application/dicom"; boundary=edge';
const madeUp = makeStudies().flatMap((study) => study.files);
const [first = new Uint8Array(), second = new Uint8Array()] = madeUp;
const real = missingRealFiles() === undefined ? readRealFilesApart() : [];
/** All but the deflated ones: every other transfer syntax there is. */
const taken = [...madeUp, ...real]
  .filter((file) => transferSyntaxOf(file) !== DEFLATED)
  .map((file) => Buffer.from(file));
const [one, two] = [Buffer.from(first), Buffer.from(second)];

function identityOf(file: Buffer) {
  const walk = createDatasetWalk(64);
  walk.push(file);
  walk.end();
  return walk.identity() ?? { sopInstanceUid: '', studyInstanceUid: '' };
}
const uidOf = (file: Buffer): string => identityOf(file).sopInstanceUid;

describeWithBinary('storing through the gateway in a real Orthanc', ['Orthanc'], () => {
  let orthanc: OrthancServer;
  let gateway: Listener;
  let house: ReturnType<typeof createStoreHouse>;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    orthanc = await startOrthanc({ files: [], users: { gateway: 'secret' } });
    house = createStoreHouse();
    const options = {
      baseUrl: orthanc.dicomwebUrl,
      timeouts: { firstByteMs: 20_000, idleMs: 20_000 },
      publicDicomwebUrl: PUBLIC_URL,
      headers: { authorization: LOGIN },
    };
    const [pacs, pacsStore] = [createPacsClient(options), createPacsStore(options)];
    gateway = await listenToStore({ ...house.deps, pacs, pacsStore });
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

  async function store(
    body: Buffer | ReadableStream,
    how: {
      readonly type?: string;
      readonly path?: string;
      readonly accept?: string;
      readonly token?: string;
    } = {},
  ): Promise<{ readonly status: number; readonly text: string; readonly type: string | null }> {
    const { type = RELATED, path = 'studies', accept = 'application/dicom+json', token = 'ct' } = how;
    const answer = await fetch(`${gateway.url}/dicom-web/${path}`, {
      method: 'POST',
      headers: { 'content-type': type, accept, authorization: `Bearer ${token}`, cookie: 'secret=1' },
      body: body instanceof Buffer ? new Uint8Array(body) : body,
      duplex: 'half',
    });
    return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
  }

  const dataset = (text: string): DicomJsonObject => JSON.parse(text) as DicomJsonObject;
  const countOf = (text: string, tag: string): number => dataset(text)[tag]?.Value?.length ?? 0;

  async function held(uid: string): Promise<boolean> {
    const found = await fetch(`${orthanc.restUrl}/tools/lookup`, {
      method: 'POST',
      // Orthanc ends a connection that nobody used for a second, which on a busy machine meets the next call half way.
      headers: { authorization: LOGIN, connection: 'close' },
      body: uid,
    });
    return ((await found.json()) as unknown[]).length > 0;
  }

  const chunked = (body: Buffer): ReadableStream =>
    new ReadableStream({
      start: (controller) => {
        for (let at = 0; at < body.length; at += 1000)
          controller.enqueue(new Uint8Array(body.subarray(at, at + 1000)));
        controller.close();
      },
    });

  test.each<[string, () => Parameters<typeof store>]>([
    ['quoted type, with a length', () => [multipartBody([one, two])]],
    [
      'unquoted type, quoted boundary',
      () => [
        multipartBody([one, two]),
        { type: 'multipart/related; type=application/dicom; boundary="edge"' },
      ],
    ],
    ['chunked', () => [chunked(multipartBody([one, two]))]],
    ['no type', () => [multipartBody([one, two]), { type: 'multipart/related; boundary=edge' }]],
    ['by itself', () => [one, { type: 'application/dicom' }]],
    ['into its study', () => [multipartBody([one]), { path: `studies/${identityOf(one).studyInstanceUid}` }]],
  ])('%s: 200, and every address is the gateway’s', async (_name, given) => {
    const answer = await store(...given());
    expect([answer.status, answer.type]).toEqual([200, 'application/dicom+json']);
    expect(answer.text).toContain('https://gw.example/dicom-web/studies/');
    expect(answer.text).not.toContain(new URL(orthanc.restUrl).host);
    expect(await held(uidOf(one))).toBe(true);
  });

  test('the same in XML', async () => {
    const answer = await store(multipartBody([one, storedFile({ after: [nested(65)] })]), {
      accept: 'application/dicom+xml',
    });
    expect([answer.status, answer.type]).toEqual([202, 'application/dicom+xml']);
    expect(answer.text).toMatch(/tag="00081198".*tag="00081199".*https:\/\/gw\.example/);
  });

  test('a deeply nested file never reaches it, and the others do', async () => {
    const deep = storedFile({ sopInstanceUid: '1.99.1', after: [nested(5000, { isOpen: true })] });
    const answer = await store(multipartBody([deep, two]));
    expect([answer.status, countOf(answer.text, '00081198'), countOf(answer.text, '00081199')]).toEqual([
      202, 1, 1,
    ]);
    expect([await held('1.99.1'), await held(uidOf(two))]).toEqual([false, true]);
  });

  test('nothing that may be stored: 409, and Orthanc is not asked', async () => {
    const answer = await store(multipartBody([one]), { path: 'studies/1.2.3' });
    expect([answer.status, countOf(answer.text, '00081198')]).toEqual([409, 1]);
  });

  test('a machine’s result is kept in the index; an image of its UID is not overwritten', async () => {
    const result = storedFile({ sopInstanceUid: '1.99.7' });
    const answer = await store(multipartBody([result, one]), { token: 'ai' });
    expect([answer.status, countOf(answer.text, '00081198'), await held('1.99.7')]).toEqual([202, 1, true]);
    expect(await house.storedResults.find(sopInstanceUid('1.99.7'))).toMatchObject({ machine: 'chest-ai' });
    expect(await house.storedResults.find(sopInstanceUid(uidOf(one)))).toBeUndefined();
    expect((await store(multipartBody([result]), { token: 'ai' })).status).toBe(200);
  });

  describe('the same files, stored in another by itself', () => {
    let twin: OrthancServer;
    beforeAll(async () => {
      twin = await startOrthanc({ files: [] });
    });
    afterAll(() => twin.close());

    /** What the gateway and the PACS by itself say, with the same addresses. */
    async function both(body: Buffer, how: Parameters<typeof store>[1] = {}) {
      const { type = RELATED, path = 'studies', accept = 'application/dicom+json' } = how;
      const ours = await store(body, how);
      const answer = await fetch(`${twin.dicomwebUrl}/${path}`, {
        method: 'POST',
        headers: { 'content-type': type, accept },
        body: new Uint8Array(body),
      });
      const text = (await answer.text()).replaceAll(twin.dicomwebUrl, PUBLIC_URL);
      return { ours, theirs: { status: answer.status, text, type: answer.headers.get('content-type') } };
    }

    const whole = async (base: string, study: string): Promise<WholeAnswer> => {
      const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
      const answer = await fetch(`${base}/studies/${study}`, { headers: { accept, authorization: LOGIN } });
      const type = answer.headers.get('content-type') ?? '';
      return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) };
    };

    test.each<[string, () => readonly Buffer[][]]>([
      ['one by one', () => taken.map((file) => [file])],
      ['all in one request, again', () => [taken]],
    ])('%s: the same status and answer', async (_name, requests) => {
      for (const files of requests()) {
        const { ours, theirs } = await both(multipartBody(files));
        expect([ours.status, ours.type]).toEqual([theirs.status, theirs.type]);
        expect(dataset(ours.text)).toEqual(dataset(theirs.text));
      }
    });

    test('and then both hold the same', async () => {
      for (const study of new Set(taken.map((file) => identityOf(file).studyInstanceUid))) {
        const bases = { directUrl: twin.dicomwebUrl, publicUrl: orthanc.dicomwebUrl };
        const found = differenceOf(
          await whole(orthanc.dicomwebUrl, study),
          await whole(twin.dicomwebUrl, study),
          bases,
        );
        expect([study, found]).toEqual([study, undefined]);
      }
    });

    test('in XML, and into their study', async () => {
      const how = { path: `studies/${identityOf(one).studyInstanceUid}`, accept: 'application/dicom+xml' };
      const { ours, theirs } = await both(multipartBody([one]), how);
      expect([ours.status, ours.type]).toEqual([theirs.status, theirs.type]);
      expect(sayingOf(ours.text)).toBe(sayingOf(theirs.text));
    });

    test.each<[string, Parameters<typeof store>, number, number]>([
      ['another study', [multipartBody([one]), { path: 'studies/1.2.3' }], 409, 409],
      ['JSON', [Buffer.from('{}'), { type: 'application/dicom+json' }], 415, 415],
      // More is taken than this PACS takes, and what cannot be judged or stored never reaches it.
      ['an object by itself', [one, { type: 'application/dicom' }], 200, 415],
      [
        'no type of the parts',
        [multipartBody([one]), { type: 'multipart/related; boundary=edge' }],
        200,
        415,
      ],
      ['nothing', [multipartBody([])], 400, 200],
      ['what is no object', [multipartBody([Buffer.from('text')])], 409, 400],
      ['half an object', [multipartBody([one.subarray(0, 900)])], 409, 400],
      ['that and a whole one', [multipartBody([Buffer.from('text'), two])], 202, 400],
    ])('%s', async (_name, [body, how], status, direct) => {
      const { ours, theirs } = await both(body as Buffer, how);
      expect([ours.status, theirs.status]).toEqual([status, direct]);
    });

    describeUnlessMissing('real files', missingRealFiles(), () => {
      test('that are deflated are not taken, and said to be', async () => {
        const deflated = real.filter((file) => transferSyntaxOf(file) === DEFLATED);
        expect(deflated).toHaveLength(1);
        const { ours, theirs } = await both(multipartBody(deflated.map((file) => Buffer.from(file))));
        expect([ours.status, theirs.status]).toEqual([409, 200]);
        expect(ours.text).toContain(String(0xc122));
      });
    });
  });
});
