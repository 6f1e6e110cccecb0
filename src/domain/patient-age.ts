const AGE = /^(\d{3})([DWMY])$/;
const DATE = /^\d{8}$/;
const PER_YEAR = { D: 365.25, W: 52.18, M: 12, Y: 1 } as const;

/**
 * Age in completed years from Patient's Age (0010,1010; PS3.5 §6.2 AS, e.g. `018M`), else from birth date and study date
 * (DA). Undefined when neither says it.
 */
export function ageYearsOf(
  age: string | undefined,
  birthDate: string | undefined,
  studyDate: string | undefined,
): number | undefined {
  const stated = AGE.exec(age ?? '');
  if (stated !== null) return Math.floor(Number(stated[1]) / parseUnit(stated[2]));
  const birth = numberOf(birthDate);
  const study = numberOf(studyDate);
  if (birth === undefined || study === undefined || study < birth) return undefined;
  return Math.floor((study - birth) / 10_000);
}

/** A date as a number, 20260112: the difference of two, without its last four digits, is the age in completed years. */
function numberOf(date: string | undefined): number | undefined {
  return date !== undefined && DATE.test(date) ? Number(date) : undefined;
}

function parseUnit(unit: string | undefined): number {
  return PER_YEAR[unit as keyof typeof PER_YEAR];
}
