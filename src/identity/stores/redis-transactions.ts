import { redisScript, type RedisLink } from '../../db/open-redis.ts';
import { guardStore } from './guard-store.ts';
import type { Transaction, TransactionStore } from './identity-stores.ts';
import { MAX_PENDING, tooManyPending } from './pending-limit.ts';
import { PENDING_KEY, transactionKey, ttlOf } from './redis-keys.ts';
import { parseTransactionText, transactionText } from './stored-values.ts';

/** KEYS: the transaction, those under way. ARGV: now, body, end, time to live, how many may be under way. */
const SAVE = redisScript(`
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then return 'too many' end
if redis.call('EXISTS', KEYS[1]) == 1 then return 'taken' end
redis.call('HSET', KEYS[1], 'body', ARGV[2], 'until', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[3], KEYS[1])
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[2], ARGV[4]) end
return 'saved'
`);

/** KEYS: the transaction. */
const FIND = redisScript(`return redis.call('HMGET', KEYS[1], 'body', 'until')`);

/** KEYS: the transaction, those under way. */
const TAKE = redisScript(`
local found = redis.call('HMGET', KEYS[1], 'body', 'until')
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], KEYS[1])
return found
`);

/** Sign-ins under way. Those that were never finished are dropped by Redis, and no longer counted once they are over. */
export function createRedisTransactions(
  redis: Pick<RedisLink, 'run'>,
  nowMs: () => number,
): TransactionStore {
  return {
    save: (transaction) => guardStore(() => save(redis, transaction, nowMs())),
    find: (kind, provider, id) =>
      guardStore(async () =>
        readAnswer(await redis.run(FIND, [transactionKey({ kind, provider, id })], []), nowMs()),
      ),
    take: (kind, provider, id) =>
      guardStore(async () => {
        const keys = [transactionKey({ kind, provider, id }), PENDING_KEY];
        return readAnswer(await redis.run(TAKE, keys, []), nowMs());
      }),
  };
}

async function save(redis: Pick<RedisLink, 'run'>, transaction: Transaction, nowMs: number): Promise<void> {
  const { expiresAt } = transaction;
  const answer = await redis.run(
    SAVE,
    [transactionKey(transaction), PENDING_KEY],
    [nowMs, transactionText(transaction), expiresAt, ttlOf(expiresAt, nowMs), MAX_PENDING],
  );
  if (answer === 'too many') throw tooManyPending();
  if (answer !== 'saved') throw new Error('a transaction of this id stands already');
}

/** One that is over, or that this release cannot read, is none. */
function readAnswer(answer: unknown, nowMs: number): Transaction | undefined {
  const [body, until] = Array.isArray(answer) ? answer.map(String) : [];
  return body !== undefined && Number(until) > nowMs ? parseTransactionText(body) : undefined;
}
