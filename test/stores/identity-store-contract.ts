import { randomUUID } from 'node:crypto';
import type {
  IdentityStores,
  Once,
  StoredSession,
  Transaction,
} from '../../src/identity/stores/identity-stores.ts';
import { MAX_PENDING } from '../../src/identity/stores/pending-limit.ts';

/** Two nodes over one store, and what a test must be able to do behind their backs. */
export interface StoresUnderTest {
  readonly nodes: readonly [IdentityStores, IdentityStores];
  readonly clock: { nowMs: number };
  /** So many transactions under way, all ending at this time. */
  readonly flood: (count: number, expiresAt: number) => Promise<void>;
  /** Writes this text in the place of whatever is kept under this token's hash, or of this transaction. */
  readonly garble: (what: { readonly tokenHash: string } | Transaction, text: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const START = 1_700_000_000_000;
const MINUTE = 60_000;
export const PROVIDER = 'urn:idp';

export function sessionLike(
  changes: Partial<StoredSession> = {},
  expiresAt = START + 60 * MINUTE,
): StoredSession {
  return {
    tokenHash: randomUUID(),
    use: 'browser',
    principal: {
      kind: 'person',
      provider: PROVIDER,
      subject: 'alice.osei',
      method: 'saml',
      assurance: 2,
      authenticatedAt: START,
      expiresAt,
      sessionRef: 'ref',
    },
    createdAt: START,
    lastSeenAt: START,
    ...changes,
  };
}

export function transactionLike(changes: Partial<Transaction> = {}): Transaction {
  return {
    kind: 'saml-sign-in',
    provider: PROVIDER,
    id: randomUUID(),
    startedAt: START,
    expiresAt: START + 10 * MINUTE,
    returnTo: '/me/studies',
    ...changes,
  };
}

const onceLike = (changes: Partial<Once> = {}): Once => ({
  provider: PROVIDER,
  id: randomUUID(),
  until: START + 10 * MINUTE,
  ...changes,
});

/** What every store of sign-ins and sessions must do, whatever it is built on. */
export function describeIdentityStores(open: () => Promise<StoresUnderTest>): void {
  let given: StoresUnderTest;
  let node: IdentityStores;
  let other: IdentityStores;
  beforeEach(async () => {
    given = await open();
    given.clock.nowMs = START;
    [node, other] = given.nodes;
  });
  afterEach(() => given.close());
  const begun = async (changes: Partial<Transaction> = {}): Promise<Transaction> => {
    const transaction = transactionLike(changes);
    await node.transactions.save(transaction);
    return transaction;
  };
  const found = async ({ kind, provider, id }: Transaction, at = node): Promise<Transaction | undefined> =>
    at.transactions.find(kind, provider, id);
  const opened = async (changes: Partial<StoredSession> = {}): Promise<StoredSession> => {
    const session = sessionLike(changes);
    await node.sessions.open(session, {});
    return session;
  };

  describe('transactions', () => {
    test('are found as they were kept, at either node, and taken once', async () => {
      const full = await begun({
        issuedAt: '2023-11-14T22:13:20Z',
        browserHash: 'b',
        sessionHash: 's',
        stepUp: { assurance: 3 },
        mustBeFresh: true,
        values: { nonce: 'n' },
        scopes: ['images', 'ai'],
      });
      expect([await found(full), await found(full, other)]).toEqual([full, full]);
      const { kind, provider, id } = full;
      const taken = await Promise.all(
        Array.from({ length: 30 }, (_, turn) =>
          (turn % 2 === 0 ? node : other).transactions.take(kind, provider, id),
        ),
      );
      expect(taken.filter((one) => one !== undefined)).toEqual([full]);
      expect(await found(full)).toBeUndefined();
    });

    test.each([
      { name: 'kind', changes: { kind: 'oidc-sign-in' } },
      { name: 'provider', changes: { provider: 'urn:other' } },
      { name: 'id', changes: { id: 'other' } },
    ] as const)('of another $name is not found or taken', async ({ changes }) => {
      const kept = await begun();
      const { kind, provider, id } = { ...kept, ...changes };
      expect(await node.transactions.find(kind, provider, id)).toBeUndefined();
      expect(await node.transactions.take(kind, provider, id)).toBeUndefined();
      expect(await found(kept)).toEqual(kept);
    });

    test('provider and id are not run together', async () => {
      const kept = await begun({ provider: 'urn:a', id: 'b:c' });
      expect(await node.transactions.find(kept.kind, 'urn:a:b', 'c')).toBeUndefined();
    });

    test('are gone at their end, not before', async () => {
      const kept = await begun();
      given.clock.nowMs = kept.expiresAt - 1;
      expect(await found(kept)).toEqual(kept);
      given.clock.nowMs = kept.expiresAt;
      expect(await found(kept)).toBeUndefined();
      expect(await node.transactions.take(kept.kind, kept.provider, kept.id)).toBeUndefined();
    });

    test('of an id that is there are never overwritten', async () => {
      const kept = await begun();
      await expect(node.transactions.save({ ...kept, returnTo: '/evil' })).rejects.toMatchObject({
        code: 'sessions-unavailable',
      });
      expect(await found(kept)).toEqual(kept);
    });

    test('are bounded in number; those that are over make room', async () => {
      await given.flood(MAX_PENDING - 1, START + MINUTE);
      const last = await begun();
      await expect(begun()).rejects.toMatchObject({ code: 'overloaded' });
      await expect(other.transactions.save(transactionLike())).rejects.toMatchObject({ code: 'overloaded' });
      await node.transactions.take(last.kind, last.provider, last.id);
      await begun();
      given.clock.nowMs = START + MINUTE - 1;
      await expect(begun()).rejects.toMatchObject({ code: 'overloaded' });
      given.clock.nowMs = START + MINUTE;
      await begun();
    });
  });

  describe('opening', () => {
    test('of 30 at once with one assertion, at two nodes, one wins', async () => {
      const once = onceLike();
      const attempts = await Promise.all(
        Array.from({ length: 30 }, async (_, turn) => ({
          store: turn % 2 === 0 ? node : other,
          transaction: await begun(),
          session: sessionLike(),
        })),
      );
      const ends = await Promise.allSettled(
        attempts.map(({ store, session, transaction }) =>
          store.sessions.open(session, { transaction, once }),
        ),
      );
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const refusals = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
      for (const refusal of refusals) expect(refusal).toMatchObject({ refusal: 'already-used' });
      const open = await Promise.all(attempts.map(({ session }) => node.sessions.find(session.tokenHash)));
      expect(open.filter((one) => one !== undefined)).toHaveLength(1);
      // Whoever lost may still come with another answer.
      const left = await Promise.all(attempts.map(({ transaction }) => found(transaction)));
      expect(left.filter((one) => one !== undefined)).toHaveLength(29);
    });

    test('of 30 at once with one transaction, at two nodes, one wins', async () => {
      const transaction = await begun();
      const sessions = Array.from({ length: 30 }, () => sessionLike());
      const ends = await Promise.allSettled(
        sessions.map((session, turn) =>
          (turn % 2 === 0 ? node : other).sessions.open(session, { transaction, once: onceLike() }),
        ),
      );
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await node.sessions.listOf({ provider: PROVIDER, subject: 'alice.osei' })).toHaveLength(1);
    });

    test.each([
      { name: 'that was never begun', begin: async () => transactionLike() },
      { name: 'that is over', begin: () => begun({ expiresAt: START + 1 }) },
    ])('with a transaction $name leaves nothing behind', async ({ begin }) => {
      const transaction = await begin();
      given.clock.nowMs = START + 1;
      const [session, once] = [sessionLike(), onceLike()];
      await expect(node.sessions.open(session, { transaction, once })).rejects.toMatchObject({
        refusal: 'unknown-request',
      });
      expect(await node.sessions.find(session.tokenHash)).toBeUndefined();
      expect(await node.sessions.listOf({ provider: PROVIDER, subject: 'alice.osei' })).toEqual([]);
      expect(await node.sessions.spend(once)).toBe(true);
    });

    test('under a token that is taken opens nothing and uses nothing up', async () => {
      const first = await opened();
      const [transaction, once] = [await begun(), onceLike()];
      const second = sessionLike({ tokenHash: first.tokenHash, use: 'bearer' });
      await expect(node.sessions.open(second, { transaction, once })).rejects.toMatchObject({
        code: 'sessions-unavailable',
      });
      expect(await node.sessions.find(first.tokenHash)).toEqual(first);
      expect(await found(transaction)).toEqual(transaction);
      expect(await other.sessions.spend(once)).toBe(true);
    });
  });

  describe('what is used once', () => {
    test('is used once, at either node, for as long as it is remembered', async () => {
      const once = onceLike();
      const spent = await Promise.all([node, other, node, other].map((at) => at.sessions.spend(once)));
      expect(spent.filter((one) => one)).toHaveLength(1);
      given.clock.nowMs = once.until - 1;
      expect(await node.sessions.spend({ ...once, until: once.until + MINUTE })).toBe(false);
      given.clock.nowMs = once.until;
      expect(await node.sessions.spend({ ...once, until: once.until + MINUTE })).toBe(true);
      expect(await other.sessions.spend({ ...once, until: once.until + MINUTE })).toBe(false);
    });

    test('is told apart by provider and id', async () => {
      expect(await node.sessions.spend(onceLike({ provider: 'a', id: 'b:c' }))).toBe(true);
      expect(await node.sessions.spend(onceLike({ provider: 'a:b', id: 'c' }))).toBe(true);
      expect(await node.sessions.spend(onceLike({ provider: 'a', id: 'b' }))).toBe(true);
    });
  });

  describe('what cannot be read to the letter', () => {
    const texts = [
      { name: 'nothing', text: '' },
      { name: 'no JSON', text: '{"tokenHash":' },
      { name: 'another shape', text: '{}' },
      { name: 'null', text: 'null' },
      { name: 'a list', text: '[]' },
      { name: 'one field too many', text: (of: object) => JSON.stringify({ ...of, admin: true }) },
      {
        name: 'a prototype',
        text: (of: object) => JSON.stringify(of).replace('{', '{"__proto__":{"use":"browser"},'),
      },
    ];
    test.each(texts)('$name is no session', async ({ text }) => {
      const session = await opened();
      await given.garble(session, typeof text === 'string' ? text : text(session));
      expect(await node.sessions.find(session.tokenHash)).toBeUndefined();
      expect(await node.sessions.destroyOf({ provider: PROVIDER, subject: 'alice.osei' })).toEqual([]);
    });

    test.each(texts)('$name is no transaction', async ({ text }) => {
      const transaction = await begun();
      await given.garble(transaction, typeof text === 'string' ? text : text(transaction));
      expect(await found(transaction)).toBeUndefined();
      const { kind, provider, id } = transaction;
      expect(await node.transactions.take(kind, provider, id)).toBeUndefined();
    });
  });

  test('attempts are counted for all nodes together, each under its key, and forgiven after the window', async () => {
    expect(await node.rates.hit('a', 60_000)).toBe(1);
    expect(await other.rates.hit('a', 60_000)).toBe(2);
    expect(await node.rates.hit('b', 60_000)).toBe(1);
    const counts = await Promise.all(Array.from({ length: 20 }, () => node.rates.hit('a', 60_000)));
    expect(Math.max(...counts)).toBe(22);
    const deadline = performance.now() + 5_000;
    await node.rates.hit('c', 50);
    let last = 0;
    while (last !== 1 && performance.now() < deadline) last = await node.rates.hit('c', 50);
    expect(last).toBe(1);
  });

  test('says that it is well', async () => {
    expect([await node.isWell(), await other.isWell()]).toEqual([true, true]);
  });
}
