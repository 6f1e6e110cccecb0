import type { StoredSession } from '../stores/identity-stores.ts';

/**
 * When it was locked, ms since the epoch: on demand, or by itself after the idle time; undefined while it is not. A token has a
 * short life instead, and hangs on a session.
 */
export function lockedSince(
  { use, lockedAt, lastSeenAt }: StoredSession,
  nowMs: number,
  idleMs: number,
): number | undefined {
  if (lockedAt !== undefined) return lockedAt;
  const idleAt = lastSeenAt + idleMs;
  return use === 'browser' && nowMs >= idleAt ? idleAt : undefined;
}
