import { TooManyAttempts } from '../../src/domain/errors.ts';
import type { Arrival, Proof } from '../../src/identity/door-deps.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import type { Transaction } from '../../src/identity/stores/identity-stores.ts';
import { beginAt, BEN, BROWSER_COOKIE, handIn, proofAt } from '../fakes/finish-door.ts';
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
const begun = (changes: Partial<Transaction> = {}): Promise<Transaction> => beginAt(house, changes);
const proofOf = (transaction: Transaction, arrival: Partial<Arrival> = {}): Proof =>
  proofAt(house, transaction, arrival);
const hand = (proof: Proof, cookie = BROWSER_COOKIE): ReturnType<typeof handIn> =>
  handIn(house, proof, { cookie });

describe('a locked session before', () => {
  const locks: readonly { readonly name: string; readonly lock: (token: string) => Promise<unknown> }[] = [
    { name: 'on demand', lock: (token) => house.sessions.lock(token) },
    {
      name: 'by itself',
      lock: async () => {
        house.clock.nowMs += IDLE_MS;
      },
    },
  ];
  const proofs = [
    { name: 'a proof of now', ageMs: 0, arrival: {}, expect: 303 },
    { name: 'a proof from before', ageMs: MINUTE, arrival: {}, expect: 'not-fresh' },
    { name: 'a proof from before, by another person', ageMs: MINUTE, arrival: BEN, expect: 'not-fresh' },
    { name: 'a proof of now, by another person', ageMs: 0, arrival: BEN, expect: 303 },
  ] as const;
  const rows = locks.flatMap((how) =>
    proofs.map((proof) => ({ ...proof, how, title: `${how.name}, ${proof.name}` })),
  );
  test.each(rows)('$title -> $expect', async ({ how, ageMs, arrival, expect: expected }) => {
    const held = await house.arrive();
    await how.lock(held);
    const transaction = await begun({ sessionHash: secretHash(held) });
    const authenticatedAt = house.clock.nowMs - ageMs;
    const outcome = await hand(proofOf(transaction, { ...arrival, authenticatedAt }));
    expect(outcome.code ?? outcome.status).toBe(expected);
    expect(await house.whose(held)).toBe(expected === 303 ? 'NotIdentified' : 'SessionLocked');
  });

  test('is not got round by ending it once the sign-in has begun', async () => {
    const held = await house.arrive();
    await house.sessions.lock(held);
    const transaction = await begun({ sessionHash: secretHash(held), mustBeFresh: true });
    await house.sessions.end(secretHash(held));
    const outcome = await hand(proofOf(transaction, { authenticatedAt: START - MINUTE }));
    expect(outcome.code).toBe('not-fresh');
  });

  test('is not got round by handing the refused answer in again', async () => {
    const held = await house.arrive();
    await house.sessions.lock(held);
    const proof = proofOf(await begun({ sessionHash: secretHash(held) }), {
      authenticatedAt: START - MINUTE,
    });
    expect((await hand(proof)).code).toBe('not-fresh');
    await house.sessions.end(secretHash(held));
    expect((await hand(proof)).code).toBe('not-fresh');
    const late = { arrival: { ...proof.arrival, authenticatedAt: house.clock.nowMs } };
    expect((await hand({ ...proof, ...late })).code).toBe('already-used');
    const { once: _once, ...without } = { ...proof, ...late };
    expect((await hand(without)).code).toBe('unknown-request');
  });
});

describe('a lock outlives its session and its cookie', () => {
  const proveAnew = /^__Host-countersign-prove-anew=1; Path=\/; HttpOnly; Secure; SameSite=Lax$/;
  const ways: readonly { readonly name: string; readonly go: (token: string) => Promise<unknown> }[] = [
    { name: 'the cookie is dropped', go: () => Promise.resolve() },
    { name: 'it is signed out of', go: (token) => house.sessions.end(secretHash(token)) },
    {
      name: 'it is past its end',
      go: async () => {
        house.clock.nowMs = START + ABSOLUTE_MS + 1;
        await house.stores.sessions.purge(house.clock.nowMs);
      },
    },
  ];
  test.each(ways)('$name: an earlier proof is refused, one of now is taken', async ({ go }) => {
    house.clock.nowMs += MINUTE;
    const held = await house.arrive();
    await house.sessions.lock(held);
    house.clock.nowMs += MINUTE;
    await go(held);
    const authenticatedAt = START + MINUTE - 1;
    const refused = await hand(proofOf(await begun(), { authenticatedAt }));
    expect([refused.code, refused.token]).toEqual(['not-fresh', undefined]);
    expect(refused.setCookie).toContainEqual(expect.stringMatching(proveAnew));
    // What the next sign-in in this browser asks for, since it has the cookie.
    const anew = proofOf(await begun({ mustBeFresh: true }));
    const taken = await hand(anew);
    expect(taken.status).toBe(303);
    expect(taken.setCookie).toContainEqual(expect.stringMatching(/^__Host-countersign-prove-anew=; .*1970/));
    // Nor does that open the way for a proof from before.
    expect((await hand(proofOf(await begun(), { authenticatedAt }))).code).toBe('not-fresh');
  });

  test('a provider whose clock is behind is believed when it was asked anew, and else is not', async () => {
    await house.sessions.lock(await house.arrive());
    const late = { authenticatedAt: START - 5_000 };
    const proof = (transaction: Transaction): Proof => ({
      ...proofOf(transaction, late),
      toleranceMs: 10_000,
    });
    expect((await hand(proof(await begun()))).code).toBe('not-fresh');
    expect((await hand(proof(await begun({ mustBeFresh: true })))).status).toBe(303);
  });

  test('a sign-in that was asked anew before the lock does not count as after it', async () => {
    const before = await begun({ mustBeFresh: true });
    house.clock.nowMs += MINUTE;
    await house.sessions.lock(await house.arrive());
    expect((await hand(proofOf(before, { authenticatedAt: START + 1_000 }))).code).toBe('not-fresh');
  });

  test('when somebody else comes in over a session that locked itself', async () => {
    const held = await house.arrive();
    house.clock.nowMs += IDLE_MS;
    const ben = await hand(proofOf(await begun({ sessionHash: secretHash(held) }), BEN));
    expect(ben.status).toBe(303);
    const alice = await hand(proofOf(await begun(), { authenticatedAt: START }));
    expect(alice.code).toBe('not-fresh');
  });

  test('but is of one login only, has an end, and does not ask a card', async () => {
    await house.sessions.lock(await house.arrive());
    const authenticatedAt = START - MINUTE;
    expect((await hand(proofOf(await begun(), { ...BEN, authenticatedAt }))).status).toBe(303);
    const card: Proof = { arrival: { ...ALICE, authenticatedAt, method: 'smart-card' } };
    expect((await hand(card)).status).toBe(303);
    house.clock.nowMs = START + ABSOLUTE_MS;
    expect((await hand(proofOf(await begun(), { authenticatedAt }))).status).toBe(303);
  });

  test('somebody else at a step-up ends it, and whoever comes next proves it anew', async () => {
    const held = await house.arrive();
    const stepUp = { sessionHash: secretHash(held), stepUp: { assurance: 3 } } as const;
    const outcome = await hand(proofOf(await begun(stepUp), BEN));
    expect(outcome.code).toBe('another-person');
    expect(outcome.setCookie).toContainEqual(expect.stringMatching(proveAnew));
  });
});

test('attempts are counted by login, whatever door they come by', async () => {
  const counted: string[] = [];
  const limits = {
    ofAccount: async (account: string): Promise<void> => {
      counted.push(account);
      if (counted.length > 1) throw new TooManyAttempts(7);
    },
  };
  const arrive = async (): ReturnType<typeof handIn> => handIn(house, proofOf(await begun()), { limits });
  expect((await arrive()).status).toBe(303);
  expect((await arrive()).code).toBe('too-many-attempts');
  expect(counted).toEqual(['login urn:idp alice.osei', 'login urn:idp alice.osei']);
});

test('with the store away nobody comes in, and no cookie is set', async () => {
  const transaction = await begun();
  house.setAway(true);
  const outcome = await hand(proofOf(transaction));
  expect([outcome.code, outcome.token]).toEqual(['sessions-unavailable', undefined]);
  expect(house.events).toEqual([]);
});
