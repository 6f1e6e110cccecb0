import fc from 'fast-check';
import { calendarFeed, type CalendarFeed } from '../../src/domain/calendar-feed.ts';
import { aDueItem, DUE_NOW } from '../fakes/fake-due-flows.ts';
import { parseCalendar, valuesOf, type Component } from '../fakes/strict-icalendar.ts';

const DAY = 86_400_000;
const feedOf = (changes: Partial<CalendarFeed>): string =>
  calendarFeed({
    items: [aDueItem(40)],
    now: DUE_NOW,
    timeZone: 'Europe/London',
    publicUrl: 'https://gateway.example',
    reminderDays: [30, 7],
    ...changes,
  });
const eventsOf = (text: string): readonly Component[] =>
  parseCalendar(text).components.filter(({ name }) => name === 'VEVENT');
const said = (text: string, name: string): readonly string[] =>
  eventsOf(text).flatMap(({ properties }) => valuesOf(properties, name));

test('an all-day event, where to put it right, and reminders', () => {
  const text = feedOf({});
  const [event] = eventsOf(text);
  expect(event?.properties.map(({ name, value }) => [name, value])).toEqual([
    ['UID', expect.stringMatching(/^[0-9a-f]{32}@gateway\.example$/)],
    ['DTSTAMP', '20260303T000000Z'],
    ['DTSTART', '20260412'],
    ['DTEND', '20260413'],
    ['SUMMARY', 'Due: annual safety declaration'],
    ['DESCRIPTION', 'Put it right at https://gateway.example/me/declaration'],
    ['URL', 'https://gateway.example/me/declaration'],
    ['CLASS', 'PRIVATE'],
    ['TRANSP', 'TRANSPARENT'],
  ]);
  expect(event?.components.map(({ properties }) => valuesOf(properties, 'TRIGGER'))).toEqual([
    ['-P30D'],
    ['-P7D'],
  ]);
});

test.each([
  {
    name: 'winter',
    at: '2026-01-31T23:59:59.999Z',
    zone: 'Europe/London',
    start: '20260131',
    end: '20260201',
  },
  {
    name: 'summer: an hour before midnight UTC is the next day',
    at: '2026-06-30T23:00:00Z',
    zone: 'Europe/London',
    start: '20260701',
    end: '20260702',
  },
  {
    name: 'the night in which clocks go forward',
    at: '2026-03-29T00:30:00Z',
    zone: 'Europe/London',
    start: '20260329',
    end: '20260330',
  },
  {
    name: 'the night in which they go back',
    at: '2026-10-25T01:30:00Z',
    zone: 'Europe/London',
    start: '20261025',
    end: '20261026',
  },
  {
    name: 'a leap day',
    at: '2028-02-28T12:00:00Z',
    zone: 'Pacific/Auckland',
    start: '20280229',
    end: '20280301',
  },
])('the day is the time zone’s: $name', ({ at, zone, start, end }) => {
  const text = feedOf({ items: [aDueItem(0, { dueAt: Date.parse(at) })], timeZone: zone });
  expect([said(text, 'DTSTART'), said(text, 'DTEND')]).toEqual([[start], [end]]);
});

test('the name stays when the date moves, differs for each thing, and holds nobody’s identifier', () => {
  const uid = (changes: Parameters<typeof aDueItem>[1]) =>
    said(feedOf({ items: [aDueItem(40, changes)] }), 'UID')[0];
  expect(uid({ dueAt: DUE_NOW + 90 * DAY })).toBe(uid({}));
  expect(uid({ id: 'declaration/somebody-else' })).not.toBe(uid({}));
  expect(feedOf({})).not.toMatch(/alice|osei/i);
});

test('the same text all day while nothing changes, another the next day', () => {
  expect(feedOf({ now: DUE_NOW + 3 * 3_600_000 })).toBe(feedOf({}));
  expect(feedOf({ now: DUE_NOW + DAY })).not.toBe(feedOf({}));
});

test('what is overdue says so, and reminds nobody', () => {
  const text = feedOf({ items: [aDueItem(-3)] });
  expect(said(text, 'SUMMARY')).toEqual(['Overdue: annual safety declaration']);
  expect(eventsOf(text)[0]?.components).toEqual([]);
});

test('with nothing due it is a calendar all the same', () => {
  expect(parseCalendar(feedOf({ items: [] })).components.map(({ name }) => name)).toEqual(['VTIMEZONE']);
});

test('any title comes back as it was, in lines of 75 octets, but for control characters', () => {
  const title = fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' });
  const odd = fc.constantFrom(
    'a, b; c \\ d',
    'line\nbreak',
    '“quotes” – €',
    '😀'.repeat(60),
    'x'.repeat(300),
    '\\,',
    '\\n',
  );
  fc.assert(
    fc.property(fc.oneof(title, odd), (text) => {
      const [summary] = said(feedOf({ items: [aDueItem(40, { title: text })] }), 'SUMMARY');
      const kept = text.replace(/\r?\n/g, '\n').replace(/(?!\n)\p{Cc}/gu, '');
      expect(summary).toBe(`Due: ${kept}`);
    }),
    { numRuns: 300 },
  );
});

test('the parser of this test is strict: what breaks a rule is refused', () => {
  const good = feedOf({});
  parseCalendar(good);
  const broken = [
    good.replaceAll('\r\n', '\n'),
    good.replace('VERSION:2.0\r\n', ''),
    good.replace(/UID:.*\r\n/, ''),
    good.replace('END:VEVENT', 'END:VTODO'),
    good.replace('SUMMARY:Due', 'SUMMARY:Due; now'),
    good.replace('DTSTART;VALUE=DATE:20260412', 'DTSTART;VALUE=DATE:20260432'),
    good.replace('DTSTART;VALUE=DATE', 'DTSTART'),
    good.replace('SUMMARY:', `SUMMARY:${'x'.repeat(80)}`),
    good.slice(0, -2),
  ];
  for (const text of broken) expect(() => parseCalendar(text)).toThrow();
});
