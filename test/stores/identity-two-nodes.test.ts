import { randomBytes, randomUUID } from 'node:crypto';
import type { RedisLink } from '../../src/db/open-redis.ts';
import { NotIdentified, SessionsUnavailable } from '../../src/domain/errors.ts';
import type { Sessions } from '../../src/identity/door-deps.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import { createSessions } from '../../src/identity/sessions/create-sessions.ts';
import { createRedisStores } from '../../src/identity/stores/redis-stores.ts';
import { timedAwake } from '../fakes/awake-time.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { openTwofoldLink } from '../fakes/redis-links.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';

const SOON_MS = 15_000;
const ALICE = { provider: 'urn:idp', subject: 'alice.osei', method: 'saml', assurance: 3 } as const;

describeWithBinary('two nodes, one Redis', ['redis-server'], () => {
  let server: RedisServer;
  let links: readonly Awaited<ReturnType<typeof openTwofoldLink>>[];
  /** What the nodes remember ages by this, and by nothing else. */
  let passedMs = 0;
  const nodeOn = (link: RedisLink): Sessions => {
    const clock = { nowMs: () => Date.now(), monotonicMs: () => passedMs };
    return createSessions({
      store: createRedisStores(link, clock).sessions,
      limits: { idleMs: 60_000, absoluteMs: 600_000 },
      clock,
      randomBytes: (count) => randomBytes(count),
      newId: () => randomUUID(),
      onWarn: () => undefined,
      onEvent: () => undefined,
      suspensionOf: () => undefined,
      revocationOf: () => undefined,
    });
  };
  let first: Sessions;
  let second: Sessions;
  beforeEach(async () => {
    server = await startRedis();
    const connect = () =>
      openTwofoldLink({
        url: server.url,
        keyPrefix: 'test',
        onWarn: () => undefined,
        monotonicMs: () => performance.now(),
      });
    const [one, two] = [await connect(), await connect()];
    links = [one, two];
    [first, second] = [nodeOn(one), nodeOn(two)];
  });
  afterEach(async () => {
    for (const link of links) await link.close();
    server.thaw();
    await server.close();
  });
  const arrive = async (): Promise<string> =>
    (await first.open({ ...ALICE, authenticatedAt: Date.now() }, { use: 'browser' })).token;
  const whose = async (token: string, at: Sessions): Promise<string> => {
    try {
      const { subject, unconfirmed = false } = await at.verify(token, 'browser');
      return unconfirmed ? `${subject} (unconfirmed)` : subject;
    } catch (error: unknown) {
      if (error instanceof NotIdentified || error instanceof SessionsUnavailable) return error.name;
      throw error;
    }
  };
  /** What Redis does not answer ends as soon as in earnest. */
  const freeze = async (): Promise<void> => {
    for (const link of links) await link.inEarnest();
    server.freeze();
  };
  /** How long until this holds. */
  const until = async (holds: () => Promise<boolean>): Promise<number> => {
    const began = performance.now();
    while (performance.now() - began < SOON_MS) {
      if (await holds()) return performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return Infinity;
  };

  const endings: readonly {
    readonly name: string;
    readonly end: (token: string) => Promise<unknown>;
    readonly then: string;
  }[] = [
    { name: 'ended', end: (token) => first.end(secretHash(token)), then: 'NotIdentified' },
    { name: 'locked', end: (token) => first.lock(token), then: 'SessionLocked' },
    {
      name: 'ended everywhere',
      end: () => first.endOf({ provider: ALICE.provider, subject: ALICE.subject }, 'everywhere'),
      then: 'NotIdentified',
    },
  ];
  test.each(endings)('a session $name at one is refused at the other after a second', async (row) => {
    const token = await arrive();
    expect(await whose(token, second)).toBe('alice.osei');
    await row.end(token);
    expect(await whose(token, first)).toBe(row.then);
    passedMs += 1_001;
    expect(await whose(token, second)).toBe(row.then);
  });

  const ways: readonly { readonly name: string; readonly leave: () => Promise<void> }[] = [
    { name: 'killed', leave: () => server.kill() },
    { name: 'frozen', leave: freeze },
  ];
  test.each(ways)(
    'Redis $name: who was seen reads on, unconfirmed; nobody else comes in',
    async ({ leave }) => {
      const token = await arrive();
      expect(await whose(token, first)).toBe('alice.osei');
      await leave();
      passedMs += 1_001;
      const isUnconfirmed = async (): Promise<boolean> =>
        (await whose(token, first)) === 'alice.osei (unconfirmed)';
      expect((await timedAwake(() => until(isUnconfirmed))).tookMs).toBeLessThan(2_000);
      const { tookMs } = await timedAwake(async () => {
        expect(await whose(token, second)).toBe('SessionsUnavailable');
        await expect(arrive()).rejects.toMatchObject({ code: 'sessions-unavailable' });
      });
      expect(tookMs).toBeLessThan(2_500);
    },
  );

  test('Redis thawed: who was seen is confirmed again', async () => {
    const token = await arrive();
    await whose(token, first);
    await freeze();
    passedMs += 1_001;
    await until(async () => (await whose(token, first)) === 'alice.osei (unconfirmed)');
    server.thaw();
    expect(await until(async () => (await whose(token, first)) === 'alice.osei')).toBeLessThan(SOON_MS);
    expect(await until(async () => (await whose(token, second)) === 'alice.osei')).toBeLessThan(SOON_MS);
  });

  test.each(endings)('Redis thawed: a session $name meanwhile is so at both nodes', async ({ end, then }) => {
    const token = await arrive();
    await whose(token, first);
    await freeze();
    await expect(end(token)).rejects.toMatchObject({ code: 'sessions-unavailable' });
    passedMs += 1_001;
    expect(await whose(token, first)).toBe(then);
    server.thaw();
    const isSo = async (): Promise<boolean> => {
      passedMs += 1_001;
      await first.find('A'.repeat(43)).catch(() => undefined);
      return (await whose(token, second)) === then;
    };
    expect(await until(isSo)).toBeLessThan(SOON_MS);
    for (const link of links) link.inPeace();
    expect(await whose(token, first)).toBe(then);
  });

  test('one login has at most 50 sessions, however many open at once at both nodes', async () => {
    const comeIn = (node: Sessions) =>
      node.open({ ...ALICE, authenticatedAt: Date.now() }, { use: 'browser' });
    await Promise.all(Array.from({ length: 70 }, (_, turn) => comeIn(turn % 2 === 0 ? first : second)));
    const ended = await first.endOf({ provider: ALICE.provider, subject: ALICE.subject }, 'everywhere');
    expect(ended.length).toBeGreaterThan(0);
    expect(ended.length).toBeLessThanOrEqual(50);
  });

  test('Redis started anew is empty: whoever was signed in signs in again', async () => {
    const token = await arrive();
    await whose(token, first);
    await server.restart();
    passedMs += 1_001;
    expect(await until(async () => (await whose(token, first)) === 'NotIdentified')).toBeLessThan(SOON_MS);
  });
});
