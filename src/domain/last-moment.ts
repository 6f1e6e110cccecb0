import { createDayOf } from './drift-day.ts';
import type { Instant } from './register.ts';

const MICRO_PER_MILLI = 1000;
const DAY_MS = 86_400_000;

/**
 * The last millisecond of a calendar day (`YYYY-MM-DD`) in a time zone, whatever its clocks do on that day. Throws
 * GatewayError('internal') for a zone that Intl does not know.
 */
export function lastMomentOf(day: string, timeZone: string): Instant {
  const dayOf = createDayOf(timeZone);
  const isOver = (instant: Instant): boolean => dayOf(instant * MICRO_PER_MILLI) > day;
  // No zone is more than a day away from UTC: the end lies between these two.
  let inside = Date.parse(day) - DAY_MS;
  let over = inside + 3 * DAY_MS;
  while (over - inside > 1) {
    const middle = Math.floor((inside + over) / 2);
    if (isOver(middle)) over = middle;
    else inside = middle;
  }
  return inside;
}
