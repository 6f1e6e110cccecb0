import { RegisterUnavailable } from '../domain/errors.ts';
import type { StoredProposal } from './proposal-store.ts';
import type { RegisterParts } from './register-parts.ts';

/** What is marked as begun, and whose word that is: the tables are open to whoever owns them, the case log is not. */
export interface BegunMarks {
  /** Marks a proposal, and knows the mark again; resolves to whether it is marked. */
  readonly set: (mark: Mark) => Promise<boolean>;
  /**
   * Whether what is begun is to be finished: this process began it, or the case log holds it. What is neither is taken back once nobody
   * can be at it any more: then false. Throws RegisterUnavailable while somebody may be, CaseLogUnavailable.
   */
  readonly isToBeFinished: (begun: StoredProposal) => Promise<boolean>;
  /** Whether finishing it leads to what the log says: nobody has moved the mark of this process, nor the time of another's. */
  readonly isSound: (begun: StoredProposal, headAfter: string | undefined) => Promise<boolean>;
  /** Whether this process was the last to mark that proposal. */
  readonly isOwn: (digest: string) => boolean;
  /** Sets the mark of this process again where another took it back although the case log has come to hold it; whether it did. */
  readonly restore: (digest: string) => Promise<boolean>;
}

interface Mark {
  readonly digest: string;
  readonly at: number;
  readonly sequence: number;
}

/** An honest node has written its first entries within a few seconds. */
const TAKEN_BACK_AFTER_MS = 15_000;

type Parts = Pick<RegisterParts, 'store' | 'clock' | 'logged' | 'isAlone'>;

/** Keeps in mind which mark is this process's own: one at a time can be. */
export function createBegunMarks(parts: Parts): BegunMarks {
  const { proposals } = parts.store;
  const isLate = createLateness(parts);
  let own: Mark | undefined;
  const isOwnMark = ({ digest, startedAt, firstSequence }: StoredProposal): boolean =>
    digest === own?.digest && startedAt === own.at && firstSequence === own.sequence + 1;
  const isLogged = async (digest: string): Promise<boolean> => (await parts.logged?.())?.proposal === digest;
  const set = (mark: Mark): Promise<boolean> => {
    // Before it is tried: of a write that was cut off nobody knows whether it was carried out.
    own = mark;
    return proposals.markBegun(mark.digest, mark.at, mark.sequence);
  };
  return {
    set,
    isToBeFinished: async (begun) => {
      const isKnown = parts.logged === undefined || isOwnMark(begun) || (await isLogged(begun.digest));
      if (isKnown) return true;
      if (!isLate(begun)) throw underWay();
      await proposals.takeBack(begun);
      return false;
    },
    isSound: async (begun, headAfter) =>
      parts.logged === undefined || isOwnMark(begun) || (await parts.logged())?.head === headAfter,
    isOwn: (digest) => digest === own?.digest,
    restore: async (digest) => own?.digest === digest && (await isLogged(digest)) && (await set(own)),
  };
}

/** Two clocks say whether a mark is old: the one that it was set by, and how long this process has seen it, whatever it says. */
function createLateness({ clock, isAlone }: Parts): (begun: StoredProposal) => boolean {
  let seen = { digest: '', startedAt: 0, since: 0 };
  return ({ digest, startedAt = 0 }) => {
    // Where nobody else can be at it, whoever was is gone.
    if (isAlone) return true;
    const now = clock.monotonicMs();
    if (seen.digest !== digest || seen.startedAt !== startedAt) seen = { digest, startedAt, since: now };
    return Math.max(clock.nowMs() - startedAt, now - seen.since) > TAKEN_BACK_AFTER_MS;
  };
}

function underWay(): RegisterUnavailable {
  return new RegisterUnavailable(
    'Another node is changing the register at this moment. Try again; it takes some seconds at most.',
  );
}
