import fc from 'fast-check';
import { addMonths, isoDate, spokenDate } from '../../src/domain/calendar.ts';

const at = (iso: string): number => Date.parse(iso);

describe('calendar', () => {
  test.each([
    { name: 'a plain month', from: '2026-03-03T09:30:00Z', months: 1, expect: '2026-04-03T09:30:00.000Z' },
    { name: 'over the year', from: '2025-11-15T00:00:00Z', months: 3, expect: '2026-02-15T00:00:00.000Z' },
    {
      name: 'into a short month',
      from: '2026-01-31T12:00:00Z',
      months: 1,
      expect: '2026-02-28T12:00:00.000Z',
    },
    {
      name: 'into a leap February',
      from: '2028-01-31T12:00:00Z',
      months: 1,
      expect: '2028-02-29T12:00:00.000Z',
    },
    {
      name: 'from 29 February, a year on',
      from: '2028-02-29T00:00:00Z',
      months: 12,
      expect: '2029-02-28T00:00:00.000Z',
    },
    { name: 'backwards', from: '2026-03-31T01:00:00Z', months: -1, expect: '2026-02-28T01:00:00.000Z' },
    { name: 'not at all', from: '2026-03-31T01:00:00Z', months: 0, expect: '2026-03-31T01:00:00.000Z' },
  ])('addMonths: $name', ({ from, months, expect: wanted }) => {
    expect(new Date(addMonths(at(from), months)).toISOString()).toBe(wanted);
  });

  test('addMonths keeps order: an older fact never outlives a newer one', () => {
    const instants = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2090-01-01T00:00:00Z') });
    fc.assert(
      fc.property(instants, instants, fc.integer({ min: 0, max: 60 }), (a, b, months) => {
        const [older, newer] = a < b ? [a, b] : [b, a];
        return isoDate(addMonths(older, months)) <= isoDate(addMonths(newer, months));
      }),
    );
  });

  test.each([
    { date: '2026-03-03', expect: '3 March 2026' },
    { date: '2026-12-31', expect: '31 December 2026' },
    { date: '2026-13-01', expect: '2026-13-01' },
    { date: 'soon', expect: 'soon' },
  ])('spokenDate($date) is $expect', ({ date, expect: wanted }) => {
    expect(spokenDate(date)).toBe(wanted);
  });

  test('isoDate is the UTC day', () => {
    expect(isoDate(at('2026-03-03T23:59:59Z'))).toBe('2026-03-03');
  });
});
