import fc from 'fast-check';
import { matchesWildcard } from '../../src/domain/dicom/wildcard-match.ts';

test.each<[string, string, boolean]>([
  ['', '', true],
  ['', '*', true],
  ['', '?', false],
  ['SEG', 'SEG', true],
  ['SEG', 'SE', false],
  ['SE', 'SEG', false],
  ['SEG', 'S*', true],
  ['SEG', '***EG', true],
  ['SEG', 'S?G', true],
  ['SEG', '??', false],
  ['SEG', 'SEG**', true],
  ['SEG', 'SEG*?', false],
  // A point, as any other sign, is no wildcard.
  ['SEG', 'S.G', false],
  ['abXabY', '*ab?', true],
])('"%s" like "%s": %s', (text, pattern, expected) => {
  expect(matchesWildcard(text, pattern)).toBe(expected);
});

/** What the pattern says, by every way of reading its stars. */
function isLike(text: string, pattern: string): boolean {
  const [sign, rest] = [pattern[0], pattern.slice(1)];
  if (sign === undefined) return text === '';
  if (sign === '*') return isLike(text, rest) || (text !== '' && isLike(text.slice(1), pattern));
  return text !== '' && (sign === '?' || sign === text[0]) && isLike(text.slice(1), rest);
}

test('says what the plain definition says', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(texts, patterns, (text, pattern) => {
      expect(matchesWildcard(text, pattern)).toBe(isLike(text, pattern));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['stars between letters', `${'*A'.repeat(500)}*B`],
  ['one long beginning', `*${'A'.repeat(500)}B`],
])('no pattern takes for ever: %s', (_name, pattern) => {
  expect(matchesWildcard('A'.repeat(1_000), pattern)).toBe(false);
});
