import fc from 'fast-check';
import { createDayOf } from '../../src/domain/drift-day.ts';
import { lastMomentOf } from '../../src/domain/last-moment.ts';

test.each([
  { day: '2026-03-03', zone: 'UTC', last: '2026-03-03T23:59:59.999Z' },
  { day: '2026-03-03', zone: 'Europe/London', last: '2026-03-03T23:59:59.999Z' },
  { day: '2026-07-03', zone: 'Europe/London', last: '2026-07-03T22:59:59.999Z' },
  // The clocks go forward at 01:00, and back at 02:00 (BST): a day of 23 hours, and one of 25.
  { day: '2026-03-29', zone: 'Europe/London', last: '2026-03-29T22:59:59.999Z' },
  { day: '2026-10-25', zone: 'Europe/London', last: '2026-10-25T23:59:59.999Z' },
  { day: '2026-03-03', zone: 'Pacific/Kiritimati', last: '2026-03-03T09:59:59.999Z' },
  { day: '2026-03-03', zone: 'Pacific/Pago_Pago', last: '2026-03-04T10:59:59.999Z' },
  { day: '2028-02-29', zone: 'Asia/Kathmandu', last: '2028-02-29T18:14:59.999Z' },
])('$day in $zone ends with $last', ({ day, zone, last }) => {
  expect(new Date(lastMomentOf(day, zone)).toISOString()).toBe(last);
});

test('belongs to the day, and the next millisecond to a later one', () => {
  const zones = ['Europe/London', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia'];
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), fc.constantFrom(...zones), (daysSince2000, zone) => {
      const day = new Date(Date.UTC(2000, 0, 1 + daysSince2000)).toISOString().slice(0, 10);
      const dayOf = createDayOf(zone);
      const last = lastMomentOf(day, zone);
      // Samoa left a day out: then it is the last moment before it.
      expect(dayOf(last * 1000) <= day).toBe(true);
      expect(dayOf((last + 1) * 1000) > day).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('an unknown time zone is a fault of the house', () => {
  expect(() => lastMomentOf('2026-03-03', 'Europe/Nowhere')).toThrow(
    expect.objectContaining({ code: 'internal' }),
  );
});
