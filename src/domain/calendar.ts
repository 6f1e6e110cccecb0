import type { Instant } from './register.ts';

/**
 * The same day and time of day so many calendar months later, UTC; where that month is shorter, its last day
 * (31 January + 1 month = 28 or 29 February). Negative months go back.
 */
export function addMonths(instant: Instant, months: number): Instant {
  const moved = new Date(instant);
  const dayOfMonth = moved.getUTCDate();
  moved.setUTCMonth(moved.getUTCMonth() + months, 1);
  return moved.setUTCDate(dayOfMonth <= 28 ? dayOfMonth : Math.min(dayOfMonth, lastDayOf(moved)));
}

function lastDayOf(month: Date): number {
  return new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The day of an instant as an ISO date, UTC. */
export function isoDate(instant: Instant): string {
  return new Date(instant).toISOString().slice(0, 10);
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** An ISO date as people write it: `2026-03-03` is 3 March 2026. Anything else comes back as it is. */
export function spokenDate(date: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  const name = MONTHS[Number(month) - 1];
  return year === undefined || name === undefined ? date : `${String(Number(day))} ${name} ${year}`;
}
