import type { Clock } from '../../flows/ports.ts';
import type { EndCode } from '../../domain/auth-words.ts';
import type { AuthEvent } from '../auth-event.ts';
import type { SessionOwner, SessionStore, StoredSession } from '../stores/identity-stores.ts';
import { createUnfinished, type Unfinished } from './create-unfinished.ts';
import { lockedSince } from './locked-since.ts';
import type { SessionCache } from './session-cache.ts';

interface Deps {
  readonly store: SessionStore;
  readonly cache: SessionCache;
  readonly limits: { readonly idleMs: number; readonly absoluteMs: number };
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly warn: (message: string) => void;
  /** Must not throw. */
  readonly onEvent: (event: AuthEvent) => void;
}

/** Ending and locking; see Sessions. `end`, `endOf` and `lock` throw SessionsUnavailable, and hold at this node all the same. */
export interface SessionEnds {
  readonly end: (tokenHash: string) => Promise<readonly StoredSession[]>;
  readonly endOf: (owner: SessionOwner, code: EndCode) => Promise<readonly StoredSession[]>;
  readonly lock: (tokenHash: string) => Promise<StoredSession | undefined>;
  /** Ends what must not go on. Never throws. */
  readonly putOut: (session: StoredSession, code: EndCode | undefined) => Promise<void>;
  /** Ends the oldest sessions of whoever has just opened this one, when there are too many of its use. Never throws. */
  readonly endSurplus: (session: StoredSession) => Promise<void>;
  readonly catchUp: () => Promise<void>;
}

interface House extends Deps {
  /** What the store must be told of sessions this node knows, when it is back. */
  readonly owed: Unfinished;
  /** The same for those it has never seen: whoever makes cookies up pushes out no more than what others made up. */
  readonly claimed: Unfinished;
}

/** Of one login, browsers and tokens each. */
const MAX_OF_ONE = 50;
const DROPPED =
  'More people signed out or locked than can be remembered while sessions cannot be written: some stay open elsewhere until they are idle.';

/** What ends or locks does so at this node at once, and in the store as soon as it answers. */
export function createSessionEnds(deps: Deps): SessionEnds {
  const onDropped = (): void => {
    deps.warn(DROPPED);
  };
  const house: House = { ...deps, owed: createUnfinished(onDropped), claimed: createUnfinished(onDropped) };
  return {
    end: (tokenHash) => end(house, tokenHash),
    endOf: (owner, code) => endOf(house, owner, code),
    lock: (tokenHash) => lock(house, tokenHash),
    putOut: (session, code) => putOut(house, session, code),
    // It is open by now: one too many for a while does not turn the person away.
    endSurplus: (session) =>
      endSurplus(house, session).catch(() => {
        house.owed.add(`surplus ${session.tokenHash}`, () => endSurplus(house, session));
      }),
    catchUp: async () => {
      await house.owed.resume();
      await house.claimed.resume();
    },
  };
}

/**
 * Ends what must not go on, and tells it once. The answer is no in any case: a store that cannot be told does not turn it into a
 * fault, and the session opens nothing at this node even when the store comes back.
 */
async function putOut(house: House, session: StoredSession, code: EndCode | undefined): Promise<void> {
  const { tokenHash } = session;
  const isFirst = house.cache.bury(tokenHash);
  const ended = await destroy(house, tokenHash).catch(() => {
    owe(house, ['end', tokenHash], () => destroy(house, tokenHash));
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
    owe(house, ['end', tokenHash], () => destroy(house, tokenHash));
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
    const lockedAt = lockedSince(session, house.clock.nowMs(), house.limits.idleMs);
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
    owe(house, ['lock', tokenHash], write);
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

/** To be written when the store answers again. */
function owe(
  { cache, owed, claimed }: House,
  [what, tokenHash]: readonly ['end' | 'lock', string],
  finish: () => Promise<unknown>,
): void {
  (cache.knows(tokenHash) ? owed : claimed).add(`${what} ${tokenHash}`, finish);
}

async function endSurplus(house: House, { tokenHash, use, principal }: StoredSession): Promise<void> {
  const { provider, subject } = principal;
  const all = (await house.store.listOf({ provider, subject })).filter((one) => one.use === use);
  const others = all.filter((one) => one.tokenHash !== tokenHash);
  const surplus = Math.max(0, all.length - MAX_OF_ONE);
  const oldest = others.toSorted((one, other) => one.createdAt - other.createdAt).slice(0, surplus);
  for (const one of oldest) tellAll(house, await destroy(house, one.tokenHash), 'too-many');
}

function tellAll({ onEvent }: House, ended: readonly StoredSession[], code: EndCode): void {
  for (const { principal } of ended) {
    const { provider, subject, method, sessionRef } = principal;
    onEvent({ outcome: 'revoked', provider, subject, method, sessionRef, code });
  }
}
