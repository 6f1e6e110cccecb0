import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { createRedisStores } from '../../src/identity/stores/redis-stores.ts';
import type { Answer } from '../../fixtures/saml/corpus-browser.ts';
import { timedAwake } from './awake-time.ts';
import { openCorpusHouse, type CorpusHouse, type CorpusHouseOptions } from './corpus-house.ts';
import { openTwofoldLink } from './redis-links.ts';
import { startRedis, type RedisServer } from './redis-server.ts';

/** What is promised of each door while Redis is away. */
const AT_MOST_MS = 2_000;

/** Two nodes of one gateway over one real Redis, for which they are patient at first. Browsers reach them in turn. */
export interface TwoNodes extends CorpusHouse {
  readonly redis: RedisServer;
  /** From now on the nodes wait for Redis as they do in earnest. Resolves once both have it so. */
  readonly inEarnest: () => Promise<void>;
}

type TwoNodesOptions = Pick<CorpusHouseOptions, 'xmlsec1' | 'more'>;

export async function openTwoNodes(options: TwoNodesOptions): Promise<TwoNodes> {
  const redis = await startRedis();
  const settings = {
    url: redis.url,
    keyPrefix: 'two-nodes',
    onWarn: () => undefined,
    monotonicMs: () => performance.now(),
  };
  const links = [await openTwofoldLink(settings), await openTwofoldLink(settings)];
  const stores = links.map((link) => createRedisStores(link, { nowMs: () => Date.now() }));
  const house = await openCorpusHouse({ ...options, stores });
  return {
    ...house,
    redis,
    inEarnest: async () => {
      for (const link of links) await link.inEarnest();
    },
    close: async () => {
      await house.close();
      for (const link of links) await link.close();
      redis.thaw();
      await redis.close();
    },
  };
}

/** One knock, and what came of it. */
export interface Knock {
  readonly door: string;
  readonly node: number;
  readonly status: number;
  readonly isInTime: boolean;
  readonly isLetIn: boolean;
}

export async function knockAt(door: string, node: number, knock: () => Promise<Answer>): Promise<Knock> {
  const { value, tookMs } = await timedAwake(knock);
  const { status, setCookie } = value;
  const isInTime = tookMs < AT_MOST_MS;
  const isLetIn = setCookie.some((line) => new RegExp(`^${SESSION_COOKIE}=[^;]`).test(line));
  return { door, node, status, isInTime, isLetIn };
}
