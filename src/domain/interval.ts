import type { Instant } from './register.ts';

/**
 * For how long something found out holds, in whole minutes since the epoch: the minutes in which it begins or ends are no part of
 * it. Small whole numbers lie in the object itself; others lie elsewhere, and each is one more visit to memory for a decision.
 */
export interface Interval {
  readonly fromMinute: number;
  /** Exclusive. */
  readonly untilMinute: number;
}

const MINUTE_MS = 60_000;
/** V8 keeps numbers up to here in the object; two thousand years on either side of 1970. */
const MOST_MINUTES = 2 ** 30;

/** All time. */
export const ALWAYS: Interval = { fromMinute: -MOST_MINUTES, untilMinute: MOST_MINUTES };

/** Whether a moment lies in an interval; what is no time lies in none. */
export function isWithin({ fromMinute, untilMinute }: Interval, now: Instant): boolean {
  const minute = Math.floor(now / MINUTE_MS);
  return fromMinute <= minute && minute < untilMinute;
}

/** The part of an interval around now in which none of these moments comes. */
export function between(
  moments: Iterable<Instant>,
  { fromMinute, untilMinute }: Interval,
  now: Instant,
): Interval {
  let [after, before] = [fromMinute, untilMinute];
  for (const moment of moments) {
    if (moment <= now) after = Math.max(after, Math.ceil(moment / MINUTE_MS));
    else if (moment > now) before = Math.min(before, Math.floor(moment / MINUTE_MS));
  }
  return { fromMinute: after, untilMinute: before };
}
