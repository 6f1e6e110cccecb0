import fc from 'fast-check';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { seriesFactsOf, type SeriesFacts } from '../../src/domain/dicom/series-facts.ts';
import { items, text } from '../fakes/dicom-objects.ts';

const AXIAL = [1, 0, 0, 0, 1, 0];
const image = (elements: Readonly<Record<string, readonly unknown[]>>): DicomJsonObject =>
  Object.fromEntries(Object.entries(elements).map(([tag, values]) => [tag, text('UN', ...values)]));
const lying = (...six: readonly unknown[]): DicomJsonObject => image({ '00200037': six });
const factsOf = (...images: readonly DicomJsonObject[]): SeriesFacts => seriesFactsOf('CT', images);

/** Turned about an axis, in degrees. */
const tilted = (degrees: number): readonly number[] => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [1, 0, 0, 0, cos, sin];
};

test('one image, all of it', () => {
  const whole = image({
    '00080008': ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    '00180050': [0.625],
    '00180060': ['120'],
    '00200037': AXIAL,
    '00280301': ['NO'],
  });
  expect(factsOf(whole)).toEqual({
    modality: 'CT',
    sliceThicknessMm: { min: 0.625, max: 0.625 },
    kvp: { min: 120, max: 120 },
    orientation: 'axial',
    burnedIn: false,
    derived: false,
  });
});

test.each<{ readonly name: string; readonly images: readonly DicomJsonObject[]; readonly expect: object }>([
  { name: 'no image', images: [], expect: {} },
  { name: 'an image that says nothing', images: [{}], expect: {} },
  {
    name: 'slices of several thicknesses',
    images: [image({ '00180050': [5] }), image({ '00180050': ['1.25 '] })],
    expect: { sliceThicknessMm: { min: 1.25, max: 5 } },
  },
  {
    name: 'a thickness that one image leaves out',
    images: [image({ '00180050': [5] }), {}],
    expect: {},
  },
  {
    name: 'one image with text among others without',
    images: [image({ '00280301': ['NO'] }), image({ '00280301': ['YES'] })],
    expect: { burnedIn: true },
  },
  {
    name: 'text in one, and another that does not say',
    images: [{}, image({ '00280301': ['YES'] })],
    expect: { burnedIn: true },
  },
  {
    name: 'no text in one, and another that does not say',
    images: [{}, image({ '00280301': ['NO'] })],
    expect: {},
  },
  { name: 'a word that the standard does not have', images: [image({ '00280301': ['no'] })], expect: {} },
  { name: 'a word of objects', images: [image({ '00280301': ['constructor'] })], expect: {} },
  {
    name: 'a derived image among original ones',
    images: [image({ '00080008': ['ORIGINAL'] }), image({ '00080008': ['DERIVED', 'SECONDARY'] })],
    expect: { derived: true },
  },
  {
    name: 'a scout among axial slices',
    images: [lying(...AXIAL), lying(1, 0, 0, 0, 0, -1)],
    expect: { orientation: 'mixed' },
  },
  {
    name: 'a multi-frame image, its measures shared',
    images: [
      {
        '52009229': items({
          '00289110': items({ '00180050': text('DS', 2) }),
          '00209116': items({ '00200037': text('DS', 0, 1, 0, 0, 0, -1) }),
          '00189325': items({ '00180060': text('DS', 100) }),
        }),
      },
    ],
    expect: { sliceThicknessMm: { min: 2, max: 2 }, kvp: { min: 100, max: 100 }, orientation: 'sagittal' },
  },
  {
    name: 'a multi-frame image, its frames of two kinds',
    images: [
      {
        '52009230': items(
          { '00209116': items({ '00200037': text('DS', ...AXIAL) }) },
          { '00209116': items({ '00200037': text('DS', 1, 0, 0, 0, 0, -1) }) },
        ),
      },
    ],
    expect: { orientation: 'mixed' },
  },
])('$name', ({ images, expect: expected }) => {
  expect(factsOf(...images)).toEqual({ modality: 'CT', ...expected });
});

test.each<readonly [name: string, six: readonly unknown[], orientation: string | undefined]>([
  ['axial, feet first', [-1, 0, 0, 0, 1, 0], 'axial'],
  ['coronal', [1, 0, 0, 0, 0, -1], 'coronal'],
  ['sagittal', [0, 1, 0, 0, 0, -1], 'sagittal'],
  ['a gantry tilted by 30°', tilted(30), 'axial'],
  ['half way between two axes', tilted(45), 'oblique'],
  ['tilted by 60°', tilted(60), 'coronal'],
  ['one number', [1], undefined],
  ['five numbers', [1, 0, 0, 0, 1], undefined],
  ['seven numbers', [...AXIAL, 0], undefined],
  ['rows without length', [0, 0, 0, 0, 1, 0], undefined],
  ['columns without length', [1, 0, 0, 0, 0, 0], undefined],
  ['rows along the columns', [1, 0, 0, 1, 0, 0], undefined],
  ['words', ['a', 'b', 'c', 'd', 'e', 'f'], undefined],
  ['null', [null, null, null, null, null, null], undefined],
  ['as text', ['1', '0', '0', '0', '1', '0'], 'axial'],
])('orientation: %s', (_name, six, orientation) => {
  expect(factsOf(lying(...six)).orientation).toBe(orientation);
});

test.each<readonly [string, unknown]>([
  ['nought', 0],
  ['below nought', -1],
  ['no number', 'thin'],
  ['empty', ' '],
  ['null', null],
  ['endless', 'Infinity'],
  ['a list', [1]],
])('a thickness that is %s is not known', (_name, value) => {
  expect(factsOf(image({ '00180050': [value] }))).toEqual({ modality: 'CT' });
});

test('whatever a PACS writes, it can be read, and no number of it is endless', () => {
  const element = fc.oneof(
    fc.jsonValue(),
    fc.record({ vr: fc.constant('UN'), Value: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())) }),
  );
  const tags = ['00080008', '00180050', '00180060', '00200037', '00280301', '52009229', '52009230'];
  const images = fc.array(fc.dictionary(fc.constantFrom(...tags), element), { maxLength: 3 });
  fc.assert(
    fc.property(images, (given) => {
      const facts = factsOf(...(JSON.parse(JSON.stringify(given)) as readonly DicomJsonObject[]));
      for (const span of [facts.sliceThicknessMm, facts.kvp]) {
        if (span !== undefined)
          expect(span.min > 0 && span.min <= span.max && span.max < Infinity).toBe(true);
      }
    }),
  );
});
