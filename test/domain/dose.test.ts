import fc from 'fast-check';
import {
  DOSE_QUANTITIES,
  DOSE_UNITS,
  flagDoses,
  isUnitOf,
  type DosePolicy,
  type RecommendedDose,
  type ReferenceLevel,
} from '../../src/domain/dose.ts';

const level = (id: string, changes: Partial<ReferenceLevel> = {}): ReferenceLevel => ({
  id,
  modality: 'CT',
  bodyPart: 'CHEST',
  population: 'adult',
  quantity: 'CTDIvol',
  unit: 'mGy',
  value: 12,
  source: 'Radiation protection committee, March 2026',
  ...changes,
});
const LEVELS: readonly ReferenceLevel[] = [
  level('ct-chest'),
  level('ct-head', { bodyPart: 'HEAD', value: 60 }),
  level('ct-chest-dlp', { quantity: 'DLP', unit: 'mGy.cm', value: 350 }),
  level('ct-chest-0-4', { population: 'paediatric', maxAgeYears: 5, value: 2 }),
  level('ct-chest-5-15', { population: 'paediatric', minAgeYears: 5, maxAgeYears: 16, value: 4 }),
  level('dx-chest', { modality: 'DX', quantity: 'DAP', unit: 'cGy.cm2', value: 10 }),
  level('mg', { modality: 'MG', bodyPart: 'BREAST', quantity: 'AGD', value: 2.5 }),
  level('bone-scan', {
    modality: 'NM',
    bodyPart: 'WHOLEBODY',
    quantity: 'activity',
    unit: 'MBq',
    value: 600,
  }),
];
const POLICY: DosePolicy = { referenceLevels: LEVELS, adultFromYears: 16 };
const dose = (
  value: number,
  quantity: RecommendedDose['quantity'] = 'CTDIvol',
  unit: RecommendedDose['unit'] = 'mGy',
): RecommendedDose => ({ value, quantity, unit });
const STUDY = { modalities: ['CT'], bodyParts: ['CHEST'], ageYears: 57 };

test.each<{
  readonly name: string;
  readonly dose: RecommendedDose;
  readonly study?: Parameters<typeof flagDoses>[1];
  readonly level: string | undefined;
  readonly exceeds: boolean;
}>([
  { name: 'below it', dose: dose(11.9), level: 'ct-chest', exceeds: false },
  { name: 'at it', dose: dose(12), level: 'ct-chest', exceeds: false },
  { name: 'above it by a hair', dose: dose(12.000_001), level: 'ct-chest', exceeds: true },
  {
    name: 'another quantity has its own',
    dose: dose(351, 'DLP', 'mGy.cm'),
    level: 'ct-chest-dlp',
    exceeds: true,
  },
  {
    name: 'another part has its own',
    dose: dose(59),
    study: { ...STUDY, bodyParts: ['HEAD'] },
    level: 'ct-head',
    exceeds: false,
  },
  {
    name: 'two parts: the lowest counts',
    dose: dose(59),
    study: { ...STUDY, bodyParts: ['HEAD', 'CHEST'] },
    level: 'ct-chest',
    exceeds: true,
  },
  { name: 'a baby', dose: dose(3), study: { ...STUDY, ageYears: 0 }, level: 'ct-chest-0-4', exceeds: true },
  {
    name: 'the last day of a band',
    dose: dose(3),
    study: { ...STUDY, ageYears: 4 },
    level: 'ct-chest-0-4',
    exceeds: true,
  },
  {
    name: 'the first day of the next',
    dose: dose(3),
    study: { ...STUDY, ageYears: 5 },
    level: 'ct-chest-5-15',
    exceeds: false,
  },
  {
    name: 'the last day of childhood',
    dose: dose(5),
    study: { ...STUDY, ageYears: 15 },
    level: 'ct-chest-5-15',
    exceeds: true,
  },
  {
    name: 'the first day as an adult',
    dose: dose(5),
    study: { ...STUDY, ageYears: 16 },
    level: 'ct-chest',
    exceeds: false,
  },
  {
    name: 'another unit, at it',
    dose: dose(0.1, 'DAP', 'Gy.cm2'),
    study: { ...STUDY, modalities: ['DX'] },
    level: 'dx-chest',
    exceeds: false,
  },
  {
    name: 'ten times too much, behind a unit',
    dose: dose(10, 'DAP', 'dGy.cm2'),
    study: { ...STUDY, modalities: ['DX'] },
    level: 'dx-chest',
    exceeds: true,
  },
  {
    name: 'micrograys times square metres are centigrays times square centimetres',
    dose: dose(10, 'DAP', 'uGy.m2'),
    study: { ...STUDY, modalities: ['DX'] },
    level: 'dx-chest',
    exceeds: false,
  },
  {
    name: 'mammography',
    dose: dose(2.6, 'AGD'),
    study: { modalities: ['MG'], bodyParts: ['BREAST'], ageYears: 60 },
    level: 'mg',
    exceeds: true,
  },
  {
    name: 'an activity in gigabecquerels',
    dose: dose(0.601, 'activity', 'GBq'),
    study: { modalities: ['NM'], bodyParts: ['WHOLEBODY'], ageYears: 60 },
    level: 'bone-scan',
    exceeds: true,
  },
  {
    name: 'no level for the part',
    dose: dose(99),
    study: { ...STUDY, bodyParts: ['KNEE'] },
    level: undefined,
    exceeds: false,
  },
  {
    name: 'no level for the modality',
    dose: dose(99),
    study: { ...STUDY, modalities: ['XA'] },
    level: undefined,
    exceeds: false,
  },
  { name: 'no level for the quantity', dose: dose(99, 'AGD'), level: undefined, exceeds: false },
  {
    name: 'an age that nobody says is neither an adult’s nor a child’s',
    dose: dose(99),
    study: { modalities: ['CT'], bodyParts: ['CHEST'] },
    level: undefined,
    exceeds: false,
  },
])('$name', ({ dose: recommended, study = STUDY, level: wanted, exceeds }) => {
  const [flag, ...others] = flagDoses([recommended], study, POLICY);
  expect(others).toEqual([]);
  expect(flag).toMatchObject({ ...recommended, exceeds });
  expect(flag?.level?.id).toBe(wanted);
});

test('a study that the PACS could not describe, and a policy without levels', () => {
  expect(flagDoses([dose(1)], undefined, POLICY)).toEqual([{ ...dose(1), exceeds: false }]);
  expect(flagDoses([dose(1)], STUDY, { adultFromYears: 16 })).toEqual([{ ...dose(1), exceeds: false }]);
  expect(flagDoses([], STUDY, POLICY)).toEqual([]);
});

test('a dose in a unit that is none of its quantity is above the level', () => {
  expect(flagDoses([dose(1, 'CTDIvol', 'MBq')], STUDY, POLICY)).toMatchObject([{ exceeds: true }]);
});

test('of levels of one height the same is named each time', () => {
  const twins = [level('b'), level('a')];
  for (const referenceLevels of [twins, twins.toReversed()])
    expect(flagDoses([dose(1)], STUDY, { ...POLICY, referenceLevels })[0]?.level?.id).toBe('a');
});

test('every quantity has units, and every unit a quantity', () => {
  const pairs = DOSE_QUANTITIES.flatMap((quantity) => DOSE_UNITS.map((unit) => [quantity, unit] as const));
  const fitting = pairs.filter(([quantity, unit]) => isUnitOf(quantity, unit));
  expect(new Set(fitting.map(([quantity]) => quantity))).toEqual(new Set(DOSE_QUANTITIES));
  expect(new Set(fitting.map(([, unit]) => unit))).toEqual(new Set(DOSE_UNITS));
  expect(isUnitOf('CTDIvol', 'mGy.cm')).toBe(false);
});

test('a higher dose never loses its flag', () => {
  const amount = fc.double({ min: 0.001, max: 1_000, noNaN: true });
  fc.assert(
    fc.property(amount, amount, (one, other) => {
      const [low, high] = flagDoses([dose(Math.min(one, other)), dose(Math.max(one, other))], STUDY, POLICY);
      expect(low?.exceeds === true && high?.exceeds === false).toBe(false);
    }),
  );
});
