import { NotIdentified, SessionLocked, SessionsUnavailable } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Clock } from '../../flows/ports.ts';
import { warnSeldom } from '../../telemetry/warn-seldom.ts';
import type { AuthEvent, EndCode } from '../auth-event.ts';
import type { Arrival, Opening, Sessions } from '../door-deps.ts';
import { secretHash } from '../secret-hash.ts';
import type { SessionStore, SessionUse, StoredSession } from '../stores/identity-stores.ts';
import { isLocked } from './is-locked.ts';
import { newSession, spentBy } from './new-session.ts';
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

interface House extends Omit<Deps, 'onWarn'> {
  readonly cache: SessionCache;
  readonly warn: (message: string) => void;
}

/** Being seen is written down at most this often: every write waits for the disk. */
const TOUCH_MS = 60_000;
const OVER = 'Your session has ended. Sign in to continue.';
const UNWRITTEN = 'The use of a session could not be written down; it goes on from memory.';

/**
 * Server-side sessions. The browser or program holds a random token; everything else stands in the store, under the token's hash.
 * One that was not used for the idle time, or was locked on demand, opens nothing until its holder proves again who they are.
 */
export function createSessions(deps: Deps): Sessions {
  const { store, clock, limits } = deps;
  const cache = createSessionCache(clock.monotonicMs, store.find);
  const house: House = { ...deps, cache, warn: warnSeldom(deps.onWarn, clock.monotonicMs) };
  const findByHash = async (tokenHash: string): Promise<StoredSession | undefined> => {
    const session = (await cache.find(tokenHash))?.session;
    return session === undefined || clock.nowMs() >= session.principal.expiresAt ? undefined : session;
  };
  return {
    open: (arrival, opening) => open(house, arrival, opening),
    verify: (token, use) => verify(house, secretHash(token), use),
    find: (token) => findByHash(secretHash(token)),
    findByHash,
    isLocked: (session) => isLocked(session, clock.nowMs(), limits.idleMs),
    end: (tokenHash) => end(house, tokenHash),
    endOf: async (owner, code) => {
      const ended = forget(house, await store.destroyOf(owner));
      for (const session of ended) deps.onEvent(eventOf(session, code));
      return ended;
    },
    lock: async (token) => {
      const tokenHash = secretHash(token);
      // Here at once, and even when it cannot be written down.
      cache.noteLocked(tokenHash, clock.nowMs());
      await store.lock(tokenHash, clock.nowMs());
      cache.forget(tokenHash);
    },
    spend: (once) => store.spend(once),
  };
}

async function open(
  { store, limits, clock, randomBytes, newId, suspensionOf }: House,
  arrival: Arrival,
  opening: Opening,
): ReturnType<Sessions['open']> {
  const nowMs = clock.nowMs();
  const suspension = suspensionOf(arrival.provider, arrival.subject);
  const deps = { nowMs, absoluteMs: limits.absoluteMs, randomBytes, newId, suspension };
  const opened = newSession(deps, arrival, opening);
  await store.purge(nowMs);
  await store.open(opened.session, spentBy(opening));
  return opened;
}

async function verify(house: House, tokenHash: string, use: SessionUse): Promise<Principal> {
  const known = await aliveOr(house, tokenHash, use);
  const { parentHash } = known.session;
  // A token is as good as the session it hangs on.
  const parent = parentHash === undefined ? known : await aliveOr(house, parentHash, 'browser');
  await touch(house, known);
  if (parent !== known) await touch(house, parent);
  return principalOf(known.session, known.isConfirmed && parent.isConfirmed);
}

/** The session, if it opens anything now. Throws NotIdentified. */
async function aliveOr(house: House, tokenHash: string, use: SessionUse): Promise<KnownSession> {
  const known = await house.cache.find(tokenHash);
  if (known?.session.use !== use) throw new NotIdentified();
  const { session } = known;
  const nowMs = house.clock.nowMs();
  const revocation = house.revocationOf(session);
  if (revocation !== undefined || nowMs >= session.principal.expiresAt) {
    await putOut(house, session, revocation);
    throw new NotIdentified(OVER);
  }
  if (isLocked(session, nowMs, house.limits.idleMs)) throw new SessionLocked();
  return known;
}

/**
 * Ends what must not go on, and tells it once. The answer is no in any case: a store that cannot be told does not turn it into a
 * fault, and the session opens nothing at this node even when the store comes back.
 */
async function putOut(house: House, session: StoredSession, code: EndCode | undefined): Promise<void> {
  const isFirst = house.cache.bury(session.tokenHash);
  const ended = await house.store.destroy(session.tokenHash).catch(() => (isFirst ? [session] : []));
  forget(house, ended);
  if (code !== undefined) for (const one of ended) house.onEvent(eventOf(one, code));
}

async function end(house: House, tokenHash: string): Promise<readonly StoredSession[]> {
  house.cache.forget(tokenHash);
  try {
    return forget(house, await house.store.destroy(tokenHash));
  } catch (error: unknown) {
    // Whoever signs out is out, as far as this node goes.
    house.cache.bury(tokenHash);
    throw error;
  }
}

function forget({ cache }: House, ended: readonly StoredSession[]): readonly StoredSession[] {
  for (const { tokenHash } of ended) cache.forget(tokenHash);
  return ended;
}

/** Somebody who is reading images goes on reading when the disk is full: what could not be written is kept in memory. */
async function touch(house: House, { session, isConfirmed }: KnownSession): Promise<void> {
  const { cache, limits, store, clock } = house;
  const nowMs = clock.nowMs();
  cache.noteSeen(session.tokenHash, nowMs);
  // A quarter of a short idle limit, so that use between two writes cannot look like idleness for long at another node.
  const everyMs = Math.min(TOUCH_MS, limits.idleMs / 4);
  if (!isConfirmed || !cache.isWritingDue(session.tokenHash, nowMs, everyMs)) return;
  try {
    await store.touch(session.tokenHash, nowMs);
  } catch (error: unknown) {
    if (!(error instanceof SessionsUnavailable)) throw error;
    house.warn(UNWRITTEN);
  }
}

function principalOf({ principal, scopes, role }: StoredSession, isConfirmed: boolean): Principal {
  return {
    ...principal,
    ...(scopes === undefined ? {} : { scopes }),
    ...(role === undefined ? {} : { role }),
    ...(isConfirmed ? {} : { unconfirmed: true }),
  };
}

function eventOf({ principal }: StoredSession, code: EndCode): AuthEvent {
  const { provider, subject, method, sessionRef } = principal;
  return { outcome: 'revoked', provider, subject, method, sessionRef, code };
}
