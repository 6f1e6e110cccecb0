import fc from 'fast-check';
import { ALWAYS, between, isWithin } from '../../src/domain/interval.ts';

const MINUTE = 60_000;

test.each([
  { name: 'no moment', moments: [], now: 90_000, from: ALWAYS.fromMinute, until: ALWAYS.untilMinute },
  { name: 'moments on either side', moments: [30_000, 200_000], now: 90_000, from: 1, until: 3 },
  { name: 'on the minute', moments: [MINUTE, 3 * MINUTE], now: MINUTE, from: 1, until: 3 },
  {
    name: 'within the minute of now: not to be kept',
    moments: [80_000],
    now: 90_000,
    from: 2,
    until: 2 ** 30,
  },
  {
    name: 'what is no time counts for nothing',
    moments: [NaN, Infinity, -Infinity],
    now: 0,
    from: -(2 ** 30),
    until: 2 ** 30,
  },
])('$name', ({ moments, now, from, until }) => {
  expect(between(moments, ALWAYS, now)).toEqual({ fromMinute: from, untilMinute: until });
});

test.each([NaN, Infinity, -Infinity])('%s lies in no interval', (now) => {
  expect(isWithin(ALWAYS, now)).toBe(false);
});

test('no moment comes between two times in one interval', () => {
  const time = fc.integer({ min: -10 * MINUTE, max: 10 * MINUTE });
  fc.assert(
    fc.property(fc.array(time), time, time, (moments, now, then) => {
      const interval = between(moments, ALWAYS, now);
      fc.pre(isWithin(interval, now) && isWithin(interval, then));
      expect(moments.filter((moment) => moment <= now)).toEqual(moments.filter((moment) => moment <= then));
    }),
  );
});
