const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Years, months, days, hours, minutes, seconds; about, where the calendar decides. */
const UNITS_MS: readonly number[] = [365 * DAY_MS, 30 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS];
const DURATION =
  /^P(?=[\dT])(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})(?:\.\d{1,9})?S)?)?$/;

/** A length of time as XML Schema writes it (xs:duration, not negative), in ms; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (parts === null) return undefined;
  return UNITS_MS.reduce((sum, unitMs, index) => sum + unitMs * Number(parts[index + 1] ?? 0), 0);
}
