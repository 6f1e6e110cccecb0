import { SessionsUnavailable } from '../../domain/errors.ts';
import type { SessionOwner, StoredSession } from '../stores/identity-stores.ts';

/** A session as this node knows it. */
export interface KnownSession {
  readonly session: StoredSession;
  /** False when the store is away and this is from memory. */
  readonly isConfirmed: boolean;
}

export interface SessionCache {
  /**
   * The session as it stood at most a second ago. With the store away: as this node last saw it, and SessionsUnavailable for one
   * it never saw. Calls for one session at the same time share one look-up.
   */
  readonly find: (tokenHash: string) => Promise<KnownSession | undefined>;
  /** The session was used now; counts from here on, written down or not. */
  readonly noteSeen: (tokenHash: string, seenAt: number) => void;
  /** True, once, when the last use that was written down is so long ago. */
  readonly isWritingDue: (tokenHash: string, nowMs: number, everyMs: number) => boolean;
  /** True when this node has seen it, so that it could open something here while the store is away. */
  readonly knows: (tokenHash: string) => boolean;
  /** Locked, as far as this node goes, whatever the store says. Only for a browser's session it knows. */
  readonly noteLocked: (tokenHash: string, lockedAt: number) => void;
  /** What was known of it is asked anew, by a look-up that is under way, too. To be called once the store knows better. */
  readonly forget: (tokenHash: string) => void;
  /** Opens nothing at this node, whatever the store says, until it is forgotten. False when that was so, or it is not known here. */
  readonly bury: (tokenHash: string) => boolean;
  /** The same for all that this node knows of an owner. */
  readonly buryOf: (owner: SessionOwner) => void;
}

interface Entry {
  readonly session: StoredSession;
  readonly readAt: number;
}

/** How it was used, as this node knows better than the store. */
interface Use {
  readonly seenAt?: number;
  readonly writtenAt?: number;
}
/** What it must not open although the store does not know it yet. */
interface Bar {
  readonly lockedAt?: number;
  readonly isBuried?: boolean;
}

interface State {
  readonly monotonicMs: () => number;
  readonly read: (tokenHash: string) => Promise<StoredSession | undefined>;
  readonly entries: Map<string, Entry>;
  readonly uses: Map<string, Use>;
  /** Apart from the uses, and only for sessions that are known: nobody can push one out by asking for many others. */
  readonly bars: Map<string, Bar>;
  readonly lookUps: Map<string, Promise<StoredSession | undefined>>;
  /** How often something was forgotten. */
  forgotten: number;
}

/** Frames of a study come in bursts; a burst costs one look-up. */
const CACHE_MS = 1_000;
/** Whoever is reading images at one node. */
const MAX_ENTRIES = 10_000;

/** A small memory in front of the session store. What is forgotten is gone at once, even mid-look-up. */
export function createSessionCache(
  monotonicMs: () => number,
  read: (tokenHash: string) => Promise<StoredSession | undefined>,
): SessionCache {
  const maps = { entries: new Map(), uses: new Map(), bars: new Map(), lookUps: new Map() };
  const state: State = { monotonicMs, read, ...maps, forgotten: 0 };
  const note = (tokenHash: string, change: Use): void => {
    putBounded(state.uses, tokenHash, { ...state.uses.get(tokenHash), ...change });
  };
  return {
    find: (tokenHash) => find(state, tokenHash),
    noteSeen: (tokenHash, seenAt) => {
      note(tokenHash, { seenAt });
    },
    isWritingDue: (tokenHash, nowMs, everyMs) => {
      const isDue = nowMs - writtenAt(state, tokenHash) >= everyMs;
      if (isDue) note(tokenHash, { writtenAt: nowMs });
      return isDue;
    },
    knows: (tokenHash) => state.entries.has(tokenHash),
    noteLocked: (tokenHash, lockedAt) => {
      const isBrowser = state.entries.get(tokenHash)?.session.use === 'browser';
      if (isBrowser) putBounded(state.bars, tokenHash, { lockedAt, ...state.bars.get(tokenHash) });
    },
    forget: (tokenHash) => {
      state.forgotten += 1;
      for (const map of [state.entries, state.lookUps, state.bars]) map.delete(tokenHash);
    },
    bury: (tokenHash) => bury(state, tokenHash),
    buryOf: (owner) => {
      for (const [tokenHash, { session }] of state.entries) if (isOf(owner, session)) bury(state, tokenHash);
    },
  };
}

function bury({ entries, bars }: State, tokenHash: string): boolean {
  const bar = bars.get(tokenHash);
  if (bar?.isBuried === true || !entries.has(tokenHash)) return false;
  putBounded(bars, tokenHash, { ...bar, isBuried: true });
  return true;
}

function isOf(owner: SessionOwner, { principal, sessionIndex }: StoredSession): boolean {
  return (
    owner.provider === principal.provider &&
    (owner.subject === undefined || owner.subject === principal.subject) &&
    (owner.sessionIndex === undefined || owner.sessionIndex === sessionIndex)
  );
}

function writtenAt({ entries, uses }: State, tokenHash: string): number {
  const written = entries.get(tokenHash)?.session.lastSeenAt ?? 0;
  return Math.max(written, uses.get(tokenHash)?.writtenAt ?? 0);
}

async function find(state: State, tokenHash: string): Promise<KnownSession | undefined> {
  if (state.bars.get(tokenHash)?.isBuried === true) return undefined;
  const cached = state.entries.get(tokenHash);
  if (cached !== undefined && state.monotonicMs() - cached.readAt <= CACHE_MS) {
    return asKnown(state, cached.session, true);
  }
  try {
    return asKnown(state, await lookUp(state, tokenHash), true);
  } catch (error: unknown) {
    const remembered = state.entries.get(tokenHash);
    if (!(error instanceof SessionsUnavailable) || remembered === undefined) throw error;
    return asKnown(state, remembered.session, false);
  }
}

function asKnown(
  { uses, bars }: State,
  session: StoredSession | undefined,
  isConfirmed: boolean,
): KnownSession | undefined {
  if (session === undefined) return undefined;
  const { lockedAt, isBuried } = bars.get(session.tokenHash) ?? {};
  if (isBuried === true) return undefined;
  const lastSeenAt = Math.max(session.lastSeenAt, uses.get(session.tokenHash)?.seenAt ?? 0);
  return {
    session: { ...(lockedAt === undefined ? {} : { lockedAt }), ...session, lastSeenAt },
    isConfirmed,
  };
}

function lookUp(state: State, tokenHash: string): Promise<StoredSession | undefined> {
  const underWay = state.lookUps.get(tokenHash);
  if (underWay !== undefined) return underWay;
  const started = readThrough(state, tokenHash).finally(() => {
    if (state.lookUps.get(tokenHash) === started) state.lookUps.delete(tokenHash);
  });
  state.lookUps.set(tokenHash, started);
  return started;
}

async function readThrough(state: State, tokenHash: string): Promise<StoredSession | undefined> {
  const before = state.forgotten;
  const session = await state.read(tokenHash);
  // Somebody signed out while we read: this read may be from before.
  if (session !== undefined && before !== state.forgotten) return state.read(tokenHash);
  if (session === undefined) state.entries.delete(tokenHash);
  else putBounded(state.entries, tokenHash, { session, readAt: state.monotonicMs() });
  return session;
}

/** Drops the entry that has been there longest when there is no room. */
function putBounded<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  const [oldest] = map.size >= MAX_ENTRIES ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
