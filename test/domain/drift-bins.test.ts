import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { createDayOf } from '../../src/domain/drift-day.ts';
import { latencyBucket } from '../../src/domain/drift-latency-bucket.ts';
import { DEFAULT_SCORE_EDGES, scoreBin } from '../../src/domain/drift-score-bin.ts';
import { GatewayError } from '../../src/domain/errors.ts';

test.each([
  { durationMs: 0, bucket: 'zero' },
  { durationMs: 1, bucket: '0' },
  { durationMs: 2, bucket: '35' },
  { durationMs: 3, bucket: '55' },
  { durationMs: 100, bucket: '231' },
  { durationMs: 30_000, bucket: '516' },
  { durationMs: 86_400_000, bucket: '914' },
  { durationMs: 1_000_000_000, bucket: 'over' },
  { durationMs: -1, bucket: undefined },
  { durationMs: 0.5, bucket: undefined },
  { durationMs: Number.NaN, bucket: undefined },
  { durationMs: Infinity, bucket: undefined },
])('$durationMs ms -> bucket $bucket', ({ durationMs, bucket }) => {
  expect(latencyBucket(durationMs)).toBe(bucket);
});

test('a latency read back from its bucket is off by 1 % at most (DDSketch, alpha 0.01)', () => {
  const gamma = 101 / 99;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400_000 }), (durationMs) => {
      const index = Number(latencyBucket(durationMs));
      const estimate = (2 * gamma ** index) / (gamma + 1);
      expect(Math.abs(estimate - durationMs) / durationMs).toBeLessThanOrEqual(0.01 + 1e-9);
    }),
  );
});

test('the shipped score edges are these and no others: changing one makes old counters incomparable', () => {
  expect(DEFAULT_SCORE_EDGES).toHaveLength(255);
  expect(DEFAULT_SCORE_EDGES.slice(0, 5)).toEqual([0, 1, 6, 7, 8]);
  expect(DEFAULT_SCORE_EDGES.slice(-4)).toEqual([999_993, 999_994, 1_000_000, 1_000_001]);
  expect(createHash('sha256').update(DEFAULT_SCORE_EDGES.join(',')).digest('hex')).toBe(
    '164cc61f994df6e0a15a61278398a546d321a4ef316b2e89886bad6d059224e7',
  );
});

test('the shipped score edges ascend', () => {
  expect(
    DEFAULT_SCORE_EDGES.every(
      (edge, index) => index === 0 || edge > (DEFAULT_SCORE_EDGES[index - 1] ?? edge),
    ),
  ).toBe(true);
});

test.each([
  { scoreMicro: -1, bin: 'below' },
  { scoreMicro: 0, bin: '0' },
  { scoreMicro: 1, bin: '1' },
  { scoreMicro: 5, bin: '1' },
  { scoreMicro: 499_999, bin: '476190' },
  { scoreMicro: 500_000, bin: '500000' },
  { scoreMicro: 999_999, bin: '999994' },
  { scoreMicro: 1_000_000, bin: '1000000' },
  { scoreMicro: 1_000_001, bin: '1000001' },
  { scoreMicro: 1.5, bin: 'invalid' },
  { scoreMicro: Number.NaN, bin: 'invalid' },
])('score $scoreMicro millionths -> bin $bin', ({ scoreMicro, bin }) => {
  expect(scoreBin(scoreMicro, DEFAULT_SCORE_EDGES)).toBe(bin);
});

test('a bin holds what is at or above its edge and below the next', () => {
  const edgesOf = fc.uniqueArray(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(edgesOf, fc.integer({ min: -10, max: 1_000_010 }), (unsorted, scoreMicro) => {
      const edges = [...unsorted].sort((a, b) => a - b);
      const expected = edges.filter((edge) => edge <= scoreMicro).at(-1);
      expect(scoreBin(scoreMicro, edges)).toBe(expected === undefined ? 'below' : String(expected));
    }),
  );
});

test.each([
  { name: 'winter evening', zone: 'Europe/London', at: Date.UTC(2026, 11, 31, 23, 59), day: '2026-12-31' },
  {
    name: 'summer time: the day begins an hour early',
    zone: 'Europe/London',
    at: Date.UTC(2026, 5, 30, 23),
    day: '2026-07-01',
  },
  {
    name: 'night of the spring change',
    zone: 'Europe/London',
    at: Date.UTC(2026, 2, 29, 0, 30),
    day: '2026-03-29',
  },
  { name: 'another zone', zone: 'Pacific/Auckland', at: Date.UTC(2026, 0, 1, 12), day: '2026-01-02' },
  { name: 'before the epoch', zone: 'UTC', at: -1, day: '1969-12-31' },
])('$name -> $day', ({ zone, at, day }) => {
  expect(createDayOf(zone)(at * 1000)).toBe(day);
});

test('one calendar for moments on both sides of midnight, and back', () => {
  const dayOf = createDayOf('Europe/London');
  const midnight = Date.UTC(2026, 11, 31);
  const days = [-60_001, -60_000, -1, 0, 1, 59_999, 60_000, -1].map((ms) => dayOf((midnight + ms) * 1000));
  const [before, on] = ['2026-12-30', '2026-12-31'];
  expect(days).toEqual([before, before, before, on, on, on, on, before]);
});

test('what is no moment has no day', () => {
  expect(createDayOf('UTC')(Number.NaN)).toBe('unknown');
});

test('a zone that does not exist is refused by name', () => {
  expect(() => createDayOf('Europe/Atlantis')).toThrow(GatewayError);
  expect(() => createDayOf('Europe/Atlantis')).toThrow(/Europe\/Atlantis/);
});
