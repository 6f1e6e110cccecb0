/** Longer than any report: what is compared costs the product of both lengths. */
export const MAX_TOKENS = 10_000;

/** Words, numbers with their separators, and every other character that is no space, one by one. */
const TOKEN = /\p{L}[\p{L}\p{M}\p{N}'’]*|\p{N}+(?:[.,:/]\p{N}+)*|[^\s]/gu;
const WORD_BITS = 32;
const SHARE_STEPS = 10_000;

/** The words of a text. Spaces and line ends are none, nor is the way in which Unicode spells a letter (NFC, UAX #15). */
function tokensOf(text: string): readonly string[] {
  return text.normalize('NFC').match(TOKEN) ?? [];
}

/**
 * How much of a draft was changed, from 0 (none) to 1 (all), in steps of a ten-thousandth: the least number of words put in, taken out or
 * exchanged (Levenshtein's distance over words) by the number of words of the longer text. A number that was changed is one word,
 * so is a "no" that was put in: this says how much was changed, not how much it mattered. Two empty texts are the same.
 * Undefined for more than MAX_TOKENS words in either.
 */
export function changedShare(draft: string, final: string): number | undefined {
  const [before, after] = [tokensOf(draft), tokensOf(final)];
  const longer = Math.max(before.length, after.length);
  if (longer > MAX_TOKENS) return undefined;
  if (longer === 0) return 0;
  return Math.round((editDistance(before, after) / longer) * SHARE_STEPS) / SHARE_STEPS;
}

function editDistance(before: readonly string[], after: readonly string[]): number {
  const [pattern, text] = withoutCommonEnds(before, after);
  if (pattern.length === 0 || text.length === 0) return Math.max(pattern.length, text.length);
  return blockDistance(pattern, text);
}

/** Mostly a few words in the middle differ. */
function withoutCommonEnds(
  a: readonly string[],
  b: readonly string[],
): readonly [readonly string[], readonly string[]] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

/** A word of the text, and by how much the table goes up or down to it from the word before, in the row that was reached: +1, -1 or 0. */
interface Column {
  readonly word: string;
  step: number;
}

/**
 * The distance, thirty-two rows of the table at a time (Myers 1999, in the blocks of Hyyrö 2003): ten thousand words against as many
 * are three million steps, not a hundred million.
 */
function blockDistance(pattern: readonly string[], text: readonly string[]): number {
  const columns: readonly Column[] = text.map((word) => ({ word, step: 1 }));
  for (let first = 0; first < pattern.length; first += WORD_BITS) {
    passBlock(pattern.slice(first, first + WORD_BITS), columns);
  }
  return columns.reduce((sum, { step }) => sum + step, pattern.length);
}

/** Takes the columns at the row above a block, and leaves them at the row below it. */
function passBlock(rows: readonly string[], columns: readonly Column[]): void {
  const places = placesOf(rows);
  const last = rows.length - 1;
  let [more, less] = [-1, 0];
  for (const column of columns) {
    const same = places.get(column.word) ?? 0;
    // The sign as a bit.
    const greater = -column.step >>> 31;
    const fewer = column.step >>> 31;
    const vertical = same | less;
    const matched = same | fewer;
    const diagonal = (((matched & more) + more) ^ more) | matched;
    const up = less | ~(diagonal | more);
    const down = more & diagonal;
    column.step = ((up >>> last) & 1) - ((down >>> last) & 1);
    const upIn = (up << 1) | greater;
    const downIn = (down << 1) | fewer;
    more = downIn | ~(vertical | upIn);
    less = upIn & vertical;
  }
}

/** In which of the rows each word stands, as bits. */
function placesOf(rows: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [row, word] of rows.entries()) places.set(word, (places.get(word) ?? 0) | (1 << row));
  return places;
}
