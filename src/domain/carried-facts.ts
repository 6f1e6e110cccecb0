import type { EntryFacts } from './log-entry.ts';

/**
 * What of a case's opening stands again in each later entry of it: the counters need it in every entry they count, and it survives
 * erasure of the personal part.
 */
export function carriedFacts(opening: EntryFacts): EntryFacts {
  const { function: fn, site, study, model, policy } = opening;
  return {
    ...(fn === undefined ? {} : { function: fn }),
    ...(site === undefined ? {} : { site }),
    ...(study === undefined ? {} : { study }),
    ...(model === undefined ? {} : { model }),
    ...(policy === undefined ? {} : { policy }),
  };
}
