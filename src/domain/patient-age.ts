const AGE = /^(\d{3})([DWMY])$/;
const DATE = /^(\d{4})(\d{2})(\d{2})$/;
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
  const birth = DATE.exec(birthDate ?? '');
  const study = DATE.exec(studyDate ?? '');
  if (birth === null || study === null) return undefined;
  const [birthYear, birthDay] = [Number(birth[1]), Number(`${String(birth[2])}${String(birth[3])}`)];
  const [studyYear, studyDay] = [Number(study[1]), Number(`${String(study[2])}${String(study[3])}`)];
  const years = studyYear - birthYear - (studyDay < birthDay ? 1 : 0);
  return years >= 0 ? years : undefined;
}

function parseUnit(unit: string | undefined): number {
  return PER_YEAR[unit as keyof typeof PER_YEAR];
}
