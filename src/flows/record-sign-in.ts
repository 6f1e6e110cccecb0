import type { EntryDraft } from '../domain/log-entry.ts';
import type { Assurance } from '../domain/words.ts';
import type { CaseLogAppender, Clock, Ids } from './ports.ts';

interface Deps {
  readonly caseLog: CaseLogAppender;
  readonly ids: Pick<Ids, 'newId'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onFailure: (error: unknown) => void;
}

/** Somebody signed in or out, or was refused at the door. */
export interface SignInEvent {
  /** `signed-in`, `refused`, `signed-out` …: a word of a closed set. */
  readonly outcome: string;
  /** Entity ID of the identity provider. */
  readonly provider: string;
  readonly subject?: string;
  readonly method: string;
  readonly assurance?: Assurance;
  /** When the person proved it, ms since the epoch. */
  readonly authenticatedAt?: number;
  /** Why it was refused, from a closed set. */
  readonly code?: string;
}

/** Refusals that are written in one minute; anybody can cause them, so the rest are only counted. */
const MAX_REFUSALS_A_MINUTE = 60;
const MINUTE_MS = 60_000;

/**
 * Makes what writes sign-ins, refusals and sign-outs into the case log. Never throws: with the log away people still sign in to
 * read images, and AI is locked by itself (its own entries cannot be written); `onFailure` is told. Of refusals at most sixty a
 * minute are written, so that nobody can fill the disk from outside; the next one that is says how many were not.
 */
export function createSignInRecorder(deps: Deps): (event: SignInEvent) => Promise<void> {
  let minute = { began: 0, refusals: 0 };
  let unwritten = 0;
  return async (event) => {
    if (event.outcome === 'refused') {
      const now = deps.clock.monotonicMs();
      if (now - minute.began >= MINUTE_MS) minute = { began: now, refusals: 0 };
      minute.refusals += 1;
      if (minute.refusals > MAX_REFUSALS_A_MINUTE) {
        unwritten += 1;
        return;
      }
    }
    const left = event.outcome === 'refused' ? unwritten : 0;
    unwritten -= left;
    try {
      await deps.caseLog.append(draftOf(event, deps.ids.newId(), left));
    } catch (error: unknown) {
      // Why not rethrow: see above. The alarm of the log itself is raised where it fails.
      deps.onFailure(error);
    }
  };
}

function draftOf(event: SignInEvent, id: string, unwritten: number): EntryDraft {
  const { outcome, provider, subject, method, assurance, authenticatedAt, code } = event;
  return {
    id,
    kind: 'auth',
    facts: {
      ...(assurance === undefined ? {} : { auth: { method, assurance, at: authenticatedAt ?? 0 } }),
      change: {
        outcome,
        provider,
        method,
        ...(code === undefined ? {} : { code }),
        ...(unwritten === 0 ? {} : { refusalsNotWritten: unwritten }),
      },
    },
    personal: subject === undefined ? {} : { subject },
    retainClass: 'security',
  };
}
