import type { Principal, StudyReader } from '../domain/principal.ts';
import { readerOf } from '../domain/study-access.ts';
import { PURPOSES_OF_USE, UNRECOGNISED_PURPOSE, type RecordedPurpose } from '../domain/purpose-of-use.ts';

/** Which accesses this node has handed over to the log, so that each further request costs two look-ups and no memory. */
export interface SeenAccesses {
  /** Whether it is there. One for which no purpose was said is covered by any other of the same reader and study. */
  readonly has: (caller: Reader, study: string, purpose: RecordedPurpose | undefined) => boolean;
  /** Forgets the readers who came first when there are too many: the log keeps theirs to one entry all the same. */
  readonly add: (caller: Reader, study: string, purpose: RecordedPurpose | undefined) => void;
  readonly clear: () => void;
  /** How many pairs of reader and study. */
  readonly size: () => number;
}

type Reader = Principal | StudyReader;

/** By reader, then study: the purposes that were said, as bits. */
type Studies = Map<string, Map<string, number>>;

/** One bit for each purpose, and the lowest for none said. */
const WORDS: readonly (RecordedPurpose | undefined)[] = [undefined, ...PURPOSES_OF_USE, UNRECOGNISED_PURPOSE];
const BITS: ReadonlyMap<RecordedPurpose | undefined, number> = new Map(
  WORDS.map((word, at) => [word, 1 << at]),
);

/** An empty memory for so many pairs of reader and study. */
export function createSeenAccesses(maxPairs: number): SeenAccesses {
  // By kind first: a session's handle cannot pass for a case.
  const readers: Readonly<Record<Reader['kind'], Studies>> = { person: new Map(), 'study-reader': new Map() };
  let pairs = 0;
  const leaveOut = (from: Studies): void => {
    for (const [reader, studies] of from) {
      if (pairs <= maxPairs) return;
      from.delete(reader);
      pairs -= studies.size;
    }
  };
  return {
    has: (caller, study, purpose) => {
      const said = readers[caller.kind].get(readerOf(caller))?.get(study) ?? 0;
      return purpose === undefined ? said !== 0 : (said & bitOf(purpose)) !== 0;
    },
    add: (caller, study, purpose) => {
      const studies = readers[caller.kind].get(readerOf(caller)) ?? new Map<string, number>();
      readers[caller.kind].set(readerOf(caller), studies);
      if (!studies.has(study)) pairs += 1;
      studies.set(study, (studies.get(study) ?? 0) | bitOf(purpose));
      leaveOut(readers['study-reader']);
      leaveOut(readers.person);
    },
    clear: () => {
      for (const map of Object.values(readers)) map.clear();
      pairs = 0;
    },
    size: () => pairs,
  };
}

function bitOf(purpose: RecordedPurpose | undefined): number {
  return BITS.get(purpose) ?? 0;
}
