import { SessionsUnavailable } from '../../domain/errors.ts';
import type { StoredSession } from '../stores/identity-stores.ts';

/** A session as this node knows it. */
export interface KnownSession {
  readonly session: StoredSession;
  /** False when the store is away and this is from memory. */
  readonly isConfirmed: boolean;
}

export interface SessionCache {
  /**
   * The session as it stood at most a second ago. With the store away: as this node last saw it, and SessionsUnavailable for one
   * it never saw.
   */
  readonly find: (tokenHash: string) => Promise<KnownSession | undefined>;
  /** The session was used now; counts from here on, written down or not. */
  readonly noteSeen: (tokenHash: string, seenAt: number) => void;
  readonly forget: (tokenHash: string) => void;
}

interface Entry {
  readonly session: StoredSession;
  readonly readAt: number;
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
  const sessions = new Map<string, Entry>();
  const seen = new Map<string, number>();
  let forgotten = 0;
  const known = (session: StoredSession, isConfirmed: boolean): KnownSession => {
    const lastSeenAt = Math.max(session.lastSeenAt, seen.get(session.tokenHash) ?? 0);
    return { session: { ...session, lastSeenAt }, isConfirmed };
  };
  const look = async (tokenHash: string, before: number): Promise<StoredSession | undefined> => {
    const session = await read(tokenHash);
    // Somebody signed out while we read: this read may be from before.
    if (session !== undefined && before !== forgotten) return read(tokenHash);
    if (session === undefined) sessions.delete(tokenHash);
    else putBounded(sessions, tokenHash, { session, readAt: monotonicMs() });
    return session;
  };
  return {
    find: async (tokenHash) => {
      const cached = sessions.get(tokenHash);
      if (cached !== undefined && monotonicMs() - cached.readAt <= CACHE_MS)
        return known(cached.session, true);
      try {
        const session = await look(tokenHash, forgotten);
        return session === undefined ? undefined : known(session, true);
      } catch (error: unknown) {
        const remembered = sessions.get(tokenHash);
        if (!(error instanceof SessionsUnavailable) || remembered === undefined) throw error;
        return known(remembered.session, false);
      }
    },
    noteSeen: (tokenHash, seenAt) => {
      putBounded(seen, tokenHash, seenAt);
    },
    forget: (tokenHash) => {
      forgotten += 1;
      sessions.delete(tokenHash);
      seen.delete(tokenHash);
    },
  };
}

/** Drops the entry that has been there longest when there is no room. */
function putBounded<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  const [oldest] = map.keys();
  if (map.size >= MAX_ENTRIES && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
