import type { Sessions } from '../../door-deps.ts';
import type { StoredSession } from '../../stores/identity-stores.ts';
import type { WantedLogout } from './judge-logout.ts';

/** What a LogoutRequest ended. */
export interface EndedSessions {
  readonly ended: readonly StoredSession[];
  /** False when some were ended and the store then failed. */
  readonly isComplete: boolean;
}

/**
 * Ends the sessions a LogoutRequest names, found by who they belong to: no cookie is needed, and none decides. A person without
 * a session here is signed out already. Throws SessionsUnavailable when the store fails before anything was ended.
 */
export async function endNamedSessions(
  sessions: Pick<Sessions, 'endOf'>,
  provider: string,
  { subject, sessionIndexes }: WantedLogout,
): Promise<EndedSessions> {
  const owner = { provider, subject };
  const owners =
    sessionIndexes.length === 0
      ? [owner]
      : sessionIndexes.map((sessionIndex) => ({ ...owner, sessionIndex }));
  const ended: StoredSession[] = [];
  for (const one of owners) {
    try {
      ended.push(...(await sessions.endOf(one, 'provider-sign-out')));
    } catch (error: unknown) {
      if (ended.length === 0) throw error;
      return { ended, isComplete: false };
    }
  }
  return { ended, isComplete: true };
}
