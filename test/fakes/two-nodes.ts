import { setTimeout as pause } from 'node:timers/promises';
import { openRedis, type OpenRedisOptions, type RedisLink } from '../../src/db/open-redis.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { createRedisStores } from '../../src/identity/stores/redis-stores.ts';
import type { Answer } from '../../fixtures/saml/corpus-browser.ts';
import { openCorpusHouse, type CorpusHouse, type CorpusHouseOptions } from './corpus-house.ts';
import { startRedis, type RedisServer } from './redis-server.ts';

/** What is promised of each door while Redis is away. */
const AT_MOST_MS = 2_000;
const REACHED_WITHIN_MS = 10_000;
const RETRY_MS = 20;

/** Two nodes of one gateway over one real Redis. Browsers reach them in turn. */
export interface TwoNodes extends CorpusHouse {
  readonly redis: RedisServer;
  /** From now on the nodes wait for Redis as they do in earnest. Resolves once both have it so. */
  readonly loseIndulgence: () => Promise<void>;
}

interface TwoNodesOptions extends Pick<CorpusHouseOptions, 'xmlsec1' | 'more'> {
  /**
   * How long a node waits for Redis until it loses this indulgence; as it does in earnest when absent. A busy machine needs more, where
   * Redis is there.
   */
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
  };
  const links = [await openLink(settings, patienceMs), await openLink(settings, patienceMs)];
  const stores = links.map((link) => createRedisStores(link, { nowMs: () => Date.now() }));
  const house = await openCorpusHouse({ ...options, stores });
  return {
    ...house,
    redis,
    loseIndulgence: async () => {
      for (const link of links) await link.loseIndulgence();
    },
    close: async () => {
      await house.close();
      for (const link of links) await link.close();
      redis.thaw();
      await redis.close();
    },
  };
}

interface IndulgentLink extends RedisLink {
  readonly loseIndulgence: () => Promise<void>;
}

/** A link to Redis that gives way to one like that of a node. */
async function openLink(settings: OpenRedisOptions, patienceMs?: number): Promise<IndulgentLink> {
  const inEarnest = await openRedis(settings);
  const indulgent = patienceMs === undefined ? inEarnest : await openRedis({ ...settings, patienceMs });
  let current = indulgent;
  return {
    run: (script, keys, args) => current.run(script, keys, args),
    ping: () => current.ping(),
    loseIndulgence: async () => {
      await reached(inEarnest);
      current = inEarnest;
    },
    close: async () => {
      for (const link of new Set([inEarnest, indulgent])) await link.close();
    },
  };
}

/** A link may have been given up while the machine stood still: it mends itself. */
async function reached({ ping }: RedisLink): Promise<void> {
  const endsAt = performance.now() + REACHED_WITHIN_MS;
  for (;;) {
    try {
      await ping();
      return;
    } catch (error: unknown) {
      if (performance.now() > endsAt) throw error;
      await pause(RETRY_MS);
    }
  }
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
  const started = performance.now();
  const { status, setCookie } = await knock();
  const isInTime = performance.now() - started < AT_MOST_MS;
  const isLetIn = setCookie.some((line) => new RegExp(`^${SESSION_COOKIE}=[^;]`).test(line));
  return { door, node, status, isInTime, isLetIn };
}

/** Late is a door that was late in both of two scenes: in one of them the machine may have stood still. */
export function lateInBoth(first: readonly Knock[], second: readonly Knock[]): readonly Knock[] {
  return second.map((knock, at) => ({ ...knock, isInTime: knock.isInTime || first[at]?.isInTime === true }));
}
