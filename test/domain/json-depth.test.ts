import fc from 'fast-check';
import { isDeeperThan } from '../../src/domain/json-depth.ts';

test.each<readonly [string, unknown, number, boolean]>([
  ['a number', 1, 0, false],
  ['null', null, 0, false],
  ['an empty list', [], 0, true],
  ['a list of numbers', [1, 2], 1, false],
  ['a list in an object', { a: [1] }, 1, true],
  ['a list in an object', { a: [1] }, 2, false],
  ['deep only at its end', [1, 2, { a: { b: [] } }], 3, true],
])('%s (%j) against %i levels -> %s', (_name, value, levels, expected) => {
  expect(isDeeperThan(value, levels)).toBe(expected);
});

test('a value of exactly n levels is deeper than n - 1 and not than n', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.boolean(), (levels, asObject) => {
      let value: unknown = asObject ? {} : [];
      for (let level = 1; level < levels; level += 1) value = asObject ? { value } : [value];
      expect(isDeeperThan(value, levels)).toBe(false);
      expect(isDeeperThan(value, levels - 1)).toBe(true);
    }),
  );
});

test('a hundred thousand levels are told from a hundred without running out of stack', () => {
  const value: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(isDeeperThan(value, 100)).toBe(true);
});
