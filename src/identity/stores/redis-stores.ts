import type { RedisLink } from '../../db/open-redis.ts';
import type { Clock } from '../../flows/ports.ts';
import { guardStore } from './guard-store.ts';
import type { IdentityStores } from './identity-stores.ts';
import { createRedisRates } from './redis-rates.ts';
import { createRedisSessions } from './redis-sessions.ts';
import { createRedisTransactions } from './redis-transactions.ts';

/**
 * The store of several nodes. Every key has an end, so nothing has to be cleared away; but whether something is over is for the
 * gateway's clock to say. People, providers and sessions stand in keys as hashes only. One script touches many
 * keys, so this is for a server and its replicas, not for a cluster.
 */
export function createRedisStores(redis: RedisLink, clock: Pick<Clock, 'nowMs'>): IdentityStores {
  return {
    transactions: createRedisTransactions(redis, clock.nowMs),
    sessions: createRedisSessions(redis, clock.nowMs),
    rates: createRedisRates(redis),
    isWell: () =>
      guardStore(redis.ping).then(
        () => true,
        () => false,
      ),
  };
}
