import { createIdTable, hashOfText } from './id-table.ts';

/** Words that come again and again (names of people, types, schemes), each kept once and named by a number. */
export interface WordTable {
  /** From 0, in the order in which they came. */
  readonly numberOf: (word: string) => number;
  /** The same for a word that stands within a text. */
  readonly numberIn: (text: string, start: number, end: number) => number;
  /** The number of a word that is there already. */
  readonly knownNumberOf: (word: string) => number | undefined;
  readonly wordOf: (number: number) => string;
}

/** An empty table. */
export function createWordTable(): WordTable {
  const table = createIdTable();
  const words: string[] = [];
  const wordOf = (number: number): string => words[number] ?? '';
  const numberIn = (text: string, start: number, end: number): number => {
    const length = end - start;
    const isIt = (number: number): boolean => {
      const word = wordOf(number);
      return word.length === length && text.startsWith(word, start);
    };
    const hash = hashOfText(text, start, end);
    const known = table.rowOf(hash, isIt);
    if (known !== undefined) return known;
    words.push(detached(text.slice(start, end)));
    table.set(hash, words.length - 1, isIt);
    return words.length - 1;
  };
  return {
    numberIn,
    numberOf: (word) => numberIn(word, 0, word.length),
    knownNumberOf: (word) =>
      table.rowOf(hashOfText(word, 0, word.length), (number) => wordOf(number) === word),
    wordOf,
  };
}

/** A copy: a word that was cut out of a text would keep all of that text in memory. */
function detached(word: string): string {
  return Buffer.from(word, 'utf8').toString('utf8');
}
