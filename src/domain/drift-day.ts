import { GatewayError } from './errors.ts';

const MICRO_PER_MILLI = 1000;
const MILLI_PER_MINUTE = 60_000;
const ISO_ORDER = ['year', 'month', 'day'] as const;

/**
 * The calendar day of a moment in one named time zone, as `YYYY-MM-DD`; `unknown` for what is no moment.
 * Takes microseconds since the epoch, as case-log entries carry them. One zone for all counters: a day that began at a
 * different moment for each reader could not be added up. Throws GatewayError(internal) for a name Intl does not know.
 */
export function createDayOf(timeZone: string): (wallUs: number) => string {
  const format = formatIn(timeZone);
  // Entries come by in order, and days have begun at whole minutes everywhere since 1972: one formatting does for all of a minute.
  let last = { minute: Number.NaN, day: '' };
  return (wallUs) => {
    if (!Number.isSafeInteger(wallUs)) return 'unknown';
    const minute = Math.floor(wallUs / MICRO_PER_MILLI / MILLI_PER_MINUTE);
    if (minute !== last.minute) last = { minute, day: dayIn(format, minute * MILLI_PER_MINUTE) };
    return last.day;
  };
}

function dayIn(format: Intl.DateTimeFormat, atMs: number): string {
  const parts = format.formatToParts(atMs);
  return ISO_ORDER.flatMap((type) => parts.filter((part) => part.type === type))
    .map((part) => part.value)
    .join('-');
}

/** Calendar and digits are pinned: the locale's own could change with the ICU data of a Node release. */
function formatIn(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  } catch (cause: unknown) {
    throw new GatewayError('internal', {
      detail: `"${timeZone}" is not a time zone this system knows.`,
      cause,
    });
  }
}
