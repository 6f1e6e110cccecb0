import type { RedisLink } from '../../db/open-redis.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import { guardStore } from './guard-store.ts';
import type { Once, SessionOwner, SessionStore, Spent, StoredSession } from './identity-stores.ts';
import {
  childrenKey,
  indexKey,
  onceKey,
  PENDING_KEY,
  sessionKey,
  subjectKey,
  transactionKey,
  ttlOf,
} from './redis-keys.ts';
import { DESTROY, DESTROY_OF, FIND, LIST_OF, LOCK, OPEN, SPEND, TOUCH } from './redis-session-scripts.ts';
import { parseSessionText, sessionText } from './stored-values.ts';

interface Step {
  readonly redis: Pick<RedisLink, 'run'>;
  readonly nowMs: number;
}

const UNUSED_KEY = 'unused';

/** Sessions and what was used up, in Redis. Each call is one script, so each is all or nothing. */
export function createRedisSessions(redis: Pick<RedisLink, 'run'>, nowMs: () => number): SessionStore {
  const step = <T>(call: (at: Step) => Promise<T>): Promise<T> =>
    guardStore(() => call({ redis, nowMs: nowMs() }));
  return {
    open: (session, spent) => step((at) => open(at, session, spent)),
    spend: (once) => step((at) => spend(at, once)),
    find: (tokenHash) =>
      step(async (at) => readSessions(at, [await redis.run(FIND, [sessionKey(tokenHash)], [])])[0]),
    touch: (tokenHash, seenAt) =>
      step(async () => {
        await redis.run(TOUCH, [sessionKey(tokenHash)], [seenAt]);
      }),
    lock: (tokenHash, lockedAt) =>
      step(async () => {
        await redis.run(LOCK, [sessionKey(tokenHash)], [lockedAt]);
      }),
    destroy: (tokenHash) =>
      step(async (at) => readSessions(at, await redis.run(DESTROY, [sessionKey(tokenHash)], []))),
    destroyOf: (owner) =>
      step(async (at) => readSessions(at, await redis.run(DESTROY_OF, ownerKeys(owner), []))),
    listOf: (owner) => step(async (at) => readSessions(at, await redis.run(LIST_OF, ownerKeys(owner), []))),
    purge: () => Promise.resolve(),
  };
}

async function open({ redis, nowMs }: Step, session: StoredSession, spent: Spent): Promise<void> {
  const { principal, lastSeenAt, lockedAt = '' } = session;
  const { expiresAt } = principal;
  const keys = [sessionKey(session.tokenHash), ...spentKeys(spent), ...listingKeys(session)];
  const kept = [sessionText(session), lastSeenAt, expiresAt, ttlOf(expiresAt, nowMs), lockedAt];
  const answer = await redis.run(OPEN, keys, [nowMs, ...kept, ...spentArgs(spent, nowMs)]);
  if (answer === 'already-used' || answer === 'unknown-request') throw new SignInRefused(answer);
  if (answer !== 'opened') throw new Error('a session of this token stands already');
}

/** A script takes its keys by place, so what is not used up has one, too, that is not looked at. */
function spentKeys({ once, transaction }: Spent): readonly string[] {
  return [
    once === undefined ? UNUSED_KEY : onceKey(once),
    transaction === undefined ? UNUSED_KEY : transactionKey(transaction),
    PENDING_KEY,
  ];
}

function spentArgs({ once, transaction }: Spent, nowMs: number): readonly (string | number)[] {
  const remembered = once === undefined ? ['', ''] : [once.until, ttlOf(once.until, nowMs)];
  return [...remembered, transaction === undefined ? '' : 'transaction'];
}

async function spend({ redis, nowMs }: Step, once: Once): Promise<boolean> {
  const args = [nowMs, once.until, ttlOf(once.until, nowMs)];
  return (await redis.run(SPEND, [onceKey(once)], args)) === 'spent';
}

/** Every list this session stands in. */
function listingKeys({ principal, sessionIndex, parentHash }: StoredSession): readonly string[] {
  const { provider, subject } = principal;
  return [
    subjectKey(provider, subject),
    ...(sessionIndex === undefined ? [] : [indexKey(provider, sessionIndex)]),
    ...(parentHash === undefined ? [] : [childrenKey(parentHash)]),
  ];
}

/** The lists in which all of an owner's sessions stand: one, or two, and then it is what stands in both. */
function ownerKeys({ provider, subject, sessionIndex }: SessionOwner): readonly string[] {
  return [
    ...(subject === undefined ? [] : [subjectKey(provider, subject)]),
    ...(sessionIndex === undefined ? [] : [indexKey(provider, sessionIndex)]),
  ];
}

/** What a script gives for sessions: a list of `[body, seen, until, locked]`. One that is over or cannot be read is left out. */
function readSessions({ nowMs }: Step, answer: unknown): readonly StoredSession[] {
  const rows: readonly unknown[] = Array.isArray(answer) ? answer : [];
  return rows.flatMap((row) => (Array.isArray(row) ? (readSession(row, nowMs) ?? []) : []));
}

/** The fields that change count, the rest is in the body. */
function readSession(row: readonly unknown[], nowMs: number): StoredSession | undefined {
  const [body, seen, until, locked] = row;
  const session = typeof body === 'string' && Number(until) > nowMs ? parseSessionText(body) : undefined;
  const lastSeenAt = Number(seen ?? NaN);
  if (session === undefined || !Number.isFinite(lastSeenAt)) return undefined;
  return { ...session, lastSeenAt, ...(typeof locked === 'string' ? { lockedAt: Number(locked) } : {}) };
}
