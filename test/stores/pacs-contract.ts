import { makeStudies, type StudyKey, type SyntheticStudy } from '../../fixtures/sandbox/synthetic-studies.ts';
import type { StudyObjects } from '../../src/domain/dicom/ai-result.ts';
import { textOf, type DicomJsonObject as Row } from '../../src/domain/dicom/dicom-json.ts';
import { collectBody } from '../../src/domain/collect-body.ts';
import { multipartBoundary } from '../../src/domain/dicom/dicomweb-media.ts';
import { filterMultipart } from '../../src/domain/dicom/filter-multipart.ts';
import type { PartIdentity } from '../../src/domain/dicom/part-head.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { studyUid } from '../fakes/register-builder.ts';
import { faultOf } from '../fakes/fault-of.ts';

/** A PACS that holds the synthetic studies. */
export interface PacsUnderTest {
  readonly dicomwebUrl: string;
  readonly close: () => Promise<void>;
}

export const STUDIES = makeStudies();
const PUBLIC = 'http://127.0.0.1:9999/dicom-web';
const never = (): AbortSignal => new AbortController().signal;

export const study = (key: StudyKey): SyntheticStudy => {
  const found = STUDIES.find((one) => one.key === key);
  if (found === undefined) throw new Error(key);
  return found;
};

type Client = ReturnType<typeof createPacsClient>;

/** What the gateway relies on at a PACS. The sandbox's own and a real one both keep it. */
export function pacsContract(start: () => Promise<PacsUnderTest>): void {
  let pacs: PacsUnderTest;
  let client: Client;
  beforeAll(async () => {
    pacs = await start();
    client = createPacsClient({
      baseUrl: `${pacs.dicomwebUrl}/`,
      timeouts: { firstByteMs: 10_000, idleMs: 10_000 },
      publicDicomwebUrl: PUBLIC,
    });
  });
  afterAll(async () => {
    await client.close();
    await pacs.close();
  });

  const get = async (path: string, accept = '*/*', query: readonly (readonly [string, string])[] = []) =>
    await client.fetch({ method: 'GET', segments: path.split('/'), query, headers: { accept } }, never());
  const getJson = async (path: string, query: readonly (readonly [string, string])[] = []) => {
    const answer = await get(path, 'application/dicom+json', query);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/dicom+json');
    return JSON.parse(Buffer.from(await collectBody(answer.body, 1e7)).toString());
  };
  const partsOf = async (path: string, accept: string): Promise<readonly PartIdentity[]> => {
    const answer = await get(path, accept);
    expect(answer.status).toBe(200);
    const boundary = multipartBoundary(answer.headers['content-type']) ?? '';
    const parts: PartIdentity[] = [];
    const mayPass = (part: PartIdentity): boolean => parts.push(part) > 0;
    await collectBody(
      filterMultipart(answer.body, { boundary, mayPass, rewriteLocation: (url) => url }),
      1e8,
    );
    return parts;
  };
  const firstOf = async (key: StudyKey): Promise<{ series: string; instance: string; path: string }> => {
    const uid = study(key).studyInstanceUid;
    const [row] = await getJson(`studies/${uid}/instances`, [['limit', '1']]);
    const [series, instance] = [row['0020000E'].Value[0], row['00080018'].Value[0]];
    return { series, instance, path: `studies/${uid}/series/${series}/instances/${instance}` };
  };

  test('a ping finds it well', async () => {
    await expect(client.ping(never())).resolves.toEqual({
      part: 'pacs',
      ok: true,
      detail: 'The PACS answers.',
    });
  });

  test.each([
    ['everything', [], 6],
    ['patient', [['00100020', 'SBX-0003']], 1],
    ['patient by wildcard', [['00100020', 'SBX-*']], 6],
    ['accession number', [['00080050', 'SBXACC0001']], 1],
    ['study UID', [['0020000D', study('mr-head').studyInstanceUid]], 1],
    [
      'list of UIDs',
      [['0020000D', `${study('mr-head').studyInstanceUid},${study('ct-chest').studyInstanceUid}`]],
      2,
    ],
    ['date range', [['00080020', '20260101-20260131']], 6],
    ['date outside', [['00080020', '-20251231']], 0],
    ['modalities in study', [['00080061', 'MR']], 1],
    [
      'page',
      [
        ['limit', '2'],
        ['offset', '5'],
      ],
      1,
    ],
  ] as const)('studies by %s', async (_name, query, count) => {
    expect(await getJson('studies', query)).toHaveLength(count);
  });

  test('series and instances below a study, with what includefield asks for', async () => {
    const uid = study('mr-head').studyInstanceUid;
    const series: readonly Row[] = await getJson(`studies/${uid}/series`, [['includefield', '00180015']]);
    expect(series.map((row) => textOf(row, '00180015')).toSorted()).toEqual(['BRAIN', 'HEAD']);
    expect(await getJson(`studies/${uid}/instances`)).toHaveLength(12);
    const one = textOf(series[0] ?? {}, '0020000E') ?? '';
    expect(await getJson(`studies/${uid}/series/${one}/instances`)).toHaveLength(6);
    expect(await getJson('instances', [['0020000D', uid]])).toHaveLength(12);
    expect(await getJson('series', [['0020000D', uid]])).toHaveLength(2);
  });

  test.each([
    ['study', (at: { path: string }) => at.path.split('/').slice(0, 2).join('/'), 12],
    ['series', (at: { path: string }) => at.path.split('/').slice(0, 4).join('/'), 6],
    ['instance', (at: { path: string }) => at.path, 1],
  ])('metadata and whole objects of a %s', async (_level, cut, count) => {
    const path = cut(await firstOf('mr-head'));
    expect(await getJson(`${path}/metadata`)).toHaveLength(count);
    const parts = await partsOf(path, 'multipart/related; type="application/dicom"');
    expect(parts).toHaveLength(count);
    expect(parts.every((part) => part.sopClassUid === '1.2.840.10008.5.1.4.1.1.4')).toBe(true);
    expect(new Set(parts.map((part) => part.sopInstanceUid)).size).toBe(count);
  });

  test('frames: one, several, and none', async () => {
    const { path } = await firstOf('us-abdomen');
    const accept = 'multipart/related; type="application/octet-stream"; transfer-syntax="*"';
    expect(await partsOf(`${path}/frames/1`, accept)).toHaveLength(1);
    expect(await partsOf(`${path}/frames/2,6`, accept)).toHaveLength(2);
    const beyond = await get(`${path}/frames/7`, accept);
    beyond.cancel();
    expect(beyond.status).toBeGreaterThanOrEqual(400);
  });

  test('bulk data at the address that the metadata give', async () => {
    const { path } = await firstOf('ct-chest');
    const [metadata] = await getJson(`${path}/metadata`);
    const uri: string = metadata['7FE00010'].BulkDataURI;
    const base = client.ownBaseUrls.find((own) => uri.startsWith(`${own}/`)) ?? 'none';
    const parts = await partsOf(
      uri.slice(base.length + 1),
      'multipart/related; type="application/octet-stream"',
    );
    expect(parts).toHaveLength(1);
  });

  test('a rendered picture as PNG, at every level', async () => {
    const { path } = await firstOf('cr-chest');
    for (const reached of [path, `${path}/frames/1`, path.split('/').slice(0, 4).join('/')]) {
      const answer = await get(`${reached}/rendered`, 'image/png');
      const bytes = Buffer.from(await collectBody(answer.body, 1e7));
      expect(answer.headers['content-type']).toBe('image/png');
      expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    }
  });

  test.each(['studies/1.2.3', 'studies/1.2.3/series/1.2/instances/1.2/frames/1'])(
    '404 for %s',
    async (path) => {
      const answer = await get(path);
      answer.cancel();
      expect(answer.status).toBe(404);
    },
  );

  test('a study’s context is read from it', async () => {
    const sites = [{ site: 'sandbox-general', when: { institutionName: 'Sandbox General Hospital' } }];
    const reader = createStudyContextReader({
      pacs: client,
      sites,
      bodyPartRules: [],
      simulator: true,
      ...limits(),
    });
    await expect(
      reader.studyContext(studyUid(study('ct-with-ai-result').studyInstanceUid), never()),
    ).resolves.toEqual({
      studyInstanceUid: study('ct-with-ai-result').studyInstanceUid,
      modalities: ['CT'],
      bodyParts: ['CHEST'],
      descriptions: ['Axial 5 mm', 'CT chest with stored AI result'],
      ageYears: 67,
      sex: 'M',
      sopClassUids: ['1.2.840.10008.5.1.4.1.1.2'],
      instanceCount: 12,
      manufacturer: 'Sandbox Imaging',
      institutionName: 'Sandbox General Hospital',
      stationName: 'SBXCT1',
      site: 'sandbox-general',
      simulator: true,
      identifying: { patientId: 'SBX-0006', accessionNumber: 'SBXACC0006' },
    });
    expect((await faultOf(reader.studyContext(studyUid('1.2.3'), never()))).code).toBe('not-found');
  });

  test('its AI results are found, and nothing else is taken for one', async () => {
    const reader = createAiResultReader({ pacs: client, ...limits() });
    const look = async (key: StudyKey): Promise<StudyObjects> =>
      await reader.objectsOf(studyUid(study(key).studyInstanceUid), {}, never());
    const found = await look('ct-with-ai-result');
    expect(found.objects.size).toBe(14);
    const made = { grade: 'definite', algorithmName: 'burned-in-text', algorithmVersion: '1.0.0' };
    expect(found.aiResults).toEqual([expect.objectContaining(made), expect.objectContaining(made)]);
    expect((await look('mr-head')).aiResults).toEqual([]);
    expect((await look('us-abdomen')).aiResults).toEqual([]);
  });

  const limits = () => ({ nowMs: () => 0, cacheTtlMs: 10_000, maxEntries: 10 });
}
