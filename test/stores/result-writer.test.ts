import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { segmentationObject } from '../../src/domain/dicom/segmentation-object.ts';
import { tid1500Report } from '../../src/domain/dicom/tid1500-report.ts';
import { createResultWriter } from '../../src/upstreams/result-writer.ts';
import { aiMarkOf } from '../../src/domain/dicom/ai-result-marks.ts';
import { startOrthanc, type OrthancServer } from '../fakes/orthanc-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { anImage, COLUMNS, ROWS } from '../fakes/source-images.ts';

const BY = { model: 'lung-nodule', version: '2.1.0', vendor: 'Example', digest: `sha256:${'a'.repeat(64)}` };
const RESULT = {
  by: BY,
  isOfImages: true,
  images: [anImage(1), anImage(2)],
  seed: 'c-1',
  at: Date.parse('2026-03-10T09:00:00Z'),
} as const;
const mask = Uint8Array.from({ length: 2 * ROWS * COLUMNS }, (_, place) => place % 2);
const OBJECTS: readonly [string, DicomJsonObject][] = [
  ['report', tid1500Report({ ...RESULT, finding: 'nodule', score: 0.5 })],
  [
    'segmentation',
    segmentationObject({ ...RESULT, rows: ROWS, columns: COLUMNS, mask, label: 'nodule' }) ?? {},
  ],
  ['report without images', tid1500Report({ ...RESULT, seed: 'c-2', isOfImages: false, score: 0.5 })],
];

test('what reads otherwise than it should is not handed out', () => {
  const nameless = { '00660036': { vr: 'LO', Value: ['a\\b'] }, '00660031': { vr: 'LO', Value: ['1'] } };
  expect(() => createResultWriter().write({ ...OBJECTS[0]?.[1], ...nameless })).toThrow('reads otherwise');
});

describeWithBinary('objects that the gateway makes, in a real Orthanc', ['Orthanc'], () => {
  let orthanc: OrthancServer;
  beforeAll(async () => {
    orthanc = await startOrthanc({ files: [] });
  });
  afterAll(() => orthanc.close());

  test.each(OBJECTS)('a %s is taken, and told with who made it and whose it is', async (_name, dataset) => {
    const bytes = createResultWriter().write(dataset);
    const stored = await fetch(`${orthanc.restUrl}/instances`, {
      method: 'POST',
      body: new Uint8Array(bytes),
    });
    expect(stored.status).toBe(200);
    const uid = String(dataset['00080018']?.Value?.[0]);
    const answer = await fetch(`${orthanc.dicomwebUrl}/studies/1.2.3/metadata`, {
      headers: { accept: 'application/dicom+json' },
    });
    const all = (await answer.json()) as readonly DicomJsonObject[];
    const told = all.find((one) => one['00080018']?.Value?.[0] === uid);
    expect(told?.['00100010']?.Value).toEqual([{ Alphabetic: 'Grün^Ute' }]);
    expect(aiMarkOf(told ?? {}, () => false)).toEqual({
      grade: 'definite',
      makers: [{ name: 'lung-nodule', version: '2.1.0' }],
    });
  });

  test('the pixels of a segmentation are those of the mask', async () => {
    const uid = String(OBJECTS[1]?.[1]['00080018']?.Value?.[0]);
    const found = await fetch(`${orthanc.restUrl}/tools/lookup`, { method: 'POST', body: uid });
    const [{ ID: id } = { ID: '' }] = (await found.json()) as readonly { readonly ID: string }[];
    const file = await fetch(`${orthanc.restUrl}/instances/${id}/file`);
    const bits = Buffer.from(await file.arrayBuffer()).subarray(-mask.length / 8);
    const pixels = Array.from(mask, (_, at) => ((bits[at >>> 3] ?? 0) >>> (at % 8)) & 1);
    expect(pixels).toEqual([...mask]);
  });
});
