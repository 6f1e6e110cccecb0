import type { Classifications, WordsIndex } from '../flows/ports-classify.ts';
import { createPeacefulAsker, type Patience } from './ask-in-peace.ts';

/**
 * What people said of objects, asked of the table each time: whatever a node keeps there holds on every other at once. Nothing
 * is remembered for when it is away, because what a person calls an image could have been called AI since: the objects that are probably
 * AI's stay locked meanwhile, and all others are none of this table's business.
 */
export function createWordsIndex(
  classifications: Pick<Classifications, 'standingOf'>,
  patience: Patience,
): WordsIndex {
  const ask = createPeacefulAsker(patience);
  return {
    of: (sopInstanceUids) =>
      ask(async () => {
        const standing = await classifications.standingOf(sopInstanceUids);
        return new Map(standing.map(({ sopInstanceUid, said }) => [sopInstanceUid, said]));
      }),
  };
}
