const ZERO = 48;
const DAY_MS = 86_400_000;
const TIME_LENGTH = '2026-03-03T09:30:00.000Z'.length;
const DAY_LENGTH = '2026-03-03'.length;

/**
 * The instant of a date that begins at a place of a text and has been through its schema, in the two ways of writing that the
 * gateway itself uses: a day, or a time in UTC with milliseconds. NaN for any other. Takes a tenth of the time that `Date.parse`
 * does.
 */
export function instantIn(text: string, start: number, length: number): number {
  if (length !== TIME_LENGTH && length !== DAY_LENGTH) return NaN;
  const number = (from: number, count: number): number => digits(text, start + from, count);
  const days = daysFrom(number(0, 4), number(5, 2), number(8, 2));
  if (length === DAY_LENGTH) return days * DAY_MS;
  const seconds = number(11, 2) * 3_600 + number(14, 2) * 60 + number(17, 2);
  return days * DAY_MS + seconds * 1_000 + number(20, 3);
}

function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let place = start; place < start + count; place += 1) {
    const digit = text.charCodeAt(place) - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

const { floor } = Math;

/** Days since 1 January 1970 of a day of the Gregorian calendar, which begins its year in March so that leap days come last. */
function daysFrom(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + floor(yearOfEra / 4) - floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
