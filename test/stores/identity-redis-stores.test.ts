import { openRedis, redisScript, type RedisLink } from '../../src/db/open-redis.ts';
import { createRedisStores } from '../../src/identity/stores/redis-stores.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';
import { describeStoredSessions } from './identity-session-contract.ts';
import {
  describeIdentityStores,
  PROVIDER,
  sessionLike,
  START,
  transactionLike,
  type StoresUnderTest,
} from './identity-store-contract.ts';

const FLUSH = redisScript(`return redis.call('FLUSHALL')`);
const KEYS_OF_ALL = redisScript(`return redis.call('KEYS', '*')`);
const TTL_OF = redisScript(`return redis.call('PTTL', ARGV[1])`);
const GARBLE = redisScript(`
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('HSET', key, 'body', ARGV[2]) end
`);
const FLOOD = redisScript(`
for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], ARGV[2], 'flood:' .. i) end
redis.call('PEXPIRE', KEYS[1], 600000)
`);

describeWithBinary('stores on Redis', ['redis-server'], () => {
  let server: RedisServer;
  let links: readonly RedisLink[];
  beforeAll(async () => {
    server = await startRedis();
    const settings = { url: server.url, keyPrefix: 'test', patienceMs: 20_000, onWarn: () => undefined };
    const open = (): Promise<RedisLink> => openRedis({ ...settings, monotonicMs: () => performance.now() });
    links = await Promise.all([open(), open()]);
  });
  afterAll(async () => {
    for (const link of links) await link.close();
    await server.close();
  });
  const ask = (script: ReturnType<typeof redisScript>, ...args: readonly string[]): Promise<unknown> =>
    links[0]?.run(script, [], args) ?? Promise.reject(new Error('no link'));

  async function openOnRedis(): Promise<StoresUnderTest> {
    const [first, second] = links;
    if (first === undefined || second === undefined) throw new Error('no links');
    await ask(FLUSH);
    const clock = { nowMs: START };
    const time = { nowMs: () => clock.nowMs };
    return {
      nodes: [createRedisStores(first, time), createRedisStores(second, time)],
      clock,
      flood: async (count, expiresAt) => {
        await first.run(FLOOD, ['pending'], [count, expiresAt]);
      },
      garble: async (what, text) => {
        await ask(GARBLE, 'kind' in what ? 'test:transaction:*' : `test:session:${what.tokenHash}`, text);
      },
      close: () => Promise.resolve(),
    };
  }

  describeIdentityStores(openOnRedis);
  describeStoredSessions(openOnRedis);

  async function fill(given: StoresUnderTest): Promise<void> {
    const [{ sessions, transactions, rates }] = given.nodes;
    const transaction = transactionLike({ id: 'request-7' });
    await transactions.save(transaction);
    await transactions.save(transactionLike());
    const parent = sessionLike({ sessionIndex: '_index-7' });
    await sessions.open(parent, {
      transaction,
      once: { provider: PROVIDER, id: 'assertion-7', until: START + 60_000 },
    });
    await sessions.open(sessionLike({ use: 'bearer', parentHash: parent.tokenHash }, START + 1_000), {});
    await sessions.touch(parent.tokenHash, START + 1);
    await sessions.lock(parent.tokenHash, START + 1);
    await sessions.touch('unknown', START + 1);
    await sessions.lock('unknown', START + 1);
    const until = START + 60 * 60_000;
    await sessions.noteLock({ provider: PROVIDER, subject: 'alice.osei' }, { lockedAt: START, until });
    await rates.hit('10.1.2.3', 60_000);
  }

  test('every key has an end, no later than what it is for, and names nobody', async () => {
    await fill(await openOnRedis());
    const keys = (await ask(KEYS_OF_ALL)) as string[];
    const kinds = keys.map((key) => key.replace(/[0-9a-f-]{36,}/, '#')).sort();
    expect(kinds).toEqual([
      'test:lock-of:#',
      'test:of-index:#',
      'test:of-subject:#',
      'test:once:#',
      'test:pending',
      'test:rate:#',
      'test:session:#',
      'test:session:#',
      'test:session:#:children',
      'test:transaction:#',
    ]);
    for (const key of keys) {
      // The shape above leaves room for a hash or a random id only; those hold none of these letters.
      expect(key).not.toMatch(/alice|urn:|10\.1/);
      const ttlMs = Number(await ask(TTL_OF, key));
      expect([key, ttlMs > 0 && ttlMs <= 60 * 60_000]).toEqual([key, true]);
    }
  });

  test('nothing is left once all is ended', async () => {
    const given = await openOnRedis();
    await fill(given);
    const [{ sessions }] = given.nodes;
    await sessions.destroyOf({ provider: PROVIDER, subject: 'alice.osei' });
    const left = (await ask(KEYS_OF_ALL)) as string[];
    expect(left.map((key) => key.replace(/:[0-9a-f]{64}$/, '')).sort()).toEqual([
      'test:lock-of',
      'test:once',
      'test:pending',
      'test:rate',
      'test:transaction',
    ]);
  });

  test('lists are trimmed of what is over', async () => {
    const given = await openOnRedis();
    const [{ sessions }] = given.nodes;
    for (let count = 0; count < 50; count += 1) await sessions.open(sessionLike({}, START + 1_000), {});
    given.clock.nowMs = START + 1_000 + 10 * 60_000;
    await sessions.open(sessionLike(), {});
    const sizes = redisScript(`
      local key = redis.call('KEYS', 'test:of-subject:*')[1]
      return redis.call('ZCARD', key)`);
    expect(await ask(sizes)).toBe(1);
  });

  test('a node whose clock is ahead takes nothing off the lists that is alive for the others', async () => {
    const given = await openOnRedis();
    const [{ sessions }, other] = given.nodes;
    const alive = sessionLike({}, START + 60_000);
    await sessions.open(alive, {});
    given.clock.nowMs = START + 5 * 60_000;
    await other.sessions.open(sessionLike(), {});
    given.clock.nowMs = START;
    await sessions.destroyOf({ provider: PROVIDER, subject: 'alice.osei' });
    expect(await sessions.find(alive.tokenHash)).toBeUndefined();
  });

  test('a value of another type opens nothing', async () => {
    const given = await openOnRedis();
    const [{ sessions }] = given.nodes;
    await ask(redisScript(`redis.call('SET', 'test:session:x', 'y')`));
    await expect(sessions.find('x')).rejects.toMatchObject({ code: 'sessions-unavailable' });
  });
});
