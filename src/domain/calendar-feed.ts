import { createHash } from 'node:crypto';
import { createDayOf } from './drift-day.ts';
import type { DueItem } from './due-item.ts';
import type { Instant } from './register.ts';

/** What a feed is made of. */
export interface CalendarFeed {
  readonly items: readonly DueItem[];
  /** As of when it was worked out. */
  readonly now: Instant;
  /** IANA time zone in which a day is a day. */
  readonly timeZone: string;
  /** Origin under which people reach the gateway. */
  readonly publicUrl: string;
  /** Days before the day at which a calendar program may remind its owner. */
  readonly reminderDays: readonly number[];
}

const MAX_OCTETS = 75;
const MICRO_PER_MILLI = 1000;
const DAY_MS = 86_400_000;

/** A calendar without any component is none (RFC 5545 §3.6). This one shows nothing. */
const NOTHING: readonly string[] = [
  'BEGIN:VTIMEZONE',
  'TZID:UTC',
  'BEGIN:STANDARD',
  'DTSTART:19700101T000000',
  'TZOFFSETFROM:+0000',
  'TZOFFSETTO:+0000',
  'END:STANDARD',
  'END:VTIMEZONE',
];

/**
 * What falls due as an iCalendar object (RFC 5545): an all-day event for each, on the day of the time zone, with a name that
 * stays when the day moves. Its stamp is the start of the present day, UTC, so that a feed with nothing new is the same text all
 * day. Names no person. Lines end in CRLF and are folded at 75 octets.
 */
export function calendarFeed(feed: CalendarFeed): string {
  const dayOf = createDayOf(feed.timeZone);
  const events = feed.items.flatMap((item) => eventOf(item, feed, dayOf));
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Countersign//Falling due//EN',
    'CALSCALE:GREGORIAN',
    'X-WR-CALNAME:Countersign: falling due',
    // RFC 7986 §5.7, and the name that Outlook knows it by.
    'REFRESH-INTERVAL;VALUE=DURATION:PT12H',
    'X-PUBLISHED-TTL:PT12H',
    ...(events.length === 0 ? NOTHING : events),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function eventOf(item: DueItem, feed: CalendarFeed, dayOf: (wallUs: number) => string): readonly string[] {
  const { publicUrl, now, reminderDays } = feed;
  const day = dayOf(item.dueAt * MICRO_PER_MILLI);
  const href = `${publicUrl}${item.href}`;
  const isOverdue = item.dueAt <= now;
  return [
    'BEGIN:VEVENT',
    `UID:${uidOf(item.id)}@${new URL(publicUrl).hostname}`,
    `DTSTAMP:${stampOf(now)}`,
    `DTSTART;VALUE=DATE:${basicDate(day)}`,
    `DTEND;VALUE=DATE:${basicDate(dayAfter(day))}`,
    `SUMMARY:${escaped(`${isOverdue ? 'Overdue' : 'Due'}: ${item.title}`)}`,
    `DESCRIPTION:${escaped(`Put it right at ${href}`)}`,
    `URL:${href}`,
    'CLASS:PRIVATE',
    // It takes up nobody's time.
    'TRANSP:TRANSPARENT',
    ...(isOverdue ? [] : reminderDays.flatMap((days) => reminder(item, days))),
    'END:VEVENT',
  ];
}

function reminder({ title }: DueItem, days: number): readonly string[] {
  return [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${escaped(title)}`,
    `TRIGGER:-P${String(days)}D`,
    'END:VALARM',
  ];
}

/** The item's own name holds the person's identifier, which is nobody else's to read. */
function uidOf(id: string): string {
  return createHash('sha256').update(id, 'utf8').digest('hex').slice(0, 32);
}

function stampOf(now: Instant): string {
  return `${basicDate(new Date(now).toISOString().slice(0, 10))}T000000Z`;
}

function basicDate(isoDay: string): string {
  return isoDay.replaceAll('-', '');
}

function dayAfter(isoDay: string): string {
  return new Date(Date.parse(`${isoDay}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/** RFC 5545 §3.3.11; other control characters may not stand in a text at all. */
function escaped(text: string): string {
  return text
    .replace(/[\\;,]/g, '\\$&')
    .replace(/\r?\n/g, '\\n')
    .replace(/\p{Cc}/gu, '');
}

/** RFC 5545 §3.1: no line is longer than 75 octets; a character is never taken apart. */
function folded(line: string): string {
  let out = '';
  let room = MAX_OCTETS;
  for (const character of line) {
    const octets = Buffer.byteLength(character);
    if (octets > room) {
      out += '\r\n ';
      // The space that begins a continued line counts as well.
      room = MAX_OCTETS - 1;
    }
    out += character;
    room -= octets;
  }
  return out;
}
