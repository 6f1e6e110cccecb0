import type { Classifications, WordsIndex } from '../flows/ports-classify.ts';
import { inTime } from './in-time.ts';

interface Limits {
  readonly monotonicMs: () => number;
  /** How long a question may take. */
  readonly patienceMs: number;
}

/** After it did not answer, the table is left in peace for so long: nobody waits for it again and again. */
const PEACE_MS = 1_000;

/**
 * What people said of objects, asked of the table each time: whatever a node keeps there holds on every other at once. Nothing
 * is remembered for when it is away, because what a person calls an image could have been called AI since.
 */
export function createWordsIndex(
  classifications: Pick<Classifications, 'standingOf'>,
  limits: Limits,
): WordsIndex {
  let peaceUntil = -Infinity;
  return {
    of: async (sopInstanceUids) => {
      if (limits.monotonicMs() < peaceUntil) return undefined;
      try {
        const standing = await inTime(classifications.standingOf(sopInstanceUids), limits.patienceMs);
        return new Map(standing.map(({ sopInstanceUid, said }) => [sopInstanceUid, said]));
      } catch {
        // The objects that are probably AI's stay locked meanwhile; all others are none of this table's business.
        peaceUntil = limits.monotonicMs() + PEACE_MS;
        return undefined;
      }
    },
  };
}
