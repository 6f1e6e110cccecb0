import type { ResultObject, SaidOfResult } from '../../src/domain/result-verdict.ts';
import type { WaitingNotes, WordsIndex } from '../../src/flows/ports-classify.ts';
import type { HoldsIndex } from '../../src/flows/ports-store.ts';

export interface SaidWords {
  readonly words: WordsIndex;
  readonly waiting: WaitingNotes;
  /** Not to be asked: no policy here holds anything. */
  readonly holds: HoldsIndex;
  /** Says it of an object from now on. */
  readonly say: (sopInstanceUid: string, said: SaidOfResult) => void;
  /** It cannot be read any more. */
  readonly goAway: () => void;
  /** Every question, in order: of which objects. */
  readonly asked: readonly (readonly string[])[];
  /** What was noted as waiting, in order. */
  readonly noted: readonly ResultObject[];
}

/** What people say of stored objects, in memory. */
export function createSaidWords(): SaidWords {
  const said = new Map<string, SaidOfResult>();
  const asked: (readonly string[])[] = [];
  const noted: ResultObject[] = [];
  let isAway = false;
  return {
    asked,
    noted,
    say: (uid, word) => void said.set(uid, word),
    goAway: () => void (isAway = true),
    words: {
      of: async (uids) => {
        asked.push(uids);
        return isAway ? undefined : new Map([...said].filter(([uid]) => uids.some((one) => one === uid)));
      },
    },
    waiting: { note: (results) => void noted.push(...results) },
    holds: {
      of: () => {
        throw new Error('asked what is held, and the policy holds nothing (test)');
      },
    },
  };
}
