import type { DoorDeps, Sessions } from '../../door-deps.ts';
import type { StoredSession } from '../../stores/identity-stores.ts';
import type { WantedLogout } from './judge-logout.ts';

/** What a LogoutRequest ended. */
export interface EndedSessions {
  readonly ended: readonly StoredSession[];
  /** False when some were ended and the store then failed. */
  readonly isComplete: boolean;
}

interface Deps extends Pick<DoorDeps, 'onEvent'> {
  readonly sessions: Pick<Sessions, 'end' | 'endOf' | 'listOf'>;
}

const CODE = 'provider-sign-out';

/**
 * Ends the sessions a LogoutRequest names, found by who they belong to: no cookie is needed, and none decides. Where it names
 * sessions, those of the person that came without a name end as well: any of them may be the one. A person without a session here is
 * signed out already. Throws SessionsUnavailable when the store fails before anything was ended.
 */
export async function endNamedSessions(
  deps: Deps,
  provider: string,
  { subject, sessionIndexes }: Pick<WantedLogout, 'subject' | 'sessionIndexes'>,
): Promise<EndedSessions> {
  const owner = { provider, subject };
  const steps: readonly (() => Promise<readonly StoredSession[]>)[] =
    sessionIndexes.length === 0
      ? [() => deps.sessions.endOf(owner, CODE)]
      : [
          ...sessionIndexes.map(
            (sessionIndex) => () => deps.sessions.endOf({ ...owner, sessionIndex }, CODE),
          ),
          () => endUnnamed(deps, owner),
        ];
  const ended: StoredSession[] = [];
  for (const step of steps) {
    try {
      ended.push(...(await step()));
    } catch (error: unknown) {
      if (ended.length === 0) throw error;
      return { ended, isComplete: false };
    }
  }
  return { ended, isComplete: true };
}

/** Not those that hang on another session: that one decides. */
async function endUnnamed(
  { sessions, onEvent }: Deps,
  owner: { readonly provider: string; readonly subject: string },
): Promise<readonly StoredSession[]> {
  const all = await sessions.listOf(owner);
  const unnamed = all.filter(
    ({ sessionIndex, parentHash }) => sessionIndex === undefined && parentHash === undefined,
  );
  const ended: StoredSession[] = [];
  for (const { tokenHash } of unnamed) ended.push(...(await sessions.end(tokenHash)));
  for (const { principal } of ended) {
    const { provider, subject, method, sessionRef } = principal;
    onEvent({ outcome: 'revoked', provider, subject, method, sessionRef, code: CODE });
  }
  return ended;
}
