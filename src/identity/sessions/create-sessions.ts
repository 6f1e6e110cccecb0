import { NotIdentified, SessionLocked, SessionsUnavailable } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Clock } from '../../flows/ports.ts';
import { warnSeldom } from '../../telemetry/warn-seldom.ts';
import type { EndCode } from '../../domain/auth-words.ts';
import type { AuthEvent } from '../auth-event.ts';
import type { Arrival, Opening, Sessions } from '../door-deps.ts';
import { secretHash } from '../secret-hash.ts';
import type { SessionStore, SessionUse, StoredSession } from '../stores/identity-stores.ts';
import { createSessionEnds, type SessionEnds } from './create-session-ends.ts';
import { lockedSince } from './locked-since.ts';
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
  readonly ends: SessionEnds;
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
  const house = houseOf(deps);
  const { store, clock, cache, ends } = house;
  const findByHash = async (tokenHash: string): Promise<StoredSession | undefined> => {
    const session = (await cache.find(tokenHash))?.session;
    return session === undefined || clock.nowMs() >= session.principal.expiresAt ? undefined : session;
  };
  return {
    open: (arrival, opening) => open(house, arrival, opening),
    verify: (token, use, isUnattended = false) =>
      verify(house, { tokenHash: secretHash(token), use, isUnattended }),
    find: (token) => findByHash(secretHash(token)),
    findByHash,
    isLive: (session) => isLive(house, session),
    stands: (session) => stands(house, session),
    end: ends.end,
    endOf: ends.endOf,
    listOf: (owner) => store.listOf(owner),
    lock: (token) => ends.lock(secretHash(token)),
    lastLockOf: (login) => store.lastLockOf(login),
    spend: (once) => store.spend(once),
    catchUp: ends.catchUp,
  };
}

function houseOf(deps: Deps): House {
  const { store, clock, onWarn } = deps;
  const warn = warnSeldom(onWarn, clock.monotonicMs);
  const cache = createSessionCache(clock.monotonicMs, async (tokenHash) => {
    const session = await store.find(tokenHash);
    // It answers: whatever it missed can be told now, and nobody has to wait for that.
    void ends.catchUp();
    return session;
  });
  const ends = createSessionEnds({ ...deps, cache, warn });
  return { ...deps, cache, ends, warn };
}

async function open(house: House, arrival: Arrival, opening: Opening): ReturnType<Sessions['open']> {
  const { store, ends, limits, clock, randomBytes, newId, suspensionOf } = house;
  const nowMs = clock.nowMs();
  const suspension = suspensionOf(arrival.provider, arrival.subject);
  const deps = { nowMs, absoluteMs: limits.absoluteMs, randomBytes, newId, suspension };
  const opened = newSession(deps, arrival, opening);
  await store.purge(nowMs);
  await store.open(opened.session, spentBy(opening));
  await ends.endSurplus(opened.session);
  return opened;
}

async function verify(
  house: House,
  {
    tokenHash,
    use,
    isUnattended,
  }: { readonly tokenHash: string; readonly use: SessionUse; readonly isUnattended: boolean },
): Promise<Principal> {
  const known = await aliveOr(house, tokenHash, use);
  const { parentHash } = known.session;
  // A token is as good as the session it hangs on.
  const parent = parentHash === undefined ? known : await aliveOr(house, parentHash, 'parent');
  if (!isUnattended) await touch(house, known);
  return principalOf(known.session, known.isConfirmed && parent.isConfirmed);
}

/**
 * The session, if it opens anything now. Throws NotIdentified. A parent may be idle: whoever reads in a viewer is not cut off
 * because nobody clicks in the browser beside it; nor does the viewer keep the browser from locking itself.
 */
async function aliveOr(house: House, tokenHash: string, as: SessionUse | 'parent'): Promise<KnownSession> {
  const known = await house.cache.find(tokenHash);
  if (known?.session.use !== (as === 'parent' ? 'browser' : as)) throw new NotIdentified();
  const { session } = known;
  const revocation = house.revocationOf(session);
  if (revocation !== undefined || isOver(house, session)) {
    await house.ends.putOut(session, revocation);
    throw new NotIdentified(OVER);
  }
  const lockedAt = as === 'parent' ? session.lockedAt : lockOf(house, session);
  if (lockedAt !== undefined) throw new SessionLocked();
  return known;
}

function lockOf({ clock, limits }: House, session: StoredSession): number | undefined {
  return lockedSince(session, clock.nowMs(), limits.idleMs);
}

function isLive(house: House, session: StoredSession): boolean {
  const isRevoked = house.revocationOf(session) !== undefined;
  return !isRevoked && !isOver(house, session) && lockOf(house, session) === undefined;
}

/** From the store each time, so that an end at another node counts at once; what this node knows to have ended has ended all the same. */
async function stands(
  house: House,
  { provider, subject, sessionRef }: Pick<Principal, 'provider' | 'subject' | 'sessionRef'>,
): Promise<boolean> {
  const theirs = await house.store.listOf({ provider, subject });
  const found = theirs.find(({ principal }) => principal.sessionRef === sessionRef);
  if (found === undefined || !(await isThere(house, found.tokenHash))) return false;
  return found.parentHash === undefined || (await isThere(house, found.parentHash));
}

async function isThere(house: House, tokenHash: string): Promise<boolean> {
  const known = await house.cache.find(tokenHash);
  if (known?.isConfirmed === false) throw new SessionsUnavailable();
  return (
    known !== undefined && house.revocationOf(known.session) === undefined && !isOver(house, known.session)
  );
}

function isOver({ clock }: House, { principal }: StoredSession): boolean {
  return clock.nowMs() >= principal.expiresAt;
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
