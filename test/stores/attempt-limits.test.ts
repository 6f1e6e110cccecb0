import express from 'express';
import { openRedis } from '../../src/db/open-redis.ts';
import { SessionsUnavailable, TooManyAttempts } from '../../src/domain/errors.ts';
import { createAttemptLimits } from '../../src/identity/attempt-limits.ts';
import type { AttemptLimits } from '../../src/identity/door-deps.ts';
import type { RateCounter } from '../../src/identity/stores/identity-stores.ts';
import { createMemoryRates } from '../../src/identity/stores/memory-rates.ts';
import { createRedisRates } from '../../src/identity/stores/redis-rates.ts';
import { timedAwake } from '../fakes/awake-time.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';

const BOUNDS = { perAddressPerMinute: 3, perAccountPerMinute: 2 };
/** 14:05:00 exactly: a minute begins. */
const START = Date.UTC(2026, 2, 3, 14, 5, 0);

interface House {
  readonly limits: AttemptLimits;
  readonly from: (address: string) => Promise<number | undefined>;
  readonly at: (account: string) => Promise<number | undefined>;
  readonly passTime: (ms: number) => void;
}

/** Limits over this counter. `from` and `at` give the seconds to wait, or undefined when let through. */
function house(rates: RateCounter): House {
  let nowMs = START;
  let address = '';
  const hopOf = () => ({ address, isCardListener: false });
  const limits = createAttemptLimits({ rates, bounds: BOUNDS, hopOf, clock: { nowMs: () => nowMs } });
  const waitOf = async (attempt: Promise<void>): Promise<number | undefined> => {
    try {
      await attempt;
      return undefined;
    } catch (error: unknown) {
      if (error instanceof TooManyAttempts) return error.retryAfterSeconds;
      throw error;
    }
  };
  return {
    limits,
    from: (given) => {
      address = given;
      return waitOf(limits.ofAddress(express.request));
    },
    at: (account) => waitOf(limits.ofAccount(account)),
    passTime: (ms) => void (nowMs += ms),
  };
}

async function usedUp(from: House['from'], address: string): Promise<void> {
  for (let count = 0; count < BOUNDS.perAddressPerMinute; count += 1) {
    expect(await from(address)).toBeUndefined();
  }
}

/** What holds whatever counts. Each test uses keys of its own, for one Redis serves all. */
function contract(open: () => RateCounter): void {
  test('an address has its bound, then waits to the end of the minute, and is let in again', async () => {
    const { from, passTime } = house(open());
    await usedUp(from, '192.0.2.1');
    expect(await from('192.0.2.1')).toBe(60);
    passTime(36_001);
    expect(await from('192.0.2.1')).toBe(24);
    passTime(23_998);
    expect(await from('192.0.2.1')).toBe(1);
    passTime(1);
    expect(await from('192.0.2.1')).toBeUndefined();
  });

  test('other addresses are not held up', async () => {
    const { from } = house(open());
    await usedUp(from, '192.0.2.2');
    expect(await from('192.0.2.3')).toBeUndefined();
  });

  test.each([
    { one: '2001:db8:2:3::1', other: '2001:db8:2:3:ffff:ffff:ffff:ffff', same: true },
    { one: '2001:db8:2:4::1', other: '2001:db8:2:5::1', same: false },
    { one: '2001:DB8:2:6::1', other: '2001:db8:2:6:0:0:0:2', same: true },
    { one: '192.0.2.20', other: '::ffff:192.0.2.20', same: true },
    { one: '::ffff:192.0.2.21', other: '::ffff:192.0.2.22', same: false },
    { one: 'fe80::1%eth0', other: 'fe80::2%eth0', same: true },
  ])('$one and $other are one subscriber: $same', async ({ one, other, same }) => {
    const { from } = house(open());
    await usedUp(from, one);
    expect((await from(other)) !== undefined).toBe(same);
  });

  test('an account is counted whatever its spelling, and apart from addresses of that name', async () => {
    const { at, from } = house(open());
    expect([await at('Alice.Osei'), await at(' alice.osei')]).toEqual([undefined, undefined]);
    expect(await at('ALICE.OSEI')).toBe(60);
    expect(await at('ａlice.osei')).toBe(60);
    expect(await at('alice.osei2')).toBeUndefined();
    expect(await from('alice.osei')).toBeUndefined();
  });

  test('thirty at once: no more than the bound get through', async () => {
    const { at } = house(open());
    const waits = await Promise.all(Array.from({ length: 30 }, () => at('at-once')));
    expect(waits.filter((wait) => wait === undefined)).toHaveLength(BOUNDS.perAccountPerMinute);
  });
}

describe('attempts counted in memory', () => {
  contract(() => createMemoryRates(() => 0));

  test('keys are hashes: no name and no address is kept', async () => {
    const keys: string[] = [];
    const { from, at } = house({
      hit: async (key, windowMs) => {
        keys.push(`${key} ${windowMs}`);
        return 1;
      },
    });
    await from('192.0.2.1');
    await at('alice.osei');
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64} 60000$/);
    expect(new Set(keys).size).toBe(2);
  });

  test('nodes count one minute together, and the next apart', async () => {
    const rates = createMemoryRates(() => 0);
    const [one, two] = [house(rates), house(rates)];
    await usedUp(one.from, '192.0.2.9');
    expect(await two.from('192.0.2.9')).toBe(60);
    two.passTime(60_000);
    expect(await two.from('192.0.2.9')).toBeUndefined();
  });

  test.each([
    { name: 'is away', error: new SessionsUnavailable() },
    { name: 'is broken', error: new TypeError('broken') },
  ])('a counter that $name lets nobody through', async ({ error }) => {
    const { limits } = house({ hit: () => Promise.reject(error) });
    await expect(limits.ofAddress(express.request)).rejects.toBe(error);
    await expect(limits.ofAccount('alice.osei')).rejects.toBe(error);
  });
});

describeWithBinary('attempts counted in Redis', ['redis-server'], () => {
  let server: RedisServer;
  let redis: Awaited<ReturnType<typeof openRedis>>;
  let count = 0;
  beforeAll(async () => {
    server = await startRedis();
    redis = await openRedis({
      url: server.url,
      keyPrefix: 'attempts',
      // A busy machine needs more than a second where Redis is there; where it is killed calls are refused at once.
      patienceMs: 20_000,
      onWarn: () => undefined,
      monotonicMs: () => performance.now(),
    });
  });
  afterAll(async () => {
    await redis.close();
    await server.close();
  });

  contract(() => {
    const rates = createRedisRates(redis);
    const house = String((count += 1));
    return { hit: (key, windowMs) => rates.hit(`${house} ${key}`, windowMs) };
  });

  test('Redis gone -> SessionsUnavailable within two seconds, and nobody through', async () => {
    const { limits } = house(createRedisRates(redis));
    await server.kill();
    const { tookMs } = await timedAwake(async () => {
      await expect(limits.ofAddress(express.request)).rejects.toBeInstanceOf(SessionsUnavailable);
      await expect(limits.ofAccount('alice.osei')).rejects.toBeInstanceOf(SessionsUnavailable);
    });
    expect(tookMs).toBeLessThan(2_000);
  });
});
