import type { DoseFlag, DoseQuantity, DoseUnit } from '../domain/dose.ts';

const QUANTITIES: Readonly<Record<DoseQuantity, string>> = {
  CTDIvol: 'CTDIvol',
  DLP: 'DLP',
  DAP: 'Dose-area product',
  AGD: 'Average glandular dose',
  activity: 'Activity',
};
const UNITS: Readonly<Record<DoseUnit, string>> = {
  mGy: 'mGy',
  'mGy.cm': 'mGy·cm',
  'Gy.cm2': 'Gy·cm²',
  'dGy.cm2': 'dGy·cm²',
  'cGy.cm2': 'cGy·cm²',
  'uGy.m2': 'µGy·m²',
  'mGy.cm2': 'mGy·cm²',
  MBq: 'MBq',
  GBq: 'GBq',
};

/** A unit of dose as people write it. */
export function doseUnitText(unit: DoseUnit): string {
  return UNITS[unit];
}

/** Recommended doses against the local levels, one row for each. */
export function doseRows(
  flags: readonly DoseFlag[] = [],
): readonly { readonly key: string; readonly value: string }[] {
  return flags.map((flag) => ({
    key: `Recommended dose: ${QUANTITIES[flag.quantity]}`,
    value: `${String(flag.value)} ${UNITS[flag.unit]}: ${verdictOf(flag)}`,
  }));
}

function verdictOf({ level, exceeds }: DoseFlag): string {
  if (level === undefined) return 'no local diagnostic reference level for such a study';
  const named = `the local diagnostic reference level of ${String(level.value)} ${UNITS[level.unit]} (${level.id})`;
  return exceeds ? `above ${named}; say why if you use it` : `not above ${named}`;
}
