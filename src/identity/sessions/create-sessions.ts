import { NotIdentified, SessionLocked, SessionsUnavailable } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Clock } from '../../flows/ports.ts';
import { warnSeldom } from '../../telemetry/warn-seldom.ts';
import type { AuthEvent, EndCode } from '../auth-event.ts';
import type { Arrival, Opening, Sessions } from '../door-deps.ts';
import { secretHash } from '../secret-hash.ts';
import type { SessionOwner, SessionStore, SessionUse, StoredSession } from '../stores/identity-stores.ts';
import { createUnfinished, type Unfinished } from './create-unfinished.ts';
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
  /** What the store must be told of sessions this node knows, when it is back. */
  readonly owed: Unfinished;
  /** The same for those it has never seen: whoever makes cookies up pushes out no more than what others made up. */
  readonly claimed: Unfinished;
  readonly warn: (message: string) => void;
}

/** Being seen is written down at most this often: every write waits for the disk. */
const TOUCH_MS = 60_000;
/** Of one login, browsers and tokens each; the oldest ends when there is one more. */
const MAX_OF_ONE = 50;
const OVER = 'Your session has ended. Sign in to continue.';
const UNWRITTEN = 'The use of a session could not be written down; it goes on from memory.';
const DROPPED =
  'More people signed out or locked than can be remembered while sessions cannot be written: some stay open elsewhere until they are idle.';

/**
 * Server-side sessions. The browser or program holds a random token; everything else stands in the store, under the token's hash.
 * One that was not used for the idle time, or was locked on demand, opens nothing until its holder proves again who they are.
 * An end or a lock that cannot be written holds at this node at once, and is written when the store answers again.
 */
export function createSessions(deps: Deps): Sessions {
  const house = houseOf(deps);
  const { store, clock, cache } = house;
  const findByHash = async (tokenHash: string): Promise<StoredSession | undefined> => {
    const session = (await cache.find(tokenHash))?.session;
    return session === undefined || clock.nowMs() >= session.principal.expiresAt ? undefined : session;
  };
  return {
    open: (arrival, opening) => open(house, arrival, opening),
    verify: (token, use) => verify(house, secretHash(token), use),
    find: (token) => findByHash(secretHash(token)),
    findByHash,
    isLive: (session) =>
      !isOver(house, session) && deps.revocationOf(session) === undefined && lockOf(house, session) === undefined,
    end: (tokenHash) => end(house, tokenHash),
    endOf: (owner, code) => endOf(house, owner, code),
    lock: (token) => lock(house, secretHash(token)),
    lastLockOf: (login) => store.lastLockOf(login),
    spend: (once) => store.spend(once),
    catchUp: () => catchUp(house),
  };
}

function houseOf(deps: Deps): House {
  const { clock, store } = deps;
  const warn = warnSeldom(deps.onWarn, clock.monotonicMs);
  const onDropped = (): void => {
    warn(DROPPED);
  };
  const unfinished = { owed: createUnfinished(onDropped), claimed: createUnfinished(onDropped) };
  const cache = createSessionCache(clock.monotonicMs, async (tokenHash) => {
    const session = await store.find(tokenHash);
    void catchUp(unfinished);
    return session;
  });
  return { ...deps, ...unfinished, cache, warn };
}

/** First what was proved here, then what was only claimed. */
async function catchUp({ owed, claimed }: Pick<House, 'owed' | 'claimed'>): Promise<void> {
  await owed.resume();
  await claimed.resume();
}

async function open(house: House, arrival: Arrival, opening: Opening): ReturnType<Sessions['open']> {
  const { store, limits, clock, randomBytes, newId, suspensionOf } = house;
  const nowMs = clock.nowMs();
  const suspension = suspensionOf(arrival.provider, arrival.subject);
  const deps = { nowMs, absoluteMs: limits.absoluteMs, randomBytes, newId, suspension };
  const opened = newSession(deps, arrival, opening);
  await store.purge(nowMs);
  await store.open(opened.session, spentBy(opening));
  // It is open by now: one too many for a while does not turn the person away.
  await endSurplus(house, opened.session).catch(() => undefined);
  return opened;
}

/** Ends the oldest of this login's sessions when there are too many of this use. */
async function endSurplus(house: House, { tokenHash, use, principal }: StoredSession): Promise<void> {
  const { provider, subject } = principal;
  const all = await house.store.listOf({ provider, subject });
  const others = all.filter((one) => one.use === use && one.tokenHash !== tokenHash);
  const surplus = Math.max(0, others.length + 1 - MAX_OF_ONE);
  const oldest = others.toSorted((one, other) => one.createdAt - other.createdAt).slice(0, surplus);
  for (const one of oldest) tellAll(house, await destroy(house, one.tokenHash), 'too-many');
}

async function verify(house: House, tokenHash: string, use: SessionUse): Promise<Principal> {
  const known = await aliveOr(house, tokenHash, use);
  const { parentHash } = known.session;
  // A token is as good as the session it hangs on.
  const parent = parentHash === undefined ? known : await aliveOr(house, parentHash, 'parent');
  await touch(house, known);
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
    await putOut(house, session, revocation);
    throw new NotIdentified(OVER);
  }
  const lockedAt = as === 'parent' ? session.lockedAt : lockOf(house, session);
  if (lockedAt !== undefined) throw new SessionLocked();
  return known;
}

function isOver({ clock }: House, { principal }: StoredSession): boolean {
  return clock.nowMs() >= principal.expiresAt;
}

function lockOf({ clock, limits }: House, session: StoredSession): number | undefined {
  return lockedSince(session, clock.nowMs(), limits.idleMs);
}

/**
 * Ends what must not go on, and tells it once. The answer is no in any case: a store that cannot be told does not turn it into a
 * fault, and the session opens nothing at this node even when the store comes back.
 */
async function putOut(house: House, session: StoredSession, code: EndCode | undefined): Promise<void> {
  const { tokenHash } = session;
  const isFirst = house.cache.bury(tokenHash);
  const ended = await destroy(house, tokenHash).catch(() => {
    owe(house, tokenHash, () => destroy(house, tokenHash));
    return isFirst ? [session] : [];
  });
  if (code !== undefined) tellAll(house, ended, code);
}

async function end(house: House, tokenHash: string): Promise<readonly StoredSession[]> {
  // Whoever signs out is out, as far as this node goes.
  house.cache.bury(tokenHash);
  try {
    return await destroy(house, tokenHash);
  } catch (error: unknown) {
    owe(house, tokenHash, () => destroy(house, tokenHash));
    throw error;
  }
}

/** Ends it in the store, with all that hangs on it. */
async function destroy(house: House, tokenHash: string): Promise<readonly StoredSession[]> {
  const ended = await house.store.destroy(tokenHash);
  house.cache.forget(tokenHash);
  return await afterEnd(house, ended);
}

async function endOf(house: House, owner: SessionOwner, code: EndCode): Promise<readonly StoredSession[]> {
  const askedAt = house.clock.nowMs();
  try {
    const ended = await afterEnd(house, await house.store.destroyOf(owner));
    tellAll(house, ended, code);
    return ended;
  } catch (error: unknown) {
    house.cache.buryOf(owner);
    house.owed.add(`of ${JSON.stringify(owner)}`, () => endLate(house, { owner, code, askedAt }));
    throw error;
  }
}

/** Ends what an owner had when it was asked for: whoever has signed in since stays. */
async function endLate(
  house: House,
  asked: { readonly owner: SessionOwner; readonly code: EndCode; readonly askedAt: number },
): Promise<void> {
  const had = (await house.store.listOf(asked.owner)).filter(({ createdAt }) => createdAt <= asked.askedAt);
  for (const { tokenHash } of had) tellAll(house, await destroy(house, tokenHash), asked.code);
}

/** A lock outlives its session: that it was signed out of, by whomever, does not open it. */
async function afterEnd(house: House, ended: readonly StoredSession[]): Promise<readonly StoredSession[]> {
  for (const session of ended) {
    house.cache.forget(session.tokenHash);
    const lockedAt = lockOf(house, session);
    if (lockedAt === undefined) continue;
    const note = (): Promise<void> => noteLock(house, session, lockedAt);
    await note().catch(() => {
      house.owed.add(`lock of ${session.tokenHash}`, note);
    });
  }
  return ended;
}

function noteLock({ store, limits }: House, { principal }: StoredSession, lockedAt: number): Promise<void> {
  const { provider, subject } = principal;
  return store.noteLock({ provider, subject }, { lockedAt, until: lockedAt + limits.absoluteMs });
}

async function lock(house: House, tokenHash: string): Promise<StoredSession | undefined> {
  const lockedAt = house.clock.nowMs();
  // Here at once, and even when it cannot be written down.
  house.cache.noteLocked(tokenHash, lockedAt);
  const write = (): Promise<StoredSession | undefined> => writeLock(house, tokenHash, lockedAt);
  try {
    return await write();
  } catch (error: unknown) {
    owe(house, tokenHash, write);
    throw error;
  }
}

async function writeLock(
  house: House,
  tokenHash: string,
  lockedAt: number,
): Promise<StoredSession | undefined> {
  const session = await house.store.find(tokenHash);
  const isLockable = session?.use === 'browser' && session.lockedAt === undefined;
  if (isLockable) {
    await noteLock(house, session, lockedAt);
    await house.store.lock(tokenHash, lockedAt);
  }
  house.cache.forget(tokenHash);
  return isLockable ? session : undefined;
}

/** An end takes the place of a lock: both stand under the session. */
function owe({ cache, owed, claimed }: House, tokenHash: string, finish: () => Promise<unknown>): void {
  (cache.knows(tokenHash) ? owed : claimed).add(tokenHash, finish);
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

function tellAll({ onEvent }: House, ended: readonly StoredSession[], code: EndCode): void {
  for (const { principal } of ended) {
    const { provider, subject, method, sessionRef } = principal;
    onEvent({ outcome: 'revoked', provider, subject, method, sessionRef, code });
  }
}
