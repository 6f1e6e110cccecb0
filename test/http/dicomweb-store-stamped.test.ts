import { createHash } from 'node:crypto';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { createDatasetWalk } from '../../src/domain/dicom/dataset-walk.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { Listener } from '../../src/http/start-listener.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { createPacsStore } from '../../src/upstreams/pacs-store.ts';
import { startOrthanc, type OrthancServer } from '../fakes/orthanc-server.ts';
import { missingRealFiles, readRealFilesApart, transferSyntaxOf } from '../fakes/real-dicom-files.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { listenToStore } from '../fakes/store-app.ts';
import { createStoreHouse } from '../fakes/store-house.ts';
import { multipartBody } from '../fakes/stored-files.ts';
import { sopInstanceUid } from '../fakes/uids.ts';

const DEFLATED = '1.2.840.10008.1.2.1.99';
const RELATED = 'multipart/related; type="application/dicom"; boundary=edge';
/** Orthanc ends a connection that nobody used for a second, which on a busy machine meets the next call half way. */
const ALONE = { connection: 'close' };
const real = missingRealFiles() === undefined ? readRealFilesApart() : [];
/** Every transfer syntax there is, but for the one that is compressed as a whole; of files that name no algorithm of somebody else's. */
const files = [...makeStudies().flatMap((study) => study.files), ...real]
  .filter((file) => transferSyntaxOf(file) !== DEFLATED)
  .map((file) => Buffer.from(file))
  .filter((file) => walkOver(file).algorithms().length === 0 && !walkOver(file).metaDiffers());

function pathOf(file: Buffer): string {
  const identity = walkOver(file).identity();
  if (identity === undefined) throw new Error('not the file of an object');
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid: uid } = identity;
  return `studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${uid}/metadata`;
}

function walkOver(file: Buffer) {
  const walk = createDatasetWalk(64);
  walk.push(file);
  walk.end();
  return walk;
}

describeWithBinary('results that an AI machine stores in a real Orthanc', ['Orthanc'], () => {
  let orthanc: OrthancServer;
  let gateway: Listener;
  let house: ReturnType<typeof createStoreHouse>;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    orthanc = await startOrthanc({ files: [] });
    house = createStoreHouse();
    const options = {
      baseUrl: orthanc.dicomwebUrl,
      timeouts: { firstByteMs: 20_000, idleMs: 20_000 },
      publicDicomwebUrl: 'https://gw.example/dicom-web',
    };
    const pacs = createPacsClient(options);
    const pacsStore = createPacsStore(options);
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

  /** Empty where all went well. */
  async function store(body: Buffer): Promise<string> {
    const answer = await fetch(`${gateway.url}/dicom-web/studies`, {
      method: 'POST',
      headers: { 'content-type': RELATED, accept: 'application/dicom+json', authorization: 'Bearer ai' },
      body: new Uint8Array(body),
    });
    const text = await answer.text();
    return answer.status < 400 ? '' : text;
  }

  /** As the PACS tells it. */
  async function equipmentOf(file: Buffer): Promise<readonly DicomJsonObject[]> {
    const path = pathOf(file);
    const answer = await fetch(`${orthanc.dicomwebUrl}/${path}`, {
      headers: { accept: 'application/dicom+json', ...ALONE },
    });
    const [dataset] = (await answer.json()) as readonly DicomJsonObject[];
    return (dataset?.['0018A001']?.Value ?? []) as readonly DicomJsonObject[];
  }

  test('say in every transfer syntax what made them, beside what they said before', async () => {
    expect(new Set(files.map(transferSyntaxOf)).size).toBeGreaterThan(real.length === 0 ? 0 : 2);
    for (const file of files) expect(await store(multipartBody([file]))).toBe('');
    for (const file of files) {
      const items = await equipmentOf(file);
      expect(items.at(-1)).toMatchObject({
        '00080070': { Value: ['Example Vendor'] },
        '00081090': { Value: ['lung-nodule'] },
        '00181020': { Value: ['2.1.0'] },
        '0040A170': { Value: [{ '00080100': { Value: ['109102'] }, '00080102': { Value: ['DCM'] } }] },
      });
    }
  });

  test('have their digests, before and after, in the case', () => {
    const deliveries = house.caseLog.all().filter(({ kind }) => kind === 'delivery');
    const digests = new Set(deliveries.map(({ facts }) => facts.delivered?.before));
    for (const file of files)
      expect(digests).toContain(`sha256:${createHash('sha256').update(file).digest('hex')}`);
    expect(deliveries.filter(({ facts }) => facts.delivered?.before === facts.delivered?.after)).toEqual([]);
  });

  test('are in it byte for byte as the case says', async () => {
    const [file = Buffer.alloc(0)] = files;
    const uid = walkOver(file).identity()?.sopInstanceUid ?? '';
    const lookup = { method: 'POST', headers: ALONE, body: uid };
    const found = await fetch(`${orthanc.restUrl}/tools/lookup`, lookup);
    const [{ ID: id } = { ID: '' }] = (await found.json()) as readonly { readonly ID: string }[];
    const stored = await fetch(`${orthanc.restUrl}/instances/${id}/file`, { headers: ALONE });
    const kept = Buffer.from(await stored.arrayBuffer());
    const digest = `sha256:${createHash('sha256').update(kept).digest('hex')}`;
    expect((await house.storedResults.find(sopInstanceUid(uid)))?.digest).toBe(digest);
    const before = `sha256:${createHash('sha256').update(file).digest('hex')}`;
    const entry = house.caseLog.all().find(({ facts }) => facts.delivered?.before === before);
    expect(entry?.facts.delivered?.after).toBe(digest);
  });
});
