import { holds, holdsAll, holdsAny, ofFunction } from '../../src/domain/walk-list.ts';

const LIST = Object.freeze(['a', 'b']);

test.each([
  { values: [], any: false, all: true },
  { values: ['a'], any: true, all: true },
  { values: ['b', 'c'], any: true, all: false },
  { values: ['c'], any: false, all: false },
])('of $values a and b hold any: $any, all: $all', ({ values, any, all }) => {
  expect(holdsAny(LIST, values)).toBe(any);
  expect(holdsAll(LIST, values)).toBe(all);
});

test('one value, and what serves a function', () => {
  expect(['a', 'c', undefined].map((value) => holds(LIST, value))).toEqual([true, false, false]);
  const served = Object.freeze([{ function: 'one' }, { function: 'two' }]);
  expect(ofFunction(served, 'two')).toBe(served[1]);
  expect(ofFunction(served, 'three')).toBeUndefined();
});
