import { NotIdentified, SessionsUnavailable } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Clock } from '../../flows/ports.ts';
import type { AuthEvent, EndCode } from '../auth-event.ts';
import type { Arrival, Opening, Sessions } from '../door-deps.ts';
import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';
import type { SessionStore, SessionUse, StoredSession } from '../stores/identity-stores.ts';
import { createSessionCache, type KnownSession, type SessionCache } from './session-cache.ts';

export interface SessionLimits {
  /** Locks a session that nobody used for so long. */
  readonly idleMs: number;
  /** Ends any session. */
  readonly absoluteMs: number;
}

interface Deps {
  readonly store: SessionStore;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: () => string;
  readonly onWarn: (message: string) => void;
  /** Must not throw. */
  readonly onEvent: (event: AuthEvent) => void;
  /** Names the suspension in force for whoever a login names. */
  readonly suspensionOf: (provider: string, subject: string) => string | undefined;
  /** Why a session must end although its time is not up, if it must. From memory: asked for every request. */
  readonly revocationOf: (session: StoredSession) => EndCode | undefined;
}

/** Being seen is written down at most this often: every write waits for the disk. */
const TOUCH_MS = 60_000;
const OVER = 'Your session has ended. Sign in to continue.';
const LOCKED = 'Your session is locked. Sign in again to go on where you were.';

/**
 * Server-side sessions. The browser or program holds a random token; everything else stands in the store, under the token's hash.
 * One that was not used for the idle time, or was locked on demand, opens nothing until its holder proves again who they are.
 */
export function createSessions(deps: Deps): Sessions {
  const { store, clock } = deps;
  const cache = createSessionCache(clock.monotonicMs, store.find);
  const forget = (ended: readonly StoredSession[]): readonly StoredSession[] => {
    for (const { tokenHash } of ended) cache.forget(tokenHash);
    return ended;
  };
  const end = async (tokenHash: string): Promise<readonly StoredSession[]> => {
    cache.forget(tokenHash);
    return forget(await store.destroy(tokenHash));
  };
  const findByHash = async (tokenHash: string): Promise<StoredSession | undefined> => {
    const session = (await cache.find(tokenHash))?.session;
    return session === undefined || clock.nowMs() >= session.principal.expiresAt ? undefined : session;
  };
  return {
    open: (arrival, opening) => openSession(deps, arrival, opening),
    verify: async (token, use) => {
      const known = await aliveOr(deps, await cache.find(secretHash(token)), { use, end });
      const parent = await parentOf(deps, cache, known);
      for (const one of [known, parent]) if (one !== undefined) await touch(deps, cache, one);
      return principalOf(known);
    },
    find: (token) => findByHash(secretHash(token)),
    findByHash,
    end,
    endOf: async (owner, code) => {
      const ended = forget(await store.destroyOf(owner));
      for (const session of ended) deps.onEvent(eventOf(session, 'revoked', code));
      return ended;
    },
    lock: async (token) => {
      const tokenHash = secretHash(token);
      await store.lock(tokenHash, clock.nowMs());
      cache.forget(tokenHash);
    },
    spend: (once) => store.spend(once),
  };
}

/** The session, if it opens anything now. Throws NotIdentified. */
async function aliveOr(
  deps: Deps,
  known: KnownSession | undefined,
  { use, end }: { readonly use: SessionUse; readonly end: (tokenHash: string) => Promise<unknown> },
): Promise<KnownSession> {
  if (known === undefined || known.session.use !== use) throw new NotIdentified();
  const { session } = known;
  const nowMs = deps.clock.nowMs();
  const revocation = deps.revocationOf(session);
  if (revocation !== undefined || nowMs >= session.principal.expiresAt) {
    // The answer is no in any case; a store that cannot forget must not turn it into a fault.
    await end(session.tokenHash).catch(() => undefined);
    if (revocation !== undefined) deps.onEvent(eventOf(session, 'revoked', revocation));
    throw new NotIdentified(OVER);
  }
  if (isLocked(session, nowMs, deps.limits.idleMs)) throw new NotIdentified(LOCKED);
  return known;
}

/** A token is as good as the session it hangs on. Throws NotIdentified when that one is gone, locked or over. */
async function parentOf(
  deps: Deps,
  cache: SessionCache,
  { session }: KnownSession,
): Promise<KnownSession | undefined> {
  if (session.parentHash === undefined) return undefined;
  const end = (): Promise<void> => Promise.resolve();
  return aliveOr(deps, await cache.find(session.parentHash), { use: 'browser', end });
}

/** On demand, or by itself after the idle time. A token has a short life instead, and hangs on a session that has an idle time. */
function isLocked({ use, lockedAt, lastSeenAt }: StoredSession, nowMs: number, idleMs: number): boolean {
  return lockedAt !== undefined || (use === 'browser' && nowMs - lastSeenAt >= idleMs);
}

/** Somebody who is reading images goes on reading when the disk is full: what could not be written is kept in memory. */
async function touch(deps: Deps, cache: SessionCache, { session }: KnownSession): Promise<void> {
  const nowMs = deps.clock.nowMs();
  // A quarter of a short idle limit, so that use between two writes cannot look like idleness for long.
  if (nowMs - session.lastSeenAt < Math.min(TOUCH_MS, deps.limits.idleMs / 4)) return;
  cache.noteSeen(session.tokenHash, nowMs);
  try {
    await deps.store.touch(session.tokenHash, nowMs);
  } catch (error: unknown) {
    if (!(error instanceof SessionsUnavailable)) throw error;
    deps.onWarn('The use of a session could not be written down; it goes on from memory.');
  }
}

async function openSession(deps: Deps, arrival: Arrival, opening: Opening): ReturnType<Sessions['open']> {
  const { sessionIndex, sessionEndsAt, role, ...person } = arrival;
  const { use, scopes, parentHash, lifetimeMs, transaction, once } = opening;
  const { limits, store, randomBytes, newId } = deps;
  const suspension = deps.suspensionOf(arrival.provider, arrival.subject);
  const nowMs = deps.clock.nowMs();
  await store.purge(nowMs);
  const token = Buffer.from(randomBytes(TOKEN_BYTES)).toString('base64url');
  const ends = [limits.absoluteMs, lifetimeMs].map((ms) => (ms === undefined ? Infinity : nowMs + ms));
  const expiresAt = Math.min(...ends, sessionEndsAt ?? Infinity);
  const session: StoredSession = {
    tokenHash: secretHash(token),
    use,
    principal: { kind: 'person', ...person, expiresAt, sessionRef: newId() },
    ...(scopes === undefined ? {} : { scopes }),
    ...(role === undefined ? {} : { role }),
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
    ...(parentHash === undefined ? {} : { parentHash }),
    ...(suspension === undefined ? {} : { suspension }),
    createdAt: nowMs,
    lastSeenAt: nowMs,
  };
  await store.open(session, {
    ...(transaction === undefined ? {} : { transaction }),
    ...(once === undefined ? {} : { once }),
  });
  return { token, session };
}

function principalOf({ session, isConfirmed }: KnownSession): Principal {
  const { principal, scopes, role } = session;
  return {
    ...principal,
    ...(scopes === undefined ? {} : { scopes }),
    ...(role === undefined ? {} : { role }),
    ...(isConfirmed ? {} : { unconfirmed: true }),
  };
}

function eventOf({ principal }: StoredSession, outcome: AuthEvent['outcome'], code: EndCode): AuthEvent {
  const { provider, subject, method } = principal;
  return { outcome, provider, subject, method, code };
}
