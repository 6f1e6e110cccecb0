import type { DoseFlag } from '../../src/domain/dose.ts';
import { doseParameters } from '../../src/http/dose-parameters.ts';
import { doseRows, doseUnitText } from '../../src/ui/dose-words.ts';
import { useText } from '../../src/ui/use-words.ts';

const LEVEL = { id: 'dx-chest', value: 10, unit: 'cGy.cm2' } as const;
const ABOVE: DoseFlag = { quantity: 'DAP', unit: 'uGy.m2', value: 12, level: LEVEL, exceeds: true };

test.each<readonly [string, DoseFlag]>([
  [
    '12 µGy·m²: above the local diagnostic reference level of 10 cGy·cm² (dx-chest); say why if you use it',
    ABOVE,
  ],
  [
    '9 µGy·m²: not above the local diagnostic reference level of 10 cGy·cm² (dx-chest)',
    { ...ABOVE, value: 9, exceeds: false },
  ],
  [
    '600 MBq: no local diagnostic reference level for such a study',
    { quantity: 'activity', unit: 'MBq', value: 600, exceeds: false },
  ],
])('%s', (value, flag) => {
  expect(doseRows([flag]).map((row) => row.value)).toEqual([value]);
});

test('nothing recommended, nothing said', () => {
  expect(doseRows()).toEqual([]);
  expect(doseParameters(undefined)).toEqual({});
  expect(doseUnitText('mGy.cm')).toBe('mGy·cm');
});

test('in an answer’s parameters', () => {
  expect(doseParameters([ABOVE])).toEqual({
    dose: JSON.stringify([ABOVE]),
    dose_exceeds: true,
    dose_without_level: false,
  });
});

test.each([
  [{}, 'The vendor states no limit'],
  [{ minSliceThicknessMm: 1 }, 'slices from 1 mm'],
  [{ maxSliceThicknessMm: 3 }, 'slices up to 3 mm'],
  [{ minKvp: 100, maxKvp: 120 }, 'tube 100 to 120 kV'],
  [
    {
      modalities: ['CT'],
      maxAgeYears: 18,
      orientations: ['axial'],
      burnedInAnnotation: 'refuse',
      derivedImages: 'refuse',
    },
    'CT; under 18 years; axial; no burned-in text; original images only',
  ],
] as const)('intended use %j: %s', (use, text) => {
  expect(useText(use)).toBe(text);
});
