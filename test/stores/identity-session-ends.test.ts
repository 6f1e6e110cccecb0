import { SessionsUnavailable } from '../../src/domain/errors.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import type { StoredSession } from '../../src/identity/stores/identity-stores.ts';
import {
  ABSOLUTE_MS,
  ALICE,
  IDLE_MS,
  MINUTE,
  openSessionsHouse,
  type SessionsHouse,
} from '../fakes/sessions-house.ts';

let house: SessionsHouse;
beforeEach(async () => {
  house = await openSessionsHouse();
});
afterEach(() => house.close());

const subjectsOf = (ended: readonly StoredSession[]): readonly string[] =>
  ended.map(({ principal }) => principal.subject);

describe('what hangs on a session', () => {
  const arriveWithChild = async (): Promise<{ readonly parent: string; readonly child: string }> => {
    const parent = await house.arrive();
    const opening = { use: 'bearer', parentHash: secretHash(parent), scopes: ['images'] } as const;
    return { parent, child: await house.arrive({}, opening) };
  };

  const rows: readonly {
    readonly name: string;
    readonly happens: (parent: string, child: string) => Promise<unknown>;
    readonly child: string;
  }[] = [
    { name: 'nothing', happens: async () => undefined, child: 'alice.osei' },
    { name: 'it is locked', happens: (parent) => house.sessions.lock(parent), child: 'SessionLocked' },
    {
      name: 'it is idle',
      happens: async () => {
        house.clock.nowMs += IDLE_MS;
      },
      child: 'alice.osei',
    },
    {
      name: 'it is idle, and its holder is suspended',
      happens: async () => {
        house.clock.nowMs += IDLE_MS;
        house.suspensions.set('alice.osei', 'suspension 1');
      },
      child: 'NotIdentified',
    },
    {
      name: 'it is idle, and then locked',
      happens: async (parent) => {
        house.clock.nowMs += IDLE_MS;
        await house.sessions.lock(parent);
      },
      child: 'SessionLocked',
    },
    {
      name: 'it is past its end',
      happens: async () => {
        house.clock.nowMs += ABSOLUTE_MS;
      },
      child: 'NotIdentified',
    },
    {
      name: 'it is ended',
      happens: (parent) => house.sessions.end(secretHash(parent)),
      child: 'NotIdentified',
    },
    {
      name: 'its holder is signed out everywhere',
      happens: () => house.sessions.endOf({ provider: ALICE.provider, subject: ALICE.subject }, 'everywhere'),
      child: 'NotIdentified',
    },
    {
      name: 'it is ended while the store is away',
      happens: async (parent) => {
        house.setAway(true);
        await expect(house.sessions.end(secretHash(parent))).rejects.toMatchObject({
          code: 'sessions-unavailable',
        });
        house.setAway(false);
      },
      child: 'NotIdentified',
    },
  ];
  test.each(rows)('when $name, a token of it -> $child', async ({ happens, child: expected }) => {
    const { parent, child } = await arriveWithChild();
    expect(await house.whose(child, 'bearer')).toBe('alice.osei');
    await happens(parent, child);
    expect(await house.whose(child, 'bearer')).toBe(expected);
  });

  test('is refused at another node that saw neither, too', async () => {
    const { parent, child } = await arriveWithChild();
    await house.sessions.lock(parent);
    expect(await house.whose(child, 'bearer', house.another())).toBe('SessionLocked');
  });

  test('does not keep it from locking itself, and reads on until its own end', async () => {
    const parent = await house.arrive();
    const opening = { use: 'bearer', parentHash: secretHash(parent), lifetimeMs: 40 * MINUTE } as const;
    const child = await house.arrive({}, opening);
    for (let minutes = 10; minutes < 40; minutes += 10) {
      house.clock.nowMs += 10 * MINUTE;
      expect(await house.whose(child, 'bearer')).toBe('alice.osei');
    }
    expect(await house.whose(parent)).toBe('SessionLocked');
    expect(await house.whose(child, 'bearer')).toBe('alice.osei');
    house.clock.nowMs += 10 * MINUTE;
    expect(await house.whose(child, 'bearer')).toBe('NotIdentified');
  });

  test('ends without it, and has its own scopes and end', async () => {
    const parent = await house.arrive();
    const opening = { use: 'bearer', parentHash: secretHash(parent), lifetimeMs: 5 * MINUTE } as const;
    const child = await house.arrive({}, { ...opening, scopes: ['ai'] });
    expect(await house.sessions.verify(child, 'bearer')).toMatchObject({ scopes: ['ai'] });
    expect(await house.sessions.verify(parent, 'browser')).not.toHaveProperty('scopes');
    house.clock.nowMs += 5 * MINUTE;
    expect(await house.whose(child, 'bearer')).toBe('NotIdentified');
    expect(await house.whose(parent)).toBe('alice.osei');
  });

  test('a token hangs on a browser only', async () => {
    const token = await house.arrive({}, { use: 'bearer' });
    const child = await house.arrive({}, { use: 'bearer', parentHash: secretHash(token) });
    expect(await house.whose(child, 'bearer')).toBe('NotIdentified');
  });
});

describe.each(['browser', 'bearer'] as const)('of one login, as %s', (use) => {
  test('50 at most are open: one more ends the oldest, and tells it', async () => {
    const ben = await house.arrive({ subject: 'ben.carter' }, { use });
    const other = await house.arrive({}, { use: use === 'browser' ? 'bearer' : 'browser' });
    const tokens: string[] = [];
    for (let count = 0; count < 52; count += 1) {
      house.clock.nowMs += 1;
      tokens.push(await house.arrive({}, { use }));
    }
    const { provider, subject } = ALICE;
    const open = await house.stores.sessions.listOf({ provider, subject });
    expect(open.filter((one) => one.use === use)).toHaveLength(50);
    const asked = tokens.slice(0, 3).map((token) => house.whose(token, use));
    expect(await Promise.all(asked)).toEqual(['NotIdentified', 'NotIdentified', 'alice.osei']);
    expect(await house.whose(ben, use)).toBe('ben.carter');
    expect(await house.whose(other, use === 'browser' ? 'bearer' : 'browser')).toBe('alice.osei');
    expect(house.events.map(({ outcome, code }) => `${outcome} ${code ?? ''}`)).toEqual([
      'revoked too-many',
      'revoked too-many',
    ]);
  });
});

test('what a store that gave no answer left open beyond 50 is ended when it answers', async () => {
  let isSlow = true;
  const node = house.another({
    listOf: async (owner) => {
      if (isSlow) throw new SessionsUnavailable(new Error('slow'));
      return await house.stores.sessions.listOf(owner);
    },
  });
  for (let count = 0; count < 52; count += 1) {
    house.clock.nowMs += 1;
    await house.arrive({}, {}, node);
  }
  const { provider, subject } = ALICE;
  const open = (): Promise<readonly unknown[]> => house.stores.sessions.listOf({ provider, subject });
  expect(await open()).toHaveLength(52);
  isSlow = false;
  await node.catchUp();
  expect(await open()).toHaveLength(50);
  expect(house.events.map(({ code }) => code)).toEqual(['too-many', 'too-many']);
});

describe('suspension', () => {
  test('ends at once what was open, and tells it once for each', async () => {
    const tokens = [await house.arrive(), await house.arrive()];
    const ben = await house.arrive({ subject: 'ben.carter' });
    for (const token of tokens) await house.whose(token);
    house.suspensions.set('alice.osei', 'suspension 1');
    const burst = await Promise.all(
      tokens.flatMap((token) =>
        Array(10)
          .fill(token)
          .map((t) => house.whose(t)),
      ),
    );
    expect(new Set(burst)).toEqual(new Set(['NotIdentified']));
    expect(await house.whose(ben)).toBe('ben.carter');
    const { provider, subject, method } = ALICE;
    const told = { outcome: 'revoked', provider, subject, method, code: 'suspended' };
    expect(house.events).toEqual([
      { ...told, sessionRef: 'ref-1' },
      { ...told, sessionRef: 'ref-2' },
    ]);
  });

  test('of who signs in while it is in force does not end; the next one does', async () => {
    house.suspensions.set('alice.osei', 'suspension 1');
    const token = await house.arrive();
    expect(await house.whose(token)).toBe('alice.osei');
    house.suspensions.set('alice.osei', 'suspension 2');
    expect(await house.whose(token)).toBe('NotIdentified');
    house.suspensions.delete('alice.osei');
    expect(await house.whose(token)).toBe('NotIdentified');
  });

  test('that is over leaves what is open', async () => {
    house.suspensions.set('alice.osei', 'suspension 1');
    const token = await house.arrive();
    house.suspensions.delete('alice.osei');
    expect(await house.whose(token)).toBe('alice.osei');
  });

  test('with the store away ends it all the same, tells it once, and for good at this node', async () => {
    const token = await house.arrive();
    await house.whose(token);
    house.setAway(true);
    house.suspensions.set('alice.osei', 'suspension 1');
    house.clock.nowMs += 2_000;
    for (let asked = 0; asked < 5; asked += 1) expect(await house.whose(token)).toBe('NotIdentified');
    expect(house.events.map(({ code }) => code)).toEqual(['suspended']);
    house.suspensions.delete('alice.osei');
    house.setAway(false);
    house.clock.nowMs += 2_000;
    expect(await house.whose(token)).toBe('NotIdentified');
  });
});

describe('signing out', () => {
  test('ends the session at once, though it was just read', async () => {
    const token = await house.arrive();
    await house.whose(token);
    expect(subjectsOf(await house.sessions.end(secretHash(token)))).toEqual(['alice.osei']);
    expect(await house.whose(token)).toBe('NotIdentified');
    expect(await house.sessions.end(secretHash(token))).toEqual([]);
  });

  test('is known at another node within a second', async () => {
    const other = house.another();
    const token = await house.arrive();
    expect(await house.whose(token, 'browser', other)).toBe('alice.osei');
    await house.sessions.end(secretHash(token));
    house.clock.nowMs += 1_001;
    expect(await house.whose(token, 'browser', other)).toBe('NotIdentified');
  });

  test('ends it for a look-up that is under way, too', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let reads = 0;
    const slow = house.another({
      find: async (hash) => {
        const session = await house.stores.sessions.find(hash);
        if ((reads += 1) === 1) await held;
        return session;
      },
    });
    const token = await house.arrive({}, {}, slow);
    const underWay = [house.whose(token, 'browser', slow), house.whose(token, 'browser', slow)];
    await slow.end(secretHash(token));
    letGo();
    expect(await Promise.all(underWay)).toEqual(['NotIdentified', 'NotIdentified']);
    expect(await house.whose(token, 'browser', slow)).toBe('NotIdentified');
  });

  test('of a person ends all of theirs, of one session at the provider only that, and tells each', async () => {
    const [first, second] = [
      await house.arrive({ sessionIndex: '_1' }),
      await house.arrive({ sessionIndex: '_2' }),
    ];
    const ben = await house.arrive({ subject: 'ben.carter', sessionIndex: '_3' });
    const { provider, subject } = ALICE;
    await house.sessions.endOf({ provider, sessionIndex: '_1' }, 'provider-sign-out');
    expect([await house.whose(first), await house.whose(second)]).toEqual(['NotIdentified', 'alice.osei']);
    await house.sessions.endOf({ provider, subject }, 'everywhere');
    expect([await house.whose(second), await house.whose(ben)]).toEqual(['NotIdentified', 'ben.carter']);
    expect(house.events.map(({ outcome, code, sessionRef }) => [outcome, code, sessionRef])).toEqual([
      ['revoked', 'provider-sign-out', 'ref-1'],
      ['revoked', 'everywhere', 'ref-2'],
    ]);
  });
});
