import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SessionsUnavailable } from '../../src/domain/errors.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import {
  ABSOLUTE_MS,
  IDLE_MS,
  MINUTE,
  openSessionsHouse,
  START,
  type SessionsHouse,
} from '../fakes/sessions-house.ts';

let house: SessionsHouse;
beforeEach(async () => {
  house = await openSessionsHouse();
});
afterEach(() => house.close());

const lastSeen = async (): Promise<readonly number[]> =>
  (await house.database.selectFrom('login_session').selectAll().execute()).map((row) => row.last_seen_at);

describe('limits', () => {
  const rows = [
    { name: 'just used', after: [0], expect: 'alice.osei' },
    { name: 'a moment before the idle limit', after: [IDLE_MS - 1], expect: 'alice.osei' },
    { name: 'at the idle limit', after: [IDLE_MS], expect: 'SessionLocked' },
    { name: 'idle, and used again later', after: [IDLE_MS, 1, 1], expect: 'SessionLocked' },
    { name: 'used every 29 minutes', after: Array<number>(4).fill(29 * MINUTE), expect: 'alice.osei' },
    {
      name: 'a moment short of the idle limit since the last use, though that was not written down',
      after: [30_000, 20_000, IDLE_MS - 1],
      expect: 'alice.osei',
    },
    {
      name: 'used every 30 seconds, then not',
      after: [30_000, 30_000, 30_000, IDLE_MS],
      expect: 'SessionLocked',
    },
    {
      name: 'a moment before the absolute limit',
      after: [...Array<number>(35).fill(20 * MINUTE), 20 * MINUTE - 1],
      expect: 'alice.osei',
    },
    {
      name: 'at the absolute limit, in constant use',
      after: Array<number>(36).fill(20 * MINUTE),
      expect: 'NotIdentified',
    },
  ];
  test.each(rows)('$name -> $expect', async ({ after, expect: expected }) => {
    const token = await house.arrive();
    let last: string | undefined;
    for (const ms of after) {
      house.clock.nowMs += ms;
      last = await house.whose(token);
    }
    expect(last).toBe(expected);
  });

  test.each([
    {
      name: 'the identity provider ends it earlier',
      arrival: { sessionEndsAt: START + 5 * MINUTE },
      opening: {},
    },
    { name: 'its opening ends it earlier', arrival: {}, opening: { lifetimeMs: 5 * MINUTE } },
  ])('$name', async ({ arrival, opening }) => {
    const token = await house.arrive(arrival, opening);
    house.clock.nowMs += 5 * MINUTE - 1;
    expect(await house.whose(token)).toBe('alice.osei');
    house.clock.nowMs += 1;
    expect(await house.whose(token)).toBe('NotIdentified');
    expect(await lastSeen()).toEqual([]);
  });

  test.each([
    { name: 'the identity provider', arrival: { sessionEndsAt: START + 99 * ABSOLUTE_MS }, opening: {} },
    { name: 'an opening', arrival: {}, opening: { lifetimeMs: 99 * ABSOLUTE_MS } },
  ])('$name cannot end it later', async ({ arrival, opening }) => {
    const token = await house.arrive(arrival, opening);
    expect((await house.sessions.verify(token, 'browser')).expiresAt).toBe(START + ABSOLUTE_MS);
  });

  test('that nobody acts with is not used: being asked whether it still holds keeps it from locking in no way', async () => {
    const token = await house.arrive();
    const verifyQuietly = () => house.sessions.verify(token, 'browser', true);
    for (let minute = 1; minute < 30; minute += 1) {
      house.clock.nowMs += MINUTE;
      expect((await verifyQuietly()).subject).toBe('alice.osei');
    }
    expect(house.calls.get('touch') ?? 0).toBe(0);
    house.clock.nowMs += MINUTE;
    await expect(verifyQuietly()).rejects.toMatchObject({ name: 'SessionLocked' });
  });

  test('a session in steady use outlives a short idle limit', async () => {
    const brief = house.another({}, 40_000);
    const token = await house.arrive({}, {}, brief);
    for (let used = 0; used < 20; used += 1) {
      house.clock.nowMs += 15_000;
      expect(await house.whose(token, 'browser', brief)).toBe('alice.osei');
    }
  });

  test('a clock set back does not make it live longer than it was meant to', async () => {
    const token = await house.arrive();
    house.clock.nowMs -= 60 * MINUTE;
    expect(await house.whose(token)).toBe('alice.osei');
    house.clock.nowMs = START + ABSOLUTE_MS;
    expect(await house.whose(token)).toBe('NotIdentified');
  });
});

describe('being seen', () => {
  test('is written down at most once a minute, however many ask at once', async () => {
    const token = await house.arrive();
    for (let seconds = 0; seconds < 59; seconds += 1) {
      house.clock.nowMs += 1_000;
      await house.sessions.verify(token, 'browser');
    }
    expect(await lastSeen()).toEqual([START]);
    expect(house.calls.get('touch')).toBeUndefined();
    house.clock.nowMs += 1_000;
    await Promise.all(Array.from({ length: 20 }, () => house.sessions.verify(token, 'browser')));
    expect(await lastSeen()).toEqual([START + MINUTE]);
    expect(house.calls.get('touch')).toBe(1);
  });

  test('goes on from memory when it cannot be written down, and is warned of once a minute', async () => {
    const failing = house.another({ touch: () => Promise.reject(new SessionsUnavailable()) });
    const tokens = [await house.arrive({}, {}, failing), await house.arrive({}, {}, failing)];
    for (let minutes = 0; minutes < 60; minutes += 1) {
      house.clock.nowMs += MINUTE;
      for (const token of tokens) expect(await house.whose(token, 'browser', failing)).toBe('alice.osei');
    }
    expect(house.warnings).toHaveLength(60);
    expect(await lastSeen()).toEqual([START, START]);
  });
});

describe('the token', () => {
  test('stands nowhere on disk, in no form', async () => {
    const token = await house.arrive();
    const files = readdirSync(house.folder).map((name) => readFileSync(join(house.folder, name)));
    const bytes = Buffer.from(token, 'base64url');
    for (const form of [token, bytes, bytes.toString('hex'), bytes.toString('base64')]) {
      expect(files.filter((file) => file.includes(form))).toEqual([]);
    }
    expect(files.some((file) => file.includes(secretHash(token)))).toBe(true);
  });

  test('is another one each time, and 256 bits long', async () => {
    const tokens = await Promise.all([house.arrive(), house.arrive(), house.arrive()]);
    expect(new Set(tokens).size).toBe(3);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  test.each(['', 'x', 'A'.repeat(43), 'alice.osei', `' or 1=1 --`])('%j opens nothing', async (token) => {
    await house.arrive();
    expect(await house.whose(token)).toBe('NotIdentified');
    expect(await house.sessions.find(token)).toBeUndefined();
  });

  test('its hash opens nothing', async () => {
    expect(await house.whose(secretHash(await house.arrive()))).toBe('NotIdentified');
  });

  test.each([
    { name: 'a cookie as a bearer token', use: 'browser', as: 'bearer' },
    { name: 'a bearer token as a cookie', use: 'bearer', as: 'browser' },
  ] as const)('$name opens nothing, and is left as it is', async ({ use, as }) => {
    const token = await house.arrive({}, { use });
    expect(await house.whose(token, as)).toBe('NotIdentified');
    expect(await house.whose(token, use)).toBe('alice.osei');
  });
});

describe('locked', () => {
  const ways: readonly { readonly name: string; readonly lock: (token: string) => Promise<unknown> }[] = [
    { name: 'on demand', lock: (token) => house.sessions.lock(token) },
    {
      name: 'by itself',
      lock: async () => {
        house.clock.nowMs += IDLE_MS;
      },
    },
  ];
  test.each(ways)('$name it opens nothing, here and at another node, but is known', async ({ lock }) => {
    const token = await house.arrive();
    expect(await house.whose(token)).toBe('alice.osei');
    await lock(token);
    expect(await house.whose(token)).toBe('SessionLocked');
    expect(await house.whose(token, 'browser', house.another())).toBe('SessionLocked');
    const session = await house.sessions.find(token);
    expect(session?.principal.subject).toBe('alice.osei');
    expect(session !== undefined && house.sessions.isLive(session)).toBe(false);
    house.clock.nowMs = START + ABSOLUTE_MS;
    expect(await house.sessions.find(token)).toBeUndefined();
  });

  test('another node knows within a second', async () => {
    const other = house.another();
    const token = await house.arrive();
    expect(await house.whose(token, 'browser', other)).toBe('alice.osei');
    await house.sessions.lock(token);
    house.clock.nowMs += 1_001;
    expect(await house.whose(token, 'browser', other)).toBe('SessionLocked');
  });

  test('is not undone by a use that was under way', async () => {
    const token = await house.arrive();
    house.clock.nowMs += 2 * MINUTE;
    await Promise.all([house.sessions.lock(token), house.whose(token), house.whose(token)]);
    expect(await house.whose(token)).toBe('SessionLocked');
  });
});

test('a restart keeps the session, its limits and its reference', async () => {
  const role = { id: 'R8000', name: 'Radiologist' };
  const nameId = { format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' };
  const token = await house.arrive({ role, sessionIndex: '_s1', nameId });
  const before = await house.sessions.verify(token, 'browser');
  expect(before).toMatchObject({ role, sessionRef: 'ref-1' });
  expect(await house.another().verify(token, 'browser')).toEqual(before);
  expect(await house.another().find(token)).toEqual(await house.sessions.find(token));
  house.clock.nowMs += IDLE_MS;
  expect(await house.whose(token, 'browser', house.another())).toBe('SessionLocked');
});
