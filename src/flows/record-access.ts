import type { EntryDraft } from '../domain/log-entry.ts';
import type { Principal } from '../domain/principal.ts';
import { purposeOfUse, type RecordedPurpose } from '../domain/purpose-of-use.ts';
import { accessEntry } from '../domain/study-access.ts';
import { createAccessQueue, type AccessQueueDeps } from './access-queue.ts';
import type { Look } from './judge-stored-results.ts';
import type { Clock, RegisterReader } from './ports.ts';
import { createSeenAccesses } from './seen-accesses.ts';

interface Deps extends AccessQueueDeps {
  readonly register: RegisterReader;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** How much is kept in memory. */
export interface AccessLimits {
  /** Records that may wait for the log. */
  readonly maxWaiting: number;
  /** Pairs of reader and study that are remembered as recorded. */
  readonly maxSeen: number;
}

/** What of a request its record tells. */
interface AskedHow {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly pacs?: string;
}

/** Keeps the record of who read what. */
export interface AccessRecorder {
  /**
   * Records that images of a study begin to leave: one entry for each session (or case of an AI endpoint), study and purpose. Returns
   * at once, and never throws: no image waits for its record, and none is refused for lack of one.
   */
  readonly note: (look: Look, asked: AskedHow) => void;
  /** Tries again what could not be written. Never rejects. */
  readonly again: () => Promise<void>;
  /** For the end: tries a last time, and counts what stays unwritten as lost. Never rejects. */
  readonly finish: () => Promise<void>;
}

const LIMITS: AccessLimits = { maxWaiting: 4_096, maxSeen: 50_000 };

/**
 * Makes what records who read what, beside the stream. What this node has handed to the log already costs two look-ups and no memory.
 * While the log is away images pass, and records wait: see createAccessQueue.
 */
export function createAccessRecorder(deps: Deps, limits: AccessLimits = LIMITS): AccessRecorder {
  const seen = createSeenAccesses(limits.maxSeen);
  // Those that were turned away are asked about anew while their session lasts: what is on record already stays one entry.
  const queue = createAccessQueue(deps, { maxWaiting: limits.maxWaiting, onRoom: seen.clear });
  return {
    note: (look, { headers, pacs }) => {
      const purpose = purposeOfUse(headers['purpose-of-use']);
      if (seen.has(look.caller, look.study, purpose)) return;
      seen.add(look.caller, look.study, purpose);
      queue.put(draftOf(deps, look, { purpose, pacs }));
    },
    again: queue.drain,
    finish: queue.finish,
  };
}

function draftOf(
  deps: Deps,
  { caller, study, requestId }: Look,
  how: { readonly purpose: RecordedPurpose | undefined; readonly pacs: string | undefined },
): EntryDraft {
  const practitioner = caller.kind === 'person' ? practitionerOf(deps, caller) : undefined;
  return accessEntry({ caller, study, requestId, ...how, practitioner, at: deps.clock.nowMs() });
}

/** Absent where the login is nobody's, or several people's. */
function practitionerOf({ register }: Deps, { provider, subject }: Principal): string | undefined {
  try {
    const [one, ...others] = register.snapshot().practitionersByIdentity(provider, subject);
    return others.length > 0 ? undefined : one?.id;
  } catch {
    // The login is on record in any case; a register that cannot be read must not keep the read off it.
    return undefined;
  }
}
