import type { StoredSession } from './session-store.ts';

export interface SessionCache {
  /** The session as it stood at most a second ago. */
  readonly find: (tokenHash: string) => Promise<StoredSession | undefined>;
  /** The session was used now; counts from here on, written down or not. */
  readonly noteSeen: (tokenHash: string, seenAt: number) => void;
  readonly forget: (tokenHash: string) => void;
}

/** Frames of a study come in bursts; a burst costs one look-up. */
const CACHE_MS = 1_000;
const MAX_ENTRIES = 2_000;

/** A small memory in front of the session table of this process. What is forgotten is gone at once, even mid-look-up. */
export function createSessionCache(
  monotonicMs: () => number,
  read: (tokenHash: string) => Promise<StoredSession | undefined>,
): SessionCache {
  const sessions = new Map<string, { readonly session: StoredSession; readonly readAt: number }>();
  const seen = new Map<string, number>();
  let forgotten = 0;
  const withSeen = (session: StoredSession): StoredSession => {
    const lastSeenAt = Math.max(session.lastSeenAt, seen.get(session.tokenHash) ?? 0);
    return { ...session, lastSeenAt };
  };
  return {
    find: async (tokenHash) => {
      const cached = sessions.get(tokenHash);
      if (cached !== undefined && monotonicMs() - cached.readAt <= CACHE_MS) return withSeen(cached.session);
      const before = forgotten;
      const session = await read(tokenHash);
      if (session === undefined) return undefined;
      // Somebody signed out while we read: this read may be from before.
      if (before !== forgotten) return read(tokenHash);
      putBounded(sessions, tokenHash, { session, readAt: monotonicMs() });
      return withSeen(session);
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
