import type { IdentityStores, StoredSession } from '../../src/identity/stores/identity-stores.ts';
import { PROVIDER, sessionLike, START, type StoresUnderTest } from './identity-store-contract.ts';

const hashesOf = (sessions: readonly StoredSession[]): readonly string[] =>
  sessions.map(({ tokenHash }) => tokenHash).sort();

/** What sessions do in every store, whatever it is built on. */
export function describeStoredSessions(open: () => Promise<StoresUnderTest>): void {
  let given: StoresUnderTest;
  let node: IdentityStores;
  let other: IdentityStores;
  beforeEach(async () => {
    given = await open();
    given.clock.nowMs = START;
    [node, other] = given.nodes;
  });
  afterEach(() => given.close());
  const opened = async (changes: Partial<StoredSession> = {}): Promise<StoredSession> => {
    const session = sessionLike(changes);
    await node.sessions.open(session, {});
    return session;
  };

  describe('sessions', () => {
    test('are found as they were kept, at either node, until their end', async () => {
      const full = await opened({
        use: 'bearer',
        scopes: ['ai'],
        role: { id: 'R8000', name: 'Röntgen', organisation: 'RXX' },
        sessionIndex: '_1',
        nameId: { format: 'urn:f', nameQualifier: 'q', spNameQualifier: 's' },
        parentHash: 'parent',
        suspension: 'none',
      });
      expect(await other.sessions.find(full.tokenHash)).toEqual(full);
      given.clock.nowMs = full.principal.expiresAt - 1;
      expect(await node.sessions.find(full.tokenHash)).toEqual(full);
      given.clock.nowMs = full.principal.expiresAt;
      expect(await node.sessions.find(full.tokenHash)).toBeUndefined();
      expect(await node.sessions.listOf({ provider: PROVIDER, subject: 'alice.osei' })).toEqual([]);
      expect(await node.sessions.destroy(full.tokenHash)).toEqual([]);
    });

    test('use moves forward only, and makes nothing of what is not there', async () => {
      const { tokenHash } = await opened();
      await other.sessions.touch(tokenHash, START + 5);
      await node.sessions.touch(tokenHash, START + 3);
      expect(await node.sessions.find(tokenHash)).toMatchObject({ lastSeenAt: START + 5 });
      await node.sessions.touch('unknown', START + 5);
      expect(await node.sessions.find('unknown')).toBeUndefined();
    });

    test('the first lock counts, and makes nothing of what is not there', async () => {
      const { tokenHash } = await opened();
      await node.sessions.lock(tokenHash, START + 5);
      await other.sessions.lock(tokenHash, START + 9);
      await node.sessions.touch(tokenHash, START + 10);
      expect(await node.sessions.find(tokenHash)).toMatchObject({
        lockedAt: START + 5,
        lastSeenAt: START + 10,
      });
      await node.sessions.lock('unknown', START + 5);
      expect(await node.sessions.find('unknown')).toBeUndefined();
    });

    test('a lock is remembered by login, the latest counts, until its end', async () => {
      const alice = { provider: PROVIDER, subject: 'alice.osei' };
      expect(await node.sessions.lastLockOf(alice)).toBeUndefined();
      await node.sessions.noteLock(alice, { lockedAt: START + 5, until: START + 105 });
      await other.sessions.noteLock(alice, { lockedAt: START + 9, until: START + 109 });
      await node.sessions.noteLock(alice, { lockedAt: START + 7, until: START + 107 });
      expect(await node.sessions.lastLockOf(alice)).toBe(START + 9);
      expect(await node.sessions.lastLockOf({ ...alice, subject: 'ben.carter' })).toBeUndefined();
      expect(await node.sessions.lastLockOf({ ...alice, provider: 'urn:other' })).toBeUndefined();
      await node.sessions.destroyOf(alice);
      given.clock.nowMs = START + 108;
      expect(await other.sessions.lastLockOf(alice)).toBe(START + 9);
      given.clock.nowMs = START + 109;
      expect(await node.sessions.lastLockOf(alice)).toBeUndefined();
      await node.sessions.noteLock(alice, { lockedAt: START + 110, until: START + 210 });
      expect(await node.sessions.lastLockOf(alice)).toBe(START + 110);
    });

    test('end with all that hangs on them, and with nothing else', async () => {
      const parent = await opened();
      const child = await opened({ use: 'bearer', parentHash: parent.tokenHash });
      const grandchild = await opened({ use: 'bearer', parentHash: child.tokenHash });
      const sibling = await opened();
      const ended = await other.sessions.destroy(parent.tokenHash);
      expect(ended[0]).toEqual(parent);
      expect(hashesOf(ended)).toEqual(hashesOf([parent, child, grandchild]));
      for (const { tokenHash } of [parent, child, grandchild]) {
        expect(await node.sessions.find(tokenHash)).toBeUndefined();
      }
      expect(await node.sessions.find(sibling.tokenHash)).toEqual(sibling);
      expect(await node.sessions.destroy(parent.tokenHash)).toEqual([]);
    });

    test('a token ends without what it hangs on', async () => {
      const parent = await opened();
      const child = await opened({ use: 'bearer', parentHash: parent.tokenHash });
      expect(hashesOf(await node.sessions.destroy(child.tokenHash))).toEqual([child.tokenHash]);
      expect(hashesOf(await node.sessions.destroy(parent.tokenHash))).toEqual([parent.tokenHash]);
    });

    test('of 30 who end one at once, one is told', async () => {
      const { tokenHash } = await opened();
      const told = await Promise.all(
        Array.from({ length: 30 }, (_, turn) => (turn % 2 === 0 ? node : other).sessions.destroy(tokenHash)),
      );
      expect(told.flat()).toHaveLength(1);
    });
  });

  describe('of an owner', () => {
    const owners = [
      {
        name: 'a person',
        owner: { subject: 'alice.osei' },
        ends: ['alice 1', 'alice 2', 'alice', 'her token'],
      },
      {
        name: 'a session at the provider',
        owner: { sessionIndex: '_1' },
        ends: ['alice 1', 'ben 1', 'her token'],
      },
      { name: 'both', owner: { subject: 'alice.osei', sessionIndex: '_1' }, ends: ['alice 1', 'her token'] },
      { name: 'both, of different people', owner: { subject: 'ben.carter', sessionIndex: '_2' }, ends: [] },
      { name: 'nobody', owner: { subject: 'alice' }, ends: [] },
    ] as const;
    test.each(owners)('$name: ends $ends', async ({ owner, ends }) => {
      const hashes = new Map<string, string>();
      const add = async (
        name: string,
        {
          provider = PROVIDER,
          subject = 'alice.osei',
          ...changes
        }: Partial<StoredSession> & {
          readonly provider?: string;
          readonly subject?: string;
        },
      ): Promise<string> => {
        const { principal } = sessionLike();
        const { tokenHash } = await opened({ ...changes, principal: { ...principal, provider, subject } });
        hashes.set(tokenHash, name);
        return tokenHash;
      };
      const first = await add('alice 1', { sessionIndex: '_1' });
      await add('alice 2', { sessionIndex: '_2' });
      await add('alice', {});
      await add('her token', { use: 'bearer', parentHash: first });
      await add('ben 1', { subject: 'ben.carter', sessionIndex: '_1' });
      await add('elsewhere', { provider: 'urn:other', sessionIndex: '_1' });
      const listed = await other.sessions.listOf({ provider: PROVIDER, ...owner });
      const ended = await other.sessions.destroyOf({ provider: PROVIDER, ...owner });
      const namesOf = (sessions: readonly StoredSession[]): readonly (string | undefined)[] =>
        sessions.map(({ tokenHash }) => hashes.get(tokenHash)).sort();
      expect(namesOf(ended)).toEqual([...ends].sort());
      expect(ends).toEqual(expect.arrayContaining([...namesOf(listed)]));
      for (const [tokenHash, name] of hashes) {
        const isLeft = (await node.sessions.find(tokenHash)) !== undefined;
        expect([name, isLeft]).toEqual([name, !(ends as readonly string[]).includes(name)]);
      }
      expect(await node.sessions.listOf({ provider: PROVIDER, ...owner })).toEqual([]);
    });
  });
}
