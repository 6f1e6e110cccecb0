import type { ResultsIndex, StoredResult } from '../../src/flows/ports-store.ts';

export interface SeenIndex extends ResultsIndex {
  /** Makes it a result from now on. */
  readonly add: (result: StoredResult) => void;
  /** Every question, in order. */
  readonly asked: readonly (readonly string[])[];
  /** It no longer answers; what it said last counts. */
  readonly goAway: () => void;
  readonly comeBack: () => void;
  /** As if nothing had ever been stored. */
  readonly forgetAll: () => void;
}

/** An index of results that answers from a list. */
export function createSeenIndex(...results: readonly StoredResult[]): SeenIndex {
  const all = [...results];
  const asked: (readonly string[])[] = [];
  let isCurrent = true;
  return {
    asked,
    add: (result) => void all.push(result),
    goAway: () => void (isCurrent = false),
    comeBack: () => void (isCurrent = true),
    forgetAll: () => void all.splice(0),
    among: async (studies, objects = []) => {
      asked.push(studies);
      const found = Map.groupBy(
        all.filter((result) => studies.includes(result.study)),
        (result) => result.study,
      );
      const elsewhere = all.filter(
        (result) => objects.includes(result.sopInstanceUid) && !studies.includes(result.study),
      );
      return { results: found, elsewhere, isCurrent };
    },
  };
}
