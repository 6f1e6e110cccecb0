import request from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { createRedisStores } from '../../src/identity/stores/redis-stores.ts';
import { timedAwake } from '../fakes/awake-time.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { openTwofoldLink } from '../fakes/redis-links.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';
import { openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

const AT_MOST_MS = 2_000;

describeWithBinary('signing in at two nodes over one Redis', ['redis-server'], () => {
  let server: RedisServer;
  let links: readonly Awaited<ReturnType<typeof openTwofoldLink>>[];
  let north: SignInHouse;
  let south: SignInHouse;
  beforeEach(async () => {
    server = await startRedis();
    const link = () =>
      openTwofoldLink({
        url: server.url,
        keyPrefix: 'test',
        onWarn: () => undefined,
        monotonicMs: () => performance.now(),
      });
    const [one, two] = [await link(), await link()];
    links = [one, two];
    north = await openSignInHouse({ stores: (clock) => createRedisStores(one, clock) });
    south = await openSignInHouse({ stores: (clock) => createRedisStores(two, clock) });
  });
  afterEach(async () => {
    for (const house of [north, south]) await house.close();
    for (const link of links) await link.close();
    server.thaw();
    await server.close();
  });

  test('begun at one it ends at the other, and is known at both', async () => {
    const begun = await north.begin();
    const outcome = await south.post(begun.cookie, { SAMLResponse: north.answer(begun) });
    expect(outcome.status).toBe(303);
    for (const house of [north, south])
      expect(await house.whoIs(outcome.token)).toMatchObject({ subject: 'alice.osei' });
  });

  test('one answer handed in 30 times at once opens one session', async () => {
    const begun = await north.begin();
    const form = { SAMLResponse: north.answer(begun) };
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, turn) => (turn % 2 === 0 ? north : south).post(begun.cookie, form)),
    );
    const tokens = outcomes.flatMap(({ token }) => token ?? []);
    expect(tokens).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 303)).toHaveLength(1);
    for (const { status } of outcomes) expect([303, 403]).toContain(status);
    for (const house of [north, south]) expect(await house.whoIs(tokens[0])).toBeDefined();
    expect([...north.events, ...south.events].filter(({ outcome }) => outcome === 'signed-in')).toHaveLength(
      1,
    );
  });

  const ways: readonly { readonly name: string; readonly leave: () => Promise<void> }[] = [
    { name: 'killed', leave: () => server.kill() },
    {
      name: 'frozen',
      leave: async () => {
        for (const link of links) await link.inEarnest();
        server.freeze();
      },
    },
  ];
  test.each(ways)(
    'Redis $name mid-login: every door answers within 2 s, none lets anybody in',
    async ({ leave }) => {
      const { token = '' } = await north.signIn();
      const begun = await north.begin();
      const form = { SAMLResponse: north.answer(begun) };
      await leave();
      const held = `${SESSION_COOKIE}=${token}`;
      const timed = async (
        call: () => Promise<{ readonly status: number }>,
      ): Promise<readonly [number, boolean]> => {
        const { value, tookMs } = await timedAwake(call);
        return [value.status, tookMs < AT_MOST_MS];
      };
      const calls = [
        () => request(north.app).get('/auth/saml/north/login'),
        () => north.post(begun.cookie, form),
        () => south.post(begun.cookie, form),
        () => request(north.app).post('/auth/logout').set('Cookie', held),
      ];
      for (const call of calls) expect(await timed(async () => call())).toEqual([503, true]);
      expect(
        [...north.events, ...south.events].filter(({ outcome }) => outcome === 'signed-in'),
      ).toHaveLength(1);
    },
  );
});
