import { findIn, fold, holds } from '../../src/domain/walk-list.ts';

const LIST = Object.freeze(['a', undefined, 'b', 'b']);

test.each([
  { name: 'the first that fits', fits: (item: string | undefined) => item === 'b', found: 'b' },
  { name: 'none', fits: (item: string | undefined) => item === 'c', found: undefined },
  { name: 'nothing fits nothing', fits: (item: string | undefined) => item === undefined, found: undefined },
])('findIn: $name', ({ fits, found }) => {
  expect(findIn(LIST, fits)).toBe(found);
});

test('holds says whether a value is there, fold what comes of all', () => {
  expect(['a', 'b', 'c'].map((value) => holds(LIST, value))).toEqual([true, true, false]);
  expect(fold(LIST, '', (soFar, item) => `${soFar}${item ?? '-'}`)).toBe('abb');
  expect(fold([], 7, (soFar) => soFar + 1)).toBe(7);
});
