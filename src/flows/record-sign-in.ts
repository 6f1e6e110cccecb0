import type { EntryDraft, EntryFacts } from '../domain/log-entry.ts';
import type { Assurance } from '../domain/words.ts';
import type { CaseLogAppender, Clock, Ids } from './ports.ts';

interface Deps {
  readonly caseLog: CaseLogAppender;
  readonly ids: Pick<Ids, 'newId'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onFailure: (error: unknown) => void;
}

/** Somebody signed in or out, was refused at the door, got a token; or something at a door is for IT to look at. */
export interface SignInEvent {
  /** `signed-in`, `refused`, `signed-out`, `alarm` …: a word of a closed set. */
  readonly outcome: string;
  /** Entity ID of the identity provider, issuer, or name of the door. */
  readonly provider: string;
  /** Personal data. */
  readonly subject?: string;
  readonly method: string;
  readonly assurance?: Assurance;
  /** When the person proved it, ms since the epoch. */
  readonly authenticatedAt?: number;
  /** Why it was refused, ended or alarmed, from a closed set. */
  readonly code?: string;
  /** The role the person acts in, as the identity provider names it. */
  readonly roleId?: string;
  /** Opaque handle of the session. */
  readonly sessionRef?: string;
}

/** Of what anybody can cause from outside, so much is written in one minute; the rest are only counted. */
const MAX_A_MINUTE = 60;
const MINUTE_MS = 60_000;
/** Alarms that a stranger's request raises; every other alarm is ours, and is always written. */
const STRANGERS_ALARMS: readonly string[] = ['card-header-forged'];
/** A name out of an identity provider's mouth is as long as it likes. */
const MAX_NAME = 200;

/**
 * Makes what writes sign-ins, refusals, sign-outs, tokens and alarms into the case log. Never throws: with the log away people
 * still sign in to read images, and AI is locked by itself (its own entries cannot be written); `onFailure` is told. Refusals,
 * and alarms that a stranger can raise, are written sixty times a minute at most each, so that nobody can fill the disk from
 * outside; the next one that is says how many were not.
 */
export function createSignInRecorder(deps: Deps): (event: SignInEvent) => Promise<void> {
  const refusals = createCap(deps.clock);
  const alarms = createCap(deps.clock);
  return async (event) => {
    const cap = capOf(event, { refusals, alarms });
    if (cap?.isFull() === true) return;
    const unwritten = cap?.takeUnwritten() ?? 0;
    try {
      await deps.caseLog.append(draftOf(event, deps.ids.newId(), unwritten));
    } catch (error: unknown) {
      // Why not rethrow: see above. The alarm of the log itself is raised where it fails.
      deps.onFailure(error);
    }
  };
}

interface Cap {
  /** Counts one more; true when it is beyond what is written in a minute. */
  readonly isFull: () => boolean;
  readonly takeUnwritten: () => number;
}

/** Each kind has its own, so that a flood of the one does not hide the other. */
function capOf(
  { outcome, code }: SignInEvent,
  { refusals, alarms }: { readonly refusals: Cap; readonly alarms: Cap },
): Cap | undefined {
  if (outcome === 'refused') return refusals;
  return STRANGERS_ALARMS.includes(code ?? '') ? alarms : undefined;
}

function createCap(clock: Pick<Clock, 'monotonicMs'>): Cap {
  let minute = { began: clock.monotonicMs(), count: 0 };
  let unwritten = 0;
  return {
    isFull: () => {
      const now = clock.monotonicMs();
      if (now - minute.began >= MINUTE_MS) minute = { began: now, count: 0 };
      minute.count += 1;
      const full = minute.count > MAX_A_MINUTE;
      if (full) unwritten += 1;
      return full;
    },
    takeUnwritten: () => {
      const left = unwritten;
      unwritten = 0;
      return left;
    },
  };
}

function draftOf(event: SignInEvent, id: string, unwritten: number): EntryDraft {
  const { subject, method, assurance, authenticatedAt } = event;
  return {
    id,
    kind: 'auth',
    facts: {
      ...(assurance === undefined ? {} : { auth: { method, assurance, at: authenticatedAt ?? 0 } }),
      change: { ...changeOf(event), ...notWritten(event, unwritten) },
    },
    personal: subject === undefined ? {} : { subject },
    retainClass: 'security',
  };
}

function notWritten({ outcome }: SignInEvent, count: number): NonNullable<EntryFacts['change']> {
  if (count === 0) return {};
  return outcome === 'refused' ? { refusalsNotWritten: count } : { alarmsNotWritten: count };
}

function changeOf(event: SignInEvent): NonNullable<EntryFacts['change']> {
  const { outcome, provider, method, code, roleId, sessionRef } = event;
  return {
    outcome,
    provider: provider.slice(0, MAX_NAME),
    method,
    ...(code === undefined ? {} : { code }),
    ...(roleId === undefined ? {} : { role: roleId.slice(0, MAX_NAME) }),
    ...(sessionRef === undefined ? {} : { session: sessionRef }),
  };
}
