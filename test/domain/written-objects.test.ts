import * as fc from 'fast-check';
import { aiMarkOf } from '../../src/domain/dicom/ai-result-marks.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { maskInAnswer } from '../../src/domain/dicom/mask-in-answer.ts';
import { segmentationObject } from '../../src/domain/dicom/segmentation-object.ts';
import { sizeOf, sourceImages } from '../../src/domain/dicom/source-images.ts';
import { tid1500Report } from '../../src/domain/dicom/tid1500-report.ts';
import { anImage, ROWS, COLUMNS } from '../fakes/source-images.ts';

const BY = {
  model: 'lung-nodule',
  version: '2.1.0',
  vendor: 'Example\\Vendor',
  digest: `sha256:${'a'.repeat(64)}`,
};
const RESULT = {
  by: BY,
  isOfImages: true,
  images: [anImage(1), anImage(2)],
  seed: 'c-1',
  at: Date.parse('2026-03-10T09:00:00Z'),
} as const;
const PIXELS = { rows: ROWS, columns: COLUMNS };
const SIZE = { images: 2, ...PIXELS };
const never = (): boolean => false;
const values = (from: DicomJsonObject | undefined, tag: string): readonly unknown[] =>
  from?.[tag]?.Value ?? [];
const first = (from: DicomJsonObject | undefined, tag: string): DicomJsonObject => ({
  ...Object(values(from, tag)[0]),
});

describe('a report', () => {
  const report = tid1500Report({ ...RESULT, finding: 'nodule', score: 0.75 });

  test('is AI’s beyond doubt, of the exact version', () => {
    expect(aiMarkOf(report, never)).toEqual({
      grade: 'definite',
      makers: [{ name: 'lung-nodule', version: '2.1.0' }],
    });
  });

  test('is of the patient and study of its images, in a series of its own', () => {
    for (const tag of ['00100010', '00100020', '0020000D', '00080050'])
      expect(report[tag]).toEqual(RESULT.images[0][tag]);
    expect(values(report, '0020000E')).not.toEqual(values(RESULT.images[0], '0020000E'));
    expect(values(report, '00080070')).toEqual(['Example/Vendor']);
  });

  test('names finding, score and images, each object as evidence', () => {
    const text = JSON.stringify(report);
    for (const said of ['nodule', '0.750000', '1.2.3.1.1', '1.2.3.1.2', '112040', '121007'])
      expect(text).toContain(said);
    const series = first(first(report, '0040A375'), '00081115');
    expect(values(series, '00081199')).toHaveLength(2);
  });

  test('says no more than it knows', () => {
    const text = JSON.stringify(tid1500Report(RESULT));
    expect(text).not.toContain('121071');
    expect(text).not.toContain('model-score');
  });

  test('of images that nobody can tell is of their patient and study, and refers to none', () => {
    const of = tid1500Report({ ...RESULT, isOfImages: false, score: 0.75 });
    expect([of['0020000D'], of['00100020'], of['0040A375']]).toEqual([
      RESULT.images[0]['0020000D'],
      RESULT.images[0]['00100020'],
      undefined,
    ]);
    // An empty sequence is none, and a frame of reference is a series' own.
    expect(of).not.toHaveProperty('00200052');
    const library = values(of, '0040A730').find((item) => JSON.stringify(item).includes('Image Library'));
    expect(library).not.toHaveProperty('0040A730');
    expect(JSON.stringify(of)).not.toContain('1.2.3.1');
  });

  test('is the same when it is made again, and another for another case', () => {
    expect(tid1500Report({ ...RESULT, finding: 'nodule', score: 0.75 })).toEqual(report);
    expect(tid1500Report({ ...RESULT, seed: 'c-2' })['00080018']).not.toEqual(report['00080018']);
  });

  test('of images that say hardly anything still has what it must have', () => {
    const bare = tid1500Report({ ...RESULT, images: [{}] });
    expect(bare['00100010']).toEqual({ vr: 'PN' });
    expect(first(bare, '0040A375')['0020000D']).toEqual({ vr: 'UI' });
  });

  test('names a long finding by a long code', () => {
    const text = JSON.stringify(tid1500Report({ ...RESULT, finding: 'a finding of many words' }));
    expect(text).toContain('"00080119":{"vr":"UC","Value":["a finding of many words"]}');
  });
});

describe('a segmentation', () => {
  const mask = new Uint8Array(2 * ROWS * COLUMNS);
  mask[ROWS * COLUMNS] = 1;
  mask[ROWS * COLUMNS + 9] = 255;
  const object = segmentationObject({ ...RESULT, ...PIXELS, mask, label: 'nodule' });

  test('is AI’s beyond doubt, of the exact version', () => {
    expect(aiMarkOf(object ?? {}, never)).toEqual({
      grade: 'definite',
      makers: [{ name: 'lung-nodule', version: '2.1.0' }],
    });
  });

  test('has the frames that it touches, and says on which images they lie', () => {
    expect(values(object, '00280008')).toEqual([1]);
    const frame = first(object, '52009230');
    expect(values(first(frame, '00209113'), '00200032')).toEqual(values(RESULT.images[1], '00200032'));
    expect(JSON.stringify(frame)).toContain('1.2.3.1.2');
    expect(Buffer.from(object?.['7FE00010']?.InlineBinary ?? '', 'base64').subarray(0, 2)).toEqual(
      Buffer.from([0b0000_0001, 0b0000_0010]),
    );
  });

  test('of an empty mask is none', () => {
    expect(segmentationObject({ ...RESULT, ...PIXELS, mask: mask.fill(0), label: 'x' })).toBeUndefined();
  });

  test('of images without a frame of reference has one of its own', () => {
    const images = [{ '0020000E': { vr: 'UI', Value: ['1'] } }, {}] as const;
    const bare = segmentationObject({ ...RESULT, images, ...PIXELS, mask: mask.fill(1), label: 'x' });
    expect(values(bare, '00200052')).toEqual([expect.stringMatching(/^2\.25\.[0-9]+$/)]);
    const nameless = segmentationObject({
      ...RESULT,
      images: [{}],
      ...PIXELS,
      mask: mask.fill(1),
      label: 'x',
    });
    expect(first(nameless, '00081115')['0020000E']).toEqual({ vr: 'UI' });
  });

  test('bits are where the pixels were, whatever the mask', () => {
    const masks = fc.uint8Array({ minLength: 2 * ROWS * COLUMNS, maxLength: 2 * ROWS * COLUMNS });
    fc.assert(
      fc.property(masks, (pixels) => {
        const made = segmentationObject({ ...RESULT, ...PIXELS, mask: pixels, label: 'x' });
        const bits = Buffer.from(made?.['7FE00010']?.InlineBinary ?? '', 'base64');
        const on = bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
        expect(on).toBe(pixels.filter((pixel) => pixel !== 0).length);
      }),
    );
  });
});

describe('a mask in an answer', () => {
  const flat = Array.from({ length: 2 * ROWS * COLUMNS }, (_, place) => place % 2);
  const output = { name: 'mask', datatype: 'UINT8', shape: [2, ROWS, COLUMNS], data: flat };

  test.each<[string, readonly unknown[], boolean]>([
    ['flat', [output], true],
    ['nested', [{ ...output, data: [[flat.slice(0, ROWS * COLUMNS)], [flat.slice(ROWS * COLUMNS)]] }], true],
    ['true and false', [{ ...output, datatype: 'BOOL', data: flat.map((value) => value === 1) }], true],
    ['beside a score', [{ name: 's', datatype: 'FP32', shape: [1], data: [0.5] }, output], true],
    ['none', [], false],
    ['two', [output, output], false],
    ['of another size', [{ ...output, shape: [2, COLUMNS, ROWS] }], false],
    ['of fewer images', [{ ...output, data: flat.slice(1) }], false],
    ['of probabilities', [{ ...output, datatype: 'FP32' }], false],
    ['that is no output', [null, 'x', {}, { shape: 1, data: 2 }, { shape: [], data: [] }], false],
    [
      'without a list',
      [
        { ...output, data: 'x' },
        { ...output, shape: 'x' },
      ],
      false,
    ],
  ])('%s', (_name, outputs, isThere) => {
    const found = maskInAnswer({ outputs }, SIZE);
    expect(found === undefined ? undefined : [...found]).toEqual(isThere ? flat : undefined);
  });

  test('an answer without outputs', () => {
    expect(maskInAnswer({}, SIZE)).toBeUndefined();
  });
});

describe('the images that a result was made from', () => {
  test('are acquired ones, in order, by series', () => {
    const other = { ...anImage(1), '0020000E': { vr: 'UI', Value: ['1.9'] } };
    const report = { ...anImage(5), '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.34'] } };
    const several = { ...anImage(6), '00280008': { vr: 'IS', Value: [9] } };
    const { '0020000E': _series, ...seriesless } = anImage(7);
    const { '00280010': _rows, ...blind } = anImage(8);
    const { '00080016': _class, ...classless } = anImage(8);
    const { '00200013': _number, ...numberless } = anImage(9);
    const all = [anImage(2), other, report, several, seriesless, blind, classless, anImage(1), numberless];
    expect(sourceImages(all)).toEqual([[numberless, anImage(1), anImage(2)], [other]]);
    expect(sourceImages([])).toEqual([]);
  });

  test('have one size, or none', () => {
    expect(sizeOf([anImage(1), anImage(2)])).toEqual({ rows: ROWS, columns: COLUMNS });
    expect(sizeOf([anImage(1), { ...anImage(2), '00280010': { vr: 'US', Value: [1] } }])).toBeUndefined();
    expect(sizeOf([anImage(1), { ...anImage(2), '00280011': { vr: 'US', Value: [1] } }])).toBeUndefined();
    expect(sizeOf([{}])).toBeUndefined();
    const flat = { ...anImage(1), '00280011': { vr: 'US', Value: [0] } };
    expect(sizeOf([flat])).toBeUndefined();
  });
});
