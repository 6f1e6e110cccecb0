import type { StudyContext } from './dicom/study-context.ts';
import type { Protocol } from './words.ts';

/** Dialects whose answers doses are read from: a chat has no place for a number but its text. */
export const DOSE_PROTOCOLS: readonly Protocol[] = ['oip-v2', 'monai-label'];

/** What a diagnostic reference level is set in: CT, projection, mammography, nuclear medicine. */
export const DOSE_QUANTITIES = ['CTDIvol', 'DLP', 'DAP', 'AGD', 'activity'] as const;
export type DoseQuantity = (typeof DOSE_QUANTITIES)[number];

/** Units as UCUM spells them, and how many of the first of its quantity one of it is. */
const UNITS = {
  CTDIvol: { mGy: 1 },
  DLP: { 'mGy.cm': 1 },
  // What makers write: 1 µGy·m² is 1 cGy·cm². A factor of ten between two of these is the error that the level is to catch.
  DAP: { 'Gy.cm2': 1, 'dGy.cm2': 0.1, 'cGy.cm2': 0.01, 'uGy.m2': 0.01, 'mGy.cm2': 0.001 },
  AGD: { mGy: 1 },
  activity: { MBq: 1, GBq: 1_000 },
} as const satisfies Readonly<Record<DoseQuantity, Readonly<Record<string, number>>>>;

/** Every unit that some quantity is given in. */
export const DOSE_UNITS = [
  'mGy',
  'mGy.cm',
  'Gy.cm2',
  'dGy.cm2',
  'cGy.cm2',
  'uGy.m2',
  'mGy.cm2',
  'MBq',
  'GBq',
] as const;
export type DoseUnit = (typeof DOSE_UNITS)[number];

/** An output of a model that recommends a dose. */
export interface DoseOutput {
  readonly output: string;
  readonly quantity: DoseQuantity;
  readonly unit: DoseUnit;
}

/** What a model recommends, as its output says it. */
export interface RecommendedDose {
  readonly quantity: DoseQuantity;
  readonly unit: DoseUnit;
  /** Above nought. */
  readonly value: number;
}

/** A local diagnostic reference level (IR(ME)R 2017 reg. 6(5)(c)), for one kind of examination and of patients. */
export interface ReferenceLevel {
  readonly id: string;
  readonly modality: string;
  readonly bodyPart: string;
  readonly population: 'adult' | 'paediatric';
  /** Completed years; a band of children. */
  readonly minAgeYears?: number;
  /** Exclusive. */
  readonly maxAgeYears?: number;
  readonly quantity: DoseQuantity;
  readonly unit: DoseUnit;
  readonly value: number;
  /** Where the Trust set it. */
  readonly source: string;
}

/** A recommendation held against the level; without `level` no local one is for such a study, which is a flag of its own. */
export interface DoseFlag extends RecommendedDose {
  readonly level?: { readonly id: string; readonly value: number; readonly unit: DoseUnit };
  readonly exceeds: boolean;
}

/** What of a policy says which levels there are, and who is a child. */
export interface DosePolicy {
  readonly referenceLevels?: readonly ReferenceLevel[];
  readonly adultFromYears: number;
}

/** Whether a quantity is given in that unit. */
export function isUnitOf(quantity: DoseQuantity, unit: DoseUnit): boolean {
  return factorOf(quantity, unit) !== undefined;
}

/**
 * Holds what a model recommends against the local levels for such a study. The result is let out either way: a level is no limit, and
 * who is above it must know and say why (IR(ME)R 2017 reg. 12). Where several levels are for the study, the lowest counts.
 */
export function flagDoses(
  recommended: readonly RecommendedDose[],
  study: Pick<StudyContext, 'modalities' | 'bodyParts' | 'ageYears'> | undefined,
  policy: DosePolicy,
): readonly DoseFlag[] {
  const levels = study === undefined ? [] : levelsFor(study, policy);
  return recommended.map((dose) => {
    const [lowest] = levels
      .filter(({ quantity }) => quantity === dose.quantity)
      .toSorted((a, b) => amountOf(a) - amountOf(b) || (a.id < b.id ? -1 : 1));
    if (lowest === undefined) return { ...dose, exceeds: false };
    const { id, value, unit } = lowest;
    return { ...dose, level: { id, value, unit }, exceeds: amountOf(dose) > amountOf(lowest) };
  });
}

/** A patient whose age nobody says has no level: neither the adults' nor a child's. */
function levelsFor(
  { modalities, bodyParts, ageYears }: Pick<StudyContext, 'modalities' | 'bodyParts' | 'ageYears'>,
  { referenceLevels = [], adultFromYears }: DosePolicy,
): readonly ReferenceLevel[] {
  if (ageYears === undefined) return [];
  const population = ageYears >= adultFromYears ? 'adult' : 'paediatric';
  return referenceLevels.filter(
    (level) =>
      level.population === population &&
      isOfAge(level, ageYears) &&
      modalities.includes(level.modality) &&
      bodyParts.includes(level.bodyPart),
  );
}

function isOfAge(
  { minAgeYears = -Infinity, maxAgeYears = Infinity }: ReferenceLevel,
  ageYears: number,
): boolean {
  return ageYears >= minAgeYears && ageYears < maxAgeYears;
}

/** In the first unit of its quantity; endless where the unit is none of it, so that in doubt it is above. Rounded to twelve digits: 0.1 of one unit is exactly 1 of another. */
function amountOf({ quantity, unit, value }: RecommendedDose): number {
  return Number((value * (factorOf(quantity, unit) ?? Infinity)).toPrecision(12));
}

function factorOf(quantity: DoseQuantity, unit: DoseUnit): number | undefined {
  return new Map<string, number>(Object.entries(UNITS[quantity])).get(unit);
}
