import type { Request } from 'express';
import request from 'supertest';
import { FRESH_COOKIE, SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import { readSignInWish } from '../../src/identity/sign-in-wish.ts';
import { ABSOLUTE_MS, IDLE_MS, openSessionsHouse, type SessionsHouse } from '../fakes/sessions-house.ts';
import { openSignInHouse } from '../fakes/sign-in-house.ts';

describe('whoever begins a sign-in proves it anew where somebody sat whose session is not open', () => {
  let house: SessionsHouse;
  beforeEach(async () => {
    house = await openSessionsHouse();
  });
  afterEach(() => house.close());

  const pass = async (ms: number): Promise<void> => {
    house.clock.nowMs += ms;
  };
  const rows: readonly {
    readonly name: string;
    readonly happens: (token: string) => Promise<unknown>;
    readonly cookie?: (token: string) => string;
    readonly mustBeFresh: boolean;
  }[] = [
    { name: 'an open session', happens: () => pass(IDLE_MS - 1), mustBeFresh: false },
    { name: 'no cookie', happens: () => pass(0), cookie: () => 'other=1', mustBeFresh: false },
    { name: 'locked on demand', happens: (token) => house.sessions.lock(token), mustBeFresh: true },
    { name: 'locked by itself', happens: () => pass(IDLE_MS), mustBeFresh: true },
    {
      name: 'locked, and then ended',
      happens: async (token) => {
        await house.sessions.lock(token);
        await house.sessions.end(secretHash(token));
      },
      mustBeFresh: true,
    },
    {
      name: 'locked, and past its end',
      happens: async (token) => {
        await house.sessions.lock(token);
        await pass(ABSOLUTE_MS);
      },
      mustBeFresh: true,
    },
    {
      name: 'suspended',
      happens: async () => house.suspensions.set('alice.osei', 'suspension 1'),
      mustBeFresh: true,
    },
    {
      name: 'unknown',
      happens: () => pass(0),
      cookie: () => `${SESSION_COOKIE}=${'A'.repeat(43)}`,
      mustBeFresh: true,
    },
    {
      name: 'no session, but told to',
      happens: () => pass(0),
      cookie: () => `${FRESH_COOKIE}=1`,
      mustBeFresh: true,
    },
  ];
  test.each(rows)('$name -> $mustBeFresh', async ({ happens, cookie, mustBeFresh }) => {
    const token = await house.arrive();
    await happens(token);
    const headers = { cookie: cookie?.(token) ?? `${SESSION_COOKIE}=${token}` };
    const wish = await readSignInWish(house, { query: {}, headers } as unknown as Request);
    expect(wish.mustBeFresh ?? false).toBe(mustBeFresh);
  });

  test('a token in the cookie is no session of a browser', async () => {
    const token = await house.arrive({}, { use: 'bearer' });
    const headers = { cookie: `${SESSION_COOKIE}=${token}` };
    const wish = await readSignInWish(house, { query: {}, headers } as unknown as Request);
    expect(wish).toMatchObject({ mustBeFresh: true });
  });
});

test('the SAML door, too: signing out of an idle session does not let the provider’s word of before in', async () => {
  const house = await openSignInHouse({ idleMs: 60_000 });
  const { token = '' } = await house.signIn();
  house.passTime(60_000);
  const out = await request(house.app).post('/auth/logout').set('Cookie', `${SESSION_COOKIE}=${token}`);
  const left = ((out.headers['set-cookie'] ?? []) as unknown as readonly string[])
    .map((line) => line.split(';', 1)[0] ?? '')
    .filter((pair) => !pair.endsWith('='));
  expect(left).toEqual([`${FRESH_COOKIE}=1`]);
  await request(house.app).get('/auth/saml/north/login').set('Cookie', left.join('; '));
  const rows = await house.database.selectFrom('login_transaction').selectAll().execute();
  expect(rows.map(({ body }) => JSON.parse(body).mustBeFresh)).toEqual([true]);
  await house.close();
});
