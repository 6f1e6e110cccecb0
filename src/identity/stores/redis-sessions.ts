import type { RedisLink } from '../../db/open-redis.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import { guardStore } from './guard-store.ts';
import type { Login, Once, SessionOwner, SessionStore, Spent, StoredSession } from './identity-stores.ts';
import {
  childrenKey,
  indexKey,
  lockKey,
  onceKey,
  PENDING_KEY,
  sessionKey,
  subjectKey,
  transactionKey,
  ttlOf,
} from './redis-keys.ts';
import {
  DESTROY,
  DESTROY_OF,
  FIND,
  LAST_LOCK,
  LIST_OF,
  LOCK,
  NOTE_LOCK,
  OPEN,
  SPEND,
  TOUCH,
} from './redis-session-scripts.ts';
import { parseSessionText, sessionText } from './stored-values.ts';

interface Step {
  readonly redis: Pick<RedisLink, 'run'>;
  readonly nowMs: number;
}

const UNUSED_KEY = 'unused';
/** A node whose clock is ahead must not drop from the lists what is alive for the others. */
const TRIM_AFTER_MS = 10 * 60_000;

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
    noteLock: ({ provider, subject }, { lockedAt, until }) =>
      step(async ({ nowMs: now }) => {
        const args = [lockedAt, until, ttlOf(until, now)];
        await redis.run(NOTE_LOCK, [lockKey(provider, subject)], args);
      }),
    lastLockOf: (login) => step((at) => lastLockOf(at, login)),
    purge: () => Promise.resolve(),
  };
}

async function open({ redis, nowMs }: Step, session: StoredSession, spent: Spent): Promise<void> {
  const { principal, lastSeenAt, lockedAt = '' } = session;
  const { expiresAt } = principal;
  const keys = [sessionKey(session.tokenHash), ...spentKeys(spent), ...listingKeys(session)];
  const kept = [sessionText(session), lastSeenAt, expiresAt, ttlOf(expiresAt, nowMs), lockedAt];
  const answer = await redis.run(OPEN, keys, [
    nowMs,
    ...kept,
    ...spentArgs(spent, nowMs),
    nowMs - TRIM_AFTER_MS,
  ]);
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

async function lastLockOf({ redis, nowMs }: Step, { provider, subject }: Login): Promise<number | undefined> {
  const answer = await redis.run(LAST_LOCK, [lockKey(provider, subject)], []);
  const [at, until] = Array.isArray(answer) ? answer.map(Number) : [];
  return until !== undefined && until > nowMs ? at : undefined;
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
