import type { HeldResults } from '../domain/held-results.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { HoldsIndex } from '../flows/ports-store.ts';
import { createPeacefulAsker, type Patience } from './ask-in-peace.ts';

/** What waits for an answer, read each time. Nothing is remembered for when it cannot be: somebody may have said otherwise since. */
export function createHoldsIndex(
  read: (study: StudyUid, sopInstanceUids: readonly string[]) => Promise<HeldResults>,
  patience: Patience,
): HoldsIndex {
  const ask = createPeacefulAsker(patience);
  return { of: (study, sopInstanceUids) => ask(() => read(study, sopInstanceUids)) };
}
