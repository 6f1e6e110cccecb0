import { SessionsUnavailable } from '../../src/domain/errors.ts';
import type { Sessions } from '../../src/identity/door-deps.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import { createUnfinished } from '../../src/identity/sessions/create-unfinished.ts';
import { ALICE, openSessionsHouse, type SessionsHouse } from '../fakes/sessions-house.ts';

const OWNER = { provider: ALICE.provider, subject: ALICE.subject };
const UNAVAILABLE = { code: 'sessions-unavailable' };

let house: SessionsHouse;
let other: Sessions;
beforeEach(async () => {
  house = await openSessionsHouse();
  other = house.another();
});
afterEach(() => house.close());

/** Somebody whom this node has seen, and then the store goes. */
async function seen(): Promise<string> {
  const token = await house.arrive();
  await house.whose(token);
  return token;
}

async function whileAway(act: () => Promise<unknown>): Promise<void> {
  house.setAway(true);
  await act();
  house.setAway(false);
  house.clock.nowMs += 2_000;
}

const fails = (call: Promise<unknown>): Promise<void> => expect(call).rejects.toMatchObject(UNAVAILABLE);

describe('what could not be written while the store was away is written when it answers', () => {
  const ways: readonly {
    readonly name: string;
    readonly act: (token: string) => Promise<unknown>;
    readonly expect: string;
  }[] = [
    { name: 'signing out', act: (token) => house.sessions.end(secretHash(token)), expect: 'NotIdentified' },
    { name: 'locking', act: (token) => house.sessions.lock(token), expect: 'SessionLocked' },
    {
      name: 'signing out everywhere',
      act: () => house.sessions.endOf(OWNER, 'everywhere'),
      expect: 'NotIdentified',
    },
    {
      name: 'locking after signing out',
      act: async (token) => {
        await fails(house.sessions.end(secretHash(token)));
        return house.sessions.lock(token);
      },
      expect: 'NotIdentified',
    },
  ];
  test.each(ways)('$name: at this node at once, at others then', async ({ act, expect: expected }) => {
    const token = await seen();
    await whileAway(async () => {
      await fails(act(token));
      expect(await house.whose(token)).toBe(expected);
    });
    expect(await house.whose(token, 'browser', other)).toBe('alice.osei');
    await house.sessions.catchUp();
    house.clock.nowMs += 2_000;
    expect(await house.whose(token, 'browser', other)).toBe(expected);
    expect(await house.whose(token, 'browser', house.another())).toBe(expected);
    expect(await house.whose(token)).toBe(expected);
  });

  test.each(ways)('$name: any session that is read sets it going', async ({ act, expect: expected }) => {
    const token = await seen();
    const ben = await house.arrive({ subject: 'ben.carter' });
    await whileAway(() => fails(act(token)));
    expect(await house.whose(ben)).toBe('ben.carter');
    const until = Date.now() + 5_000;
    let seenAs = '';
    while (seenAs !== expected && Date.now() < until) {
      seenAs = await house.whose(token, 'browser', house.another());
    }
    expect(seenAs).toBe(expected);
  });

  test('a suspension, told once', async () => {
    const token = await seen();
    await whileAway(async () => {
      house.suspensions.set('alice.osei', 'suspension 1');
      expect(await house.whose(token)).toBe('NotIdentified');
      house.suspensions.delete('alice.osei');
    });
    await house.sessions.catchUp();
    expect(await house.whose(token, 'browser', other)).toBe('NotIdentified');
    expect(house.events.map(({ code }) => code)).toEqual(['suspended']);
  });

  test('of a session this node never saw, too', async () => {
    const [out, locked] = [await house.arrive(), await house.arrive()];
    await whileAway(async () => {
      await fails(house.sessions.end(secretHash(out)));
      await fails(house.sessions.lock(locked));
    });
    await house.sessions.catchUp();
    expect(await house.whose(out)).toBe('NotIdentified');
    expect(await house.whose(locked)).toBe('SessionLocked');
  });

  test('a lock is remembered by login as well', async () => {
    const token = await seen();
    const lockedAt = house.clock.nowMs;
    await whileAway(() => fails(house.sessions.lock(token)));
    await house.sessions.catchUp();
    expect(await house.sessions.lastLockOf(OWNER)).toBe(lockedAt);
  });
});

describe('signing out everywhere while the store is away', () => {
  test('ends here all that this node knows of the person, tokens too, and nobody else', async () => {
    const [here, there] = [await seen(), await seen()];
    const script = await house.arrive({}, { use: 'bearer' });
    await house.whose(script, 'bearer');
    const ben = await house.arrive({ subject: 'ben.carter' });
    await house.whose(ben);
    house.setAway(true);
    await fails(house.sessions.endOf(OWNER, 'everywhere'));
    house.clock.nowMs += 2_000;
    expect([await house.whose(here), await house.whose(there), await house.whose(script, 'bearer')]).toEqual([
      'NotIdentified',
      'NotIdentified',
      'NotIdentified',
    ]);
    expect(await house.whose(ben)).toBe('ben.carter (unconfirmed)');
  });

  test('leaves whoever signs in again before it could be written, and tells what it ended', async () => {
    await seen();
    await whileAway(() => fails(house.sessions.endOf(OWNER, 'everywhere')));
    const again = await house.arrive({}, {}, other);
    await house.sessions.catchUp();
    expect(await house.whose(again)).toBe('alice.osei');
    expect(house.events.map(({ code, sessionRef }) => [code, sessionRef])).toEqual([['everywhere', 'ref-1']]);
  });
});

test('made-up cookies push out nobody who signed out or locked', async () => {
  const [out, locked] = [await seen(), await seen()];
  await whileAway(async () => {
    await fails(house.sessions.end(secretHash(out)));
    await fails(house.sessions.lock(locked));
    for (let count = 0; count < 10_500; count += 1) {
      await house.sessions.end(secretHash(String(count))).catch(() => undefined);
    }
  });
  expect([await house.whose(out), await house.whose(locked)]).toEqual(['NotIdentified', 'SessionLocked']);
  expect(house.warnings).toContainEqual(expect.stringMatching(/^More people signed out/));
  await house.sessions.catchUp();
  expect(await house.whose(out, 'browser', other)).toBe('NotIdentified');
});

test('a store that goes again keeps what is left for later', async () => {
  const tokens = [await seen(), await seen()];
  let destroys = 0;
  const flaky = house.another({
    destroy: async (hash) => {
      if ((destroys += 1) <= 3) throw new SessionsUnavailable();
      return house.stores.sessions.destroy(hash);
    },
  });
  for (const token of tokens) await fails(flaky.end(secretHash(token)));
  await flaky.catchUp();
  expect(destroys).toBe(3);
  await flaky.catchUp();
  for (const token of tokens) expect(await house.stores.sessions.find(secretHash(token))).toBeUndefined();
});

test('one thing that always fails does not stop the others for good', async () => {
  const unfinished = createUnfinished(() => undefined);
  const done: string[] = [];
  unfinished.add('bad', () => Promise.reject(new Error('never')));
  unfinished.add('good', async () => done.push('good'));
  await unfinished.resume();
  expect(done).toEqual([]);
  await unfinished.resume();
  expect(done).toEqual(['good']);
});
