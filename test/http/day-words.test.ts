import { dayInput, dayText, lastDayInput, lastDayText } from '../../src/ui/day-words.ts';

const at = (iso: string): number => Date.parse(iso);
const LONDON = 'Europe/London';
const NEW_YORK = 'America/New_York';

describe('the day of an instant', () => {
  test.each([
    { name: 'a day that somebody named', given: '2026-07-01', zone: LONDON, expect: '1 July 2026' },
    { name: 'the same west of Greenwich', given: '2026-07-01', zone: NEW_YORK, expect: '1 July 2026' },
    {
      name: 'just after a summer’s midnight',
      given: '2026-06-30T23:30Z',
      zone: LONDON,
      expect: '1 July 2026',
    },
    { name: 'the same in winter', given: '2026-01-30T23:30Z', zone: LONDON, expect: '30 January 2026' },
    { name: 'an evening elsewhere', given: '2026-07-01T02:00Z', zone: NEW_YORK, expect: '30 June 2026' },
  ])('$name: $given in $zone -> $expect', ({ given, zone, expect: text }) => {
    expect(dayText(at(given), zone)).toBe(text);
  });
});

describe('the last day before an end', () => {
  test.each([
    { name: 'a day that somebody named', given: '2026-07-01', zone: LONDON, expect: '30 June 2026' },
    { name: 'the same east of Greenwich', given: '2026-07-01', zone: 'Asia/Tokyo', expect: '30 June 2026' },
    { name: 'ended within a day', given: '2026-06-30T12:00Z', zone: LONDON, expect: '30 June 2026' },
    { name: 'ended after midnight', given: '2026-06-30T23:30Z', zone: LONDON, expect: '1 July 2026' },
  ])('$name: $given in $zone -> $expect', ({ given, zone, expect: text }) => {
    expect(lastDayText(at(given), zone)).toBe(text);
  });
});

test('what a date field takes is the day that the register counts in', () => {
  expect(dayInput(at('2026-06-30T23:30Z'))).toBe('2026-06-30');
  expect(lastDayInput(at('2026-07-01'))).toBe('2026-06-30');
});
