import { isDeepStrictEqual } from 'node:util';
import { GatewayError, RegisterUnavailable } from '../../src/domain/errors.ts';
import type { StoredResult, StoredResults } from '../../src/flows/ports-store.ts';

/** An index of results in memory, which keeps the port's contract and can be away. */
export function createMemoryStoredResults(): StoredResults & { readonly goAway: () => void } {
  const kept = new Map<string, StoredResult>();
  let isAway = false;
  const check = (): void => {
    if (isAway) throw new RegisterUnavailable('The index of results is away (test).');
  };
  return {
    goAway: () => void (isAway = true),
    keep: async (result) => {
      check();
      const known = kept.get(result.sopInstanceUid);
      const isOther =
        known !== undefined &&
        (known.machine !== result.machine ||
          known.study !== result.study ||
          known.series !== result.series ||
          (known.madeBy !== undefined && !isDeepStrictEqual(known.madeBy, result.madeBy)));
      if (isOther) throw new GatewayError('conflict');
      if (known === undefined) kept.set(result.sopInstanceUid, result);
    },
    noteCase: async (uids, caseId) => {
      check();
      for (const uid of uids) {
        const known = kept.get(uid);
        if (known === undefined) throw new Error('a case was noted for what is not kept (test)');
        const { caseId: _before, ...row } = known;
        kept.set(uid, { ...row, ...(caseId !== undefined && { caseId }) });
      }
    },
    noteDigests: async (passed) => {
      check();
      for (const { sopInstanceUid, digest } of passed) {
        const known = kept.get(sopInstanceUid);
        if (known !== undefined) kept.set(sopInstanceUid, { ...known, digest });
      }
    },
    ofStudies: async (studies, objects = []) => {
      check();
      return [...kept.values()]
        .filter((result) => studies.includes(result.study) || objects.includes(result.sopInstanceUid))
        .toSorted((a, b) => a.keptAt - b.keptAt || (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1));
    },
    find: async (uid) => {
      check();
      return kept.get(uid);
    },
  };
}
