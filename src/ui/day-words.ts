import type { Instant } from '../domain/register.ts';

const DAY_MS = 86_400_000;

/**
 * A day in words. What somebody named as a day is one of the register's, which are those of UTC as in import files, and says the same
 * everywhere; a moment of the clock is on the day that it was in the hospital's time zone.
 */
export function dayText(instant: Instant, timeZone: string): string {
  return format(instant, isNamedDay(instant) ? 'UTC' : timeZone);
}

/** The last day before an exclusive end, in words. */
export function lastDayText(until: Instant, timeZone: string): string {
  return format(until - 1, isNamedDay(until) ? 'UTC' : timeZone);
}

function isNamedDay(instant: Instant): boolean {
  return instant % DAY_MS === 0;
}

function format(instant: Instant, timeZone: string): string {
  const parts = { day: 'numeric', month: 'long', year: 'numeric' } as const;
  return new Intl.DateTimeFormat('en-GB', { timeZone, ...parts }).format(new Date(instant));
}

/** A day as a date field takes it: `2026-03-03`. */
export function dayInput(instant: Instant): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** The last day before an exclusive end, as a date field takes it. */
export function lastDayInput(until: Instant): string {
  return dayInput(until - 1);
}
