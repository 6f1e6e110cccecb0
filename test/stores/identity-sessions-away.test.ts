import { SessionsUnavailable } from '../../src/domain/errors.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import {
  ABSOLUTE_MS,
  ALICE,
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

describe('with the store away', () => {
  test('who was seen here is unconfirmed, who was not is not let in, and all is well when it comes back', async () => {
    const [seen, unseen] = [await house.arrive(), await house.arrive()];
    await house.whose(seen);
    house.setAway(true);
    house.clock.nowMs += 2_000;
    expect(await house.whose(seen)).toBe('alice.osei (unconfirmed)');
    expect(await house.whose(unseen)).toBe('SessionsUnavailable');
    expect(await house.whose('A'.repeat(43))).toBe('SessionsUnavailable');
    await expect(house.arrive()).rejects.toMatchObject({ code: 'sessions-unavailable' });
    house.setAway(false);
    house.clock.nowMs += 2_000;
    expect([await house.whose(seen), await house.whose(unseen)]).toEqual(['alice.osei', 'alice.osei']);
  });

  test('a session ended meanwhile is gone when it comes back', async () => {
    const other = house.another();
    const token = await house.arrive();
    await house.whose(token);
    await other.end(secretHash(token));
    house.setAway(true);
    house.clock.nowMs += 2_000;
    expect(await house.whose(token)).toBe('alice.osei (unconfirmed)');
    house.setAway(false);
    expect(await house.whose(token)).toBe('NotIdentified');
  });

  const limits = [
    { name: 'idle', after: [IDLE_MS], expect: 'SessionLocked' },
    { name: 'in use', after: [IDLE_MS - 1, IDLE_MS - 1], expect: 'alice.osei (unconfirmed)' },
    {
      name: 'over',
      after: Array<number>(36).fill(20 * MINUTE),
      expect: 'NotIdentified',
    },
  ];
  test.each(limits)('a session that is $name -> $expect', async ({ after, expect: expected }) => {
    const token = await house.arrive();
    await house.whose(token);
    house.setAway(true);
    let last = '';
    for (const ms of after) {
      house.clock.nowMs += ms;
      last = await house.whose(token);
    }
    expect(last).toBe(expected);
  });

  test('who locks is locked at this node, and stays so; who signs out is out', async () => {
    const [locked, out] = [await house.arrive(), await house.arrive()];
    for (const token of [locked, out]) await house.whose(token);
    house.setAway(true);
    await expect(house.sessions.lock(locked)).rejects.toMatchObject({ code: 'sessions-unavailable' });
    await expect(house.sessions.end(secretHash(out))).rejects.toMatchObject({ code: 'sessions-unavailable' });
    expect(await house.whose(locked)).toBe('SessionLocked');
    expect(['NotIdentified', 'SessionsUnavailable']).toContain(await house.whose(out));
    house.setAway(false);
    house.clock.nowMs += 2_000;
    expect([await house.whose(locked), await house.whose(out)]).toEqual(['SessionLocked', 'NotIdentified']);
  });

  test('a token is unconfirmed when what it hangs on is', async () => {
    const parent = await house.arrive();
    const child = await house.arrive({}, { use: 'bearer', parentHash: secretHash(parent) });
    await house.whose(child, 'bearer');
    house.clock.nowMs += 2_000;
    // Only the token is read anew before the store goes.
    await house.sessions.find(child);
    house.setAway(true);
    expect(await house.whose(child, 'bearer')).toBe('alice.osei (unconfirmed)');
  });

  test('the memory of one node has an end: who was longest not seen is forgotten first', async () => {
    let isAway = false;
    const many = house.another({
      find: async (tokenHash) => {
        if (isAway) throw new SessionsUnavailable();
        const principal = {
          kind: 'person',
          ...ALICE,
          expiresAt: START + ABSOLUTE_MS,
          sessionRef: 'x',
        } as const;
        return { tokenHash, use: 'browser', principal, createdAt: START, lastSeenAt: START };
      },
    });
    for (let count = 0; count <= 10_000; count += 1) await many.verify(String(count), 'browser');
    isAway = true;
    house.clock.nowMs += 2_000;
    expect(await house.whose('0', 'browser', many)).toBe('SessionsUnavailable');
    expect(await house.whose('1', 'browser', many)).toBe('alice.osei (unconfirmed)');
  });
});
