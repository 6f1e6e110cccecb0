import type { StoredSession } from '../stores/identity-stores.ts';

/** Locked on demand, or by itself after the idle time. A token has a short life instead, and hangs on a session that has an idle time. */
export function isLocked(
  { use, lockedAt, lastSeenAt }: StoredSession,
  nowMs: number,
  idleMs: number,
): boolean {
  return lockedAt !== undefined || (use === 'browser' && nowMs - lastSeenAt >= idleMs);
}
