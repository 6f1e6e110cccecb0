import type { SealedCover, SealedResult, SealedResults } from '../../src/flows/ports-sealed.ts';

/** Sealed results in memory, with how many are kept. */
export function createMemorySealedResults(): SealedResults & {
  readonly kept: () => readonly SealedResult[];
} {
  const results = new Map<string, SealedResult & { readonly isAnswered: boolean }>();
  const cover = ({
    body: _body,
    isAnswered: _answered,
    ...rest
  }: SealedResult & { isAnswered: boolean }): SealedCover => rest;
  const all = () => [...results.values()];
  return {
    keep: async (result) => {
      if (!results.has(result.caseId)) results.set(result.caseId, { ...result, isAnswered: false });
    },
    find: async (caseId) => {
      const found = results.get(caseId);
      return found === undefined ? undefined : { ...cover(found), body: found.body };
    },
    waiting: async ({ nowMs, limit }) =>
      all()
        .filter(({ isAnswered, expiresAt }) => !isAnswered && expiresAt > nowMs)
        .toSorted((a, b) => a.sealedAt - b.sealedAt || (a.caseId < b.caseId ? -1 : 1))
        .slice(0, limit)
        .map(cover),
    noteAnswered: async (caseId) => {
      const found = results.get(caseId);
      if (found !== undefined) results.set(caseId, { ...found, isAnswered: true });
    },
    expired: async ({ nowMs, limit }) =>
      all()
        .filter(({ expiresAt }) => expiresAt <= nowMs)
        .toSorted((a, b) => a.expiresAt - b.expiresAt || (a.caseId < b.caseId ? -1 : 1))
        .slice(0, limit)
        .map(cover),
    remove: async (caseId) => void results.delete(caseId),
    kept: all,
  };
}
