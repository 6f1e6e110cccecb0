import { inspect } from 'node:util';
import { openRedis, type OpenRedisOptions, type RedisLink } from '../../src/db/open-redis.ts';
import type { IdentityStores } from '../../src/identity/stores/identity-stores.ts';
import { createRedisStores } from '../../src/identity/stores/redis-stores.ts';
import { timedAwake } from '../fakes/awake-time.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';
import { PROVIDER, sessionLike, START, transactionLike } from './identity-store-contract.ts';

/** What a person at a login door waits at most. */
const AT_MOST_MS = 2_000;
const SOON_MS = 15_000;
/** Of a link that is told nothing else. */
const PATIENCE_MS = 1_000;
/** A timer may be a moment early. */
const EARLY_MS = 10;
/** Where Redis is there, or refuses at once. */
const PATIENT = { patienceMs: 20_000 };
const PASSWORD = 'correct horse battery staple';

/** Every call of the port. */
function callAll({ transactions, sessions, rates }: IdentityStores): readonly Promise<unknown>[] {
  return [
    transactions.save(transactionLike()),
    transactions.find('saml-sign-in', PROVIDER, 'x'),
    transactions.take('saml-sign-in', PROVIDER, 'x'),
    sessions.open(sessionLike(), {}),
    sessions.spend({ provider: PROVIDER, id: 'x', until: START + 1 }),
    sessions.find('x'),
    sessions.touch('x', START),
    sessions.lock('x', START),
    sessions.noteLock({ provider: PROVIDER, subject: 'x' }, { lockedAt: START, until: START + 1 }),
    sessions.lastLockOf({ provider: PROVIDER, subject: 'x' }),
    sessions.destroy('x'),
    sessions.destroyOf({ provider: PROVIDER, subject: 'x' }),
    sessions.listOf({ provider: PROVIDER, subject: 'x' }),
    rates.hit('x', 1_000),
  ];
}

async function endsOf(calls: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const ends = await Promise.allSettled(calls);
  return ends.map((end) => (end.status === 'fulfilled' ? 'done' : end.reason));
}

/**
 * Every call is done. A machine that stands still for as long as Redis is waited for may cost one round, and only where every call that failed
 * had all that time.
 */
async function areAllDone(stores: IdentityStores, patienceMs = PATIENCE_MS): Promise<boolean> {
  const round = await Promise.all(callAll(stores).map((call) => timedAwake(() => endsOf([call]))));
  const failed = round.filter(({ value: [end] }) => end !== 'done');
  if (failed.length === 0) return true;
  if (failed.some(({ tookMs }) => tookMs < patienceMs - EARLY_MS) || !(await untilWell(stores))) return false;
  return (await endsOf(callAll(stores))).every((end) => end === 'done');
}

async function untilWell(stores: IdentityStores): Promise<boolean> {
  const deadline = performance.now() + SOON_MS;
  while (performance.now() < deadline) {
    if (await stores.isWell()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

describeWithBinary('Redis that goes away', ['redis-server'], () => {
  let server: RedisServer;
  const links: RedisLink[] = [];
  const warnings: string[] = [];
  const connect = async (changes: Partial<OpenRedisOptions> = {}): Promise<RedisLink> => {
    const link = await openRedis({
      url: server.url,
      password: PASSWORD,
      keyPrefix: 'test',
      onWarn: (message) => warnings.push(message),
      monotonicMs: () => performance.now(),
      ...changes,
    });
    links.push(link);
    return link;
  };
  const storesOn = (link: RedisLink): IdentityStores => createRedisStores(link, { nowMs: () => START });
  beforeEach(async () => {
    warnings.length = 0;
    server = await startRedis({ password: PASSWORD });
  });
  afterEach(async () => {
    for (const link of links.splice(0)) await link.close();
    server.thaw();
    await server.close();
  });

  const ways: readonly {
    readonly name: string;
    readonly leave: () => Promise<void>;
    readonly comeBack: () => Promise<void>;
    readonly wishes: Partial<OpenRedisOptions>;
  }[] = [
    { name: 'killed', leave: () => server.kill(), comeBack: () => server.restart(), wishes: PATIENT },
    {
      name: 'frozen',
      wishes: {},
      leave: async () => {
        server.freeze();
      },
      comeBack: async () => {
        server.thaw();
      },
    },
  ];
  test.each(ways)(
    '$name: every call ends within 2 s, and all is well afterwards',
    async ({ leave, comeBack, wishes }) => {
      const stores = storesOn(await connect(wishes));
      expect(await untilWell(stores)).toBe(true);
      await leave();
      for (let round = 0; round < 3; round += 1) {
        const { value, tookMs } = await timedAwake(() => endsOf(callAll(stores)));
        for (const end of value) expect(end).toMatchObject({ code: 'sessions-unavailable' });
        expect(tookMs).toBeLessThan(AT_MOST_MS);
      }
      expect((await timedAwake(() => stores.isWell())).value).toBe(false);
      await comeBack();
      expect(await untilWell(stores)).toBe(true);
      expect(await areAllDone(stores, wishes.patienceMs)).toBe(true);
    },
  );

  test('frozen: what is asked does not pile up, the connection is given up', async () => {
    const stores = storesOn(await connect({ patienceMs: 5_000 }));
    expect(await untilWell(stores)).toBe(true);
    server.freeze();
    await endsOf(callAll(stores));
    await endsOf(callAll(stores));
    const { tookMs } = await timedAwake(() =>
      endsOf(Array.from({ length: 100 }, () => stores.sessions.find('x'))),
    );
    // Less than any single call may wait.
    expect(tookMs).toBeLessThan(3_500);
    server.thaw();
    expect(await untilWell(stores)).toBe(true);
  });

  test.each(ways)('$name at the start: the gateway starts all the same', async (way) => {
    await way.leave();
    const { value: link, tookMs } = await timedAwake(() => connect(way.wishes));
    expect(tookMs).toBeLessThan(AT_MOST_MS);
    const stores = storesOn(link);
    for (const end of await endsOf(callAll(stores)))
      expect(end).toMatchObject({ code: 'sessions-unavailable' });
    await way.comeBack();
    expect(await untilWell(stores)).toBe(true);
    expect(await areAllDone(stores, way.wishes.patienceMs)).toBe(true);
  });

  test('is warned of once, and once more when it is back', async () => {
    const stores = storesOn(await connect(PATIENT));
    await server.kill();
    for (let round = 0; round < 20; round += 1) await endsOf(callAll(stores));
    await server.restart();
    expect(await untilWell(stores)).toBe(true);
    expect(warnings).toEqual([
      expect.stringMatching(/^Redis cannot be used \([A-Za-z ]+\)/),
      'Redis answers again.',
    ]);
  });

  test('a wrong password opens nothing, and is not said aloud', async () => {
    const stores = storesOn(await connect({ ...PATIENT, password: `${PASSWORD} not` }));
    expect(await stores.isWell()).toBe(false);
    const [fault] = await endsOf([stores.sessions.find('secret-hash')]);
    expect(warnings.join()).toContain('WRONGPASS');
    for (const text of [warnings.join(), inspect(fault, { depth: 9, showHidden: true })]) {
      expect(text).not.toMatch(/battery|secret-hash/);
    }
  });

  test('a fault tells neither what was asked nor what was kept', async () => {
    const stores = storesOn(await connect(PATIENT));
    await server.kill();
    const session = sessionLike();
    const ends = await endsOf([stores.sessions.open(session, { transaction: transactionLike() })]);
    expect(inspect(ends, { depth: 9, showHidden: true })).not.toMatch(
      new RegExp(`alice|urn:idp|${session.tokenHash}`),
    );
  });

  test('a server that drops keys when it is full is warned of', async () => {
    const forgetful = await startRedis({
      settings: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'],
    });
    const link = await openRedis({
      ...PATIENT,
      url: forgetful.url,
      keyPrefix: 'test',
      onWarn: (message) => warnings.push(message),
      monotonicMs: () => performance.now(),
    });
    const deadline = performance.now() + SOON_MS;
    while (warnings.length === 0 && performance.now() < deadline) await link.ping();
    expect(warnings).toEqual([expect.stringContaining('allkeys-lru')]);
    await link.close();
    await forgetful.close();
  });

  test.each(['http://127.0.0.1:6379', 'redis://127.0.0.1:6379/abc', 'redis://127.0.0.1:6379/1/2'])(
    '%s is refused: no address of Redis',
    async (url) => {
      await expect(connect({ url })).rejects.toThrow(TypeError);
    },
  );
});
