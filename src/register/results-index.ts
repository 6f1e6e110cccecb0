import type { StudyUid } from '../domain/identifiers.ts';
import type { ResultsIndex, SeenResults, StoredResult, StoredResults } from '../flows/ports-store.ts';

interface Limits {
  readonly monotonicMs: () => number;
  /** How long a question may take before memory answers. */
  readonly patienceMs: number;
  /** Studies with results that are remembered; those asked of longest ago leave first. */
  readonly maxStudies: number;
}

type Found = SeenResults['results'];

/** After it did not answer, the index is left in peace for so long: nobody waits for it again and again. */
const PEACE_MS = 1_000;

/** The index with a memory in front, bounded in studies, for when it does not answer in time. */
export function createResultsIndex(
  storedResults: Pick<StoredResults, 'ofStudies'>,
  limits: Limits,
): ResultsIndex {
  const remembered = new Map<StudyUid, readonly StoredResult[]>();
  let peaceUntil = -Infinity;
  const recall = (studies: readonly StudyUid[]): Found =>
    new Map(
      studies.flatMap((study) => {
        const results = remembered.get(study);
        return results === undefined ? [] : [[study, results] as const];
      }),
    );
  const learn = (studies: readonly StudyUid[], found: Found): void => {
    for (const study of studies) remembered.delete(study);
    for (const [study, results] of found) remembered.set(study, results);
    for (const oldest of remembered.keys()) {
      if (remembered.size <= limits.maxStudies) return;
      remembered.delete(oldest);
    }
  };
  return {
    among: async (studies) => {
      if (studies.length === 0) return { results: new Map(), isCurrent: true };
      if (limits.monotonicMs() < peaceUntil) return { results: recall(studies), isCurrent: false };
      try {
        const all = await inTime(storedResults.ofStudies(studies), limits.patienceMs);
        const results = Map.groupBy(all, (result) => result.study);
        learn(studies, results);
        return { results, isCurrent: true };
      } catch {
        // Images are shown meanwhile; of AI results, those that are known as such stay locked.
        peaceUntil = limits.monotonicMs() + PEACE_MS;
        return { results: recall(studies), isCurrent: false };
      }
    },
  };
}

async function inTime<T>(run: Promise<T>, withinMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const tooLate = (): void => late.reject(new Error('too late'));
  // After a pause of this process timers come first: what has arrived meanwhile is read before it counts as late.
  const timer = setTimeout(() => setImmediate(tooLate), withinMs);
  try {
    return await Promise.race([run, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
