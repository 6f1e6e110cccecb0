import type { Instant } from '../domain/register.ts';

const DAY = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** A day of the register in words. Its days are those of UTC, as in import files and in the reasons of decisions. */
export function dayText(instant: Instant): string {
  return DAY.format(new Date(instant));
}

/** The last day before an exclusive end, in words. */
export function lastDayText(until: Instant): string {
  return dayText(until - 1);
}

/** A day as a date field takes it: `2026-03-03`. */
export function dayInput(instant: Instant): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** The last day before an exclusive end, as a date field takes it. */
export function lastDayInput(until: Instant): string {
  return dayInput(until - 1);
}
