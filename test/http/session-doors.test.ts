import type { Express } from 'express';
import request, { type Test } from 'supertest';
import { FRESH_COOKIE, SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import type { SessionDoorOptions } from '../../src/identity/session-doors.ts';
import type { StoredSession } from '../../src/identity/stores/identity-stores.ts';
import { postFrom, sessionDoorsApp, toldBy } from '../fakes/session-doors-app.ts';
import {
  ABSOLUTE_MS,
  ALICE,
  IDLE_MS,
  openSessionsHouse,
  type SessionsHouse,
} from '../fakes/sessions-house.ts';

const SIGNED_OUT = '/auth/sign-in?signed-out=1';
const proveAnew = `${FRESH_COOKIE}=1; Path=/; HttpOnly; Secure; SameSite=Lax`;
const cleared = `${SESSION_COOKIE}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax`;

let house: SessionsHouse;
beforeEach(async () => {
  house = await openSessionsHouse();
});
afterEach(() => house.close());
const appWith = (options: Partial<SessionDoorOptions> = {}): Express => sessionDoorsApp(house, options);
const post = (path: string, token?: string, app = appWith()): Test => postFrom(app, path, token);
const told = (): readonly string[] => toldBy(house);

describe.each(['/auth/logout', '/auth/logout-everywhere'])('POST %s', (path) => {
  test('ends the session and what hangs on it, and says so', async () => {
    const token = await house.arrive();
    const child = await house.arrive({}, { use: 'bearer', parentHash: secretHash(token) });
    const res = await post(path, token);
    expect([res.status, res.headers['location']]).toEqual([303, SIGNED_OUT]);
    expect(res.headers['set-cookie']).toEqual([cleared]);
    expect(res.headers['cache-control']).toBe('no-store');
    expect([await house.whose(token), await house.whose(child, 'bearer')]).toEqual([
      'NotIdentified',
      'NotIdentified',
    ]);
    expect(told()).toContain('signed-out');
    expect(house.events.at(-1)).toMatchObject({ subject: 'alice.osei', sessionRef: 'ref-1' });
  });

  test.each([
    { name: 'no cookie', token: async () => undefined },
    { name: 'a cookie of nobody', token: async () => 'A'.repeat(43) },
    { name: 'a bearer token in the cookie', token: () => house.arrive({}, { use: 'bearer' }) },
    {
      name: 'a session that is over',
      token: async () => {
        const token = await house.arrive();
        house.clock.nowMs += ABSOLUTE_MS;
        return token;
      },
    },
  ])('with $name goes the same way, and tells of nobody', async ({ name, token }) => {
    const res = await post(path, await token());
    expect([res.status, res.headers['location'], res.headers['set-cookie']]).toEqual([
      303,
      SIGNED_OUT,
      name === 'no cookie' ? [cleared] : [cleared, proveAnew],
    ]);
    if (!name.includes('bearer')) expect(told()).toEqual([]);
  });

  const locks: readonly { readonly name: string; readonly lock: (token: string) => Promise<unknown> }[] = [
    { name: 'on demand', lock: (token) => house.sessions.lock(token) },
    {
      name: 'by itself',
      lock: async () => {
        house.clock.nowMs += IDLE_MS;
      },
    },
  ];
  test.each(locks)('from a session locked $name ends it, and opens nothing', async ({ lock }) => {
    const token = await house.arrive();
    await lock(token);
    const lockedAt = house.clock.nowMs;
    house.clock.nowMs += 1_000;
    const res = await post(path, token);
    expect(res.headers['set-cookie']).toEqual([cleared, proveAnew]);
    expect(await house.whose(token)).toBe('NotIdentified');
    expect(await house.sessions.lastLockOf(ALICE)).toBe(lockedAt);
  });

  test('goes on to the identity provider, where it takes sign-outs', async () => {
    const seen: StoredSession[] = [];
    const app = appWith({
      onSignedOut: async (session) => {
        seen.push(session);
        expect(await house.sessions.findByHash(session.tokenHash)).toBeUndefined();
        return '/auth/saml/trust/sign-out?request=_1';
      },
    });
    const res = await post(path, await house.arrive({ sessionIndex: '_1' }), app);
    expect(res.headers['location']).toBe('/auth/saml/trust/sign-out?request=_1');
    expect(seen).toEqual([expect.objectContaining({ sessionIndex: '_1' })]);
  });

  test.each([
    { name: 'cannot be told', onSignedOut: () => Promise.reject(new Error('away')) },
    { name: 'takes none', onSignedOut: () => Promise.resolve(undefined) },
  ])('an identity provider that $name changes nothing', async ({ onSignedOut }) => {
    const token = await house.arrive();
    const res = await post(path, token, appWith({ onSignedOut }));
    expect(res.headers['location']).toBe(SIGNED_OUT);
    expect(await house.whose(token)).toBe('NotIdentified');
  });

  test('with the store away says so, and the session is gone from this browser', async () => {
    const token = await house.arrive();
    await house.whose(token);
    house.setAway(true);
    const res = await post(path, token);
    expect([res.status, res.headers['set-cookie']]).toEqual([503, [cleared]]);
    expect(await house.whose(token)).toBe('NotIdentified');
    house.setAway(false);
    await house.sessions.catchUp();
    expect(await house.whose(token, 'browser', house.another())).toBe('NotIdentified');
  });

  test('with the store away from a node that never saw the session: it ends when the store is back', async () => {
    const token = await house.arrive();
    house.setAway(true);
    const res = await post(path, token);
    expect([res.status, res.headers['set-cookie']]).toEqual([503, [cleared, proveAnew]]);
    house.setAway(false);
    await house.sessions.catchUp();
    expect(await house.whose(token)).toBe('NotIdentified');
  });
});

test('signing out here leaves the other sessions; signing out everywhere leaves other people', async () => {
  const [here, there] = [await house.arrive(), await house.arrive()];
  const script = await house.arrive({}, { use: 'bearer' });
  const ben = await house.arrive({ subject: 'ben.carter' });
  await post('/auth/logout', here);
  expect([await house.whose(here), await house.whose(there)]).toEqual(['NotIdentified', 'alice.osei']);
  await post('/auth/logout-everywhere', there);
  expect([await house.whose(there), await house.whose(script, 'bearer')]).toEqual([
    'NotIdentified',
    'NotIdentified',
  ]);
  expect(await house.whose(ben)).toBe('ben.carter');
  expect(told()).toEqual(['signed-out', 'revoked everywhere', 'revoked everywhere', 'signed-out']);
});

describe.each(['/auth/logout', '/auth/logout-everywhere', '/auth/lock'])('%s', (path) => {
  test.each([
    { name: 'another site', headers: { Origin: 'https://evil.example' } },
    {
      name: 'another site, with a bearer token',
      headers: { Origin: 'https://evil.example', Authorization: 'Bearer x' },
    },
    { name: 'another site, by fetch metadata', headers: { 'Sec-Fetch-Site': 'cross-site' } },
  ])('from $name does nothing', async ({ headers }) => {
    const token = await house.arrive();
    const res = await request(appWith()).post(path).set(headers).set('Cookie', `${SESSION_COOKIE}=${token}`);
    expect([res.status, res.headers['set-cookie']]).toEqual([403, undefined]);
    expect(await house.whose(token)).toBe('alice.osei');
  });

  test('by GET does nothing', async () => {
    const token = await house.arrive();
    const res = await request(appWith()).get(path).set('Cookie', `${SESSION_COOKIE}=${token}`);
    expect(res.status).toBe(405);
    expect(await house.whose(token)).toBe('alice.osei');
  });
});
