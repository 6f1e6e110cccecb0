import type { StudyUid } from '../domain/identifiers.ts';
import type { ResultsIndex, SeenResults, StoredResult, StoredResults } from '../flows/ports-store.ts';
import { inTime } from './in-time.ts';

interface Limits {
  readonly monotonicMs: () => number;
  /** How long a question may take before memory answers. */
  readonly patienceMs: number;
  /** Studies with results that are remembered; those asked of longest ago leave first. */
  readonly maxStudies: number;
}

type Found = Omit<SeenResults, 'isCurrent'>;

/** After it did not answer, the index is left in peace for so long: nobody waits for it again and again. */
const PEACE_MS = 1_000;
/** Results that are remembered by their UID, in whatever study a PACS shows them; those found longest ago leave first. */
const MAX_OBJECTS = 50_000;

/** The index with a memory in front, bounded in studies, for when it does not answer in time. */
export function createResultsIndex(
  storedResults: Pick<StoredResults, 'ofStudies'>,
  limits: Limits,
): ResultsIndex {
  const remembered = new Map<StudyUid, readonly StoredResult[]>();
  const objectsByUid = new Map<string, StoredResult>();
  let peaceUntil = -Infinity;
  const recall = (studies: readonly StudyUid[], objects: readonly string[]): Found => {
    const all = [...known(remembered, studies).flat(), ...known(objectsByUid, objects)];
    return sorted(studies, [...new Map(all.map((result) => [result.sopInstanceUid, result])).values()]);
  };
  const learn = (studies: readonly StudyUid[], { results, elsewhere }: Found): void => {
    for (const study of studies) remembered.delete(study);
    for (const [study, found] of results) remembered.set(study, found);
    for (const result of [...[...results.values()].flat(), ...elsewhere]) {
      objectsByUid.delete(result.sopInstanceUid);
      objectsByUid.set(result.sopInstanceUid, result);
    }
    dropOldest(remembered, limits.maxStudies);
    dropOldest(objectsByUid, MAX_OBJECTS);
  };
  return {
    among: async (studies, objects = []) => {
      if (studies.length + objects.length === 0)
        return { results: new Map(), elsewhere: [], isCurrent: true };
      if (limits.monotonicMs() < peaceUntil) return { ...recall(studies, objects), isCurrent: false };
      try {
        const found = sorted(
          studies,
          await inTime(storedResults.ofStudies(studies, objects), limits.patienceMs),
        );
        learn(studies, found);
        return { ...found, isCurrent: true };
      } catch {
        // Images are shown meanwhile; of AI results, those that are known as such stay locked.
        peaceUntil = limits.monotonicMs() + PEACE_MS;
        return { ...recall(studies, objects), isCurrent: false };
      }
    },
  };
}

function sorted(studies: readonly StudyUid[], all: readonly StoredResult[]): Found {
  const asked = new Set(studies);
  const here = all.filter((result) => asked.has(result.study));
  const elsewhere = all.filter((result) => !asked.has(result.study));
  return { results: Map.groupBy(here, (result) => result.study), elsewhere };
}

function known<K, V>(memory: ReadonlyMap<K, V>, keys: readonly K[]): readonly V[] {
  return keys.flatMap((key) => {
    const value = memory.get(key);
    return value === undefined ? [] : [value];
  });
}

function dropOldest<K>(memory: Map<K, unknown>, max: number): void {
  for (const oldest of memory.keys()) {
    if (memory.size <= max) return;
    memory.delete(oldest);
  }
}
