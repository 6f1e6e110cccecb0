import fc from 'fast-check';
import { changedShare, MAX_TOKENS } from '../../src/domain/text-change.ts';

/** The measure as it is defined, cell by cell. */
function distanceByTable(a: readonly string[], b: readonly string[]): number {
  let above = Array.from({ length: b.length + 1 }, (_cell, place) => place);
  for (const [row, word] of a.entries()) {
    const here = [row + 1];
    for (const [column, other] of b.entries()) {
      const exchanged = (above[column] ?? 0) + (word === other ? 0 : 1);
      here.push(Math.min(exchanged, (above[column + 1] ?? 0) + 1, (here[column] ?? 0) + 1));
    }
    above = here;
  }
  return above[b.length] ?? 0;
}

test.each([
  ['the same text', 'No focal lesion.', 'No focal lesion.', 0],
  ['nothing and nothing', '', ' \n', 0],
  ['all of it written anew', 'alpha beta', 'gamma delta', 1],
  ['a draft thrown away', 'No focal lesion.', '', 1],
  ['a report without a draft', '', 'No focal lesion.', 1],
  ['other line ends and spaces', 'No  focal\r\nlesion.', 'No focal lesion.', 0],
  ['the same letter spelt otherwise', 'fa\u00e7ade', 'fac\u0327ade', 0],
  ['another case of a letter', 'no lesion', 'No lesion', 0.5],
  ['one word of four put in', 'No focal lesion', 'No focal lesion seen', 0.25],
  ['one word of four taken out', 'No focal lesion seen', 'focal lesion seen', 0.25],
  ['a number exchanged', 'Nodule of 4.5 mm', 'Nodule of 5.4 mm', 0.25],
  ['two words that changed places', 'left right', 'right left', 1],
  ['a third', 'a b c', 'a x c', 0.3333],
  ['scripts without spaces are words by letters in a row', 'かな', 'かな', 0],
])('%s -> %4$s', (_name, draft, final, share) => {
  expect(changedShare(draft, final)).toBe(share);
});

test.each([
  ['a decimal is one word', 'a 4.5 b', 'a 4.6 b', 0.3333],
  ['so is a date', 'on 2026/03/03', 'on 2026/03/04', 0.5],
  ['an apostrophe parts no word', 'Don’t', 'Do', 1],
  ['a hyphen is a word of its own', 'T2-weighted', 'T2 weighted', 0.3333],
  ['and so is each bracket', '(5)', '5', 0.6667],
])('%s', (_name, draft, final, share) => {
  expect(changedShare(draft, final)).toBe(share);
});

test('equals the distance by its definition, for texts of many blocks too', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 150 });
  fc.assert(
    fc.property(words, words, (a, b) => {
      const longer = Math.max(a.length, b.length, 1);
      const wanted = Math.round((distanceByTable(a, b) / longer) * 10_000) / 10_000;
      expect(changedShare(a.join(' '), b.join(' '))).toBe(wanted);
    }),
    { numRuns: 400 },
  );
});

const anyText = fc.string({
  maxLength: 200,
  unit: fc.constantFrom('a', 'é', '\u0301', ' ', '\n', '-', '5', '.', '的', '’'),
});

test('the same both ways, and nothing for what is longer than any report', () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      expect(changedShare(a, b)).toBe(changedShare(b, a));
    }),
  );
  const longest = 'x '.repeat(MAX_TOKENS);
  expect(changedShare(longest, 'y '.repeat(MAX_TOKENS))).toBe(1);
  expect(changedShare(`${longest}x`, 'x')).toBeUndefined();
  expect(changedShare('x', '.'.repeat(MAX_TOKENS + 1))).toBeUndefined();
});
