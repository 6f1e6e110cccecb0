import { openRedis } from '../../src/db/open-redis.ts';
import { createRedisStores } from '../../src/identity/stores/redis-stores.ts';
import { openCorpusHouse, type CorpusHouse, type CorpusHouseOptions } from './corpus-house.ts';
import { startRedis, type RedisServer } from './redis-server.ts';

/** Two nodes of one gateway over one real Redis. Browsers reach them in turn. */
export interface TwoNodes extends CorpusHouse {
  readonly redis: RedisServer;
}

interface TwoNodesOptions extends Pick<CorpusHouseOptions, 'xmlsec1' | 'more'> {
  /** How long a node waits for Redis; as it does in earnest when absent. A busy machine needs more, where Redis is there. */
  readonly patienceMs?: number;
}

/** Starts Redis and opens the nodes, each with a connection of its own. */
export async function openTwoNodes({ patienceMs, ...options }: TwoNodesOptions): Promise<TwoNodes> {
  const redis = await startRedis();
  const settings = {
    url: redis.url,
    keyPrefix: 'two-nodes',
    onWarn: () => undefined,
    monotonicMs: () => performance.now(),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  };
  const links = [await openRedis(settings), await openRedis(settings)];
  const stores = links.map((link) => createRedisStores(link, { nowMs: () => Date.now() }));
  const house = await openCorpusHouse({ ...options, stores });
  return {
    ...house,
    redis,
    close: async () => {
      await house.close();
      for (const link of links) await link.close();
      redis.thaw();
      await redis.close();
    },
  };
}
