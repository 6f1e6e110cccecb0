/** A moment for people and, beside it, for machines. */
export interface Moment {
  /** e.g. `3 Mar 2026, 14:05:06`. */
  readonly text: string;
  /** ISO 8601 UTC, for `<time datetime>`. */
  readonly iso: string;
}

/** A moment in the hospital's time zone, from milliseconds since the epoch. */
export function momentOfMilliseconds(ms: number, timeZone: string): Moment {
  const at = new Date(Math.trunc(ms));
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short', year: 'numeric' });
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return { text: `${day.format(at)}, ${time.format(at)}`, iso: at.toISOString() };
}

/** The same from microseconds since the epoch, as the case log keeps them. */
export function momentOfMicroseconds(us: number, timeZone: string): Moment {
  return momentOfMilliseconds(us / 1000, timeZone);
}

const DICOM_DATE = /^(\d{4})\.?(\d{2})\.?(\d{2})$/;

/** A DICOM date (PS3.5 §6.2, `YYYYMMDD`) in words; one that is no date stays as the PACS gave it. */
export function dicomDateText(text: string): string {
  const [, year, month, day] = DICOM_DATE.exec(text.trim()) ?? [];
  if (year === undefined || month === undefined || day === undefined) return text;
  const at = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return text;
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(at);
}

/** A DICOM person name (PS3.5 §6.2.1, `FAMILY^Given^Middle^Prefix^Suffix`) as people write it: `FAMILY, Given Middle`. */
export function personNameText(text: string): string {
  const [family = '', given = '', middle = ''] = text.split('^').map((part) => part.trim());
  const first = [given, middle].filter((part) => part !== '').join(' ');
  return [family, first].filter((part) => part !== '').join(', ');
}
