import { redisScript, type RedisLink } from '../../db/open-redis.ts';
import { guardStore } from './guard-store.ts';
import type { RateCounter } from './identity-stores.ts';
import { rateKey } from './redis-keys.ts';

/** KEYS: the counter. ARGV: window, ms. */
const HIT = redisScript(`
local count = redis.call('INCR', KEYS[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count
`);

/** Counts attempts in fixed windows, for all nodes together. */
export function createRedisRates(redis: Pick<RedisLink, 'run'>): RateCounter {
  return {
    hit: (key, windowMs) => guardStore(async () => Number(await redis.run(HIT, [rateKey(key)], [windowMs]))),
  };
}
