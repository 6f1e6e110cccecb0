import type { Arrival, Proof } from '../../src/identity/door-deps.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import type { Transaction } from '../../src/identity/stores/identity-stores.ts';
import { beginAt, BEN, BROWSER_COOKIE, handIn, proofAt } from '../fakes/finish-door.ts';
import { IDLE_MS, MINUTE, openSessionsHouse, START, type SessionsHouse } from '../fakes/sessions-house.ts';

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
  const locks: readonly { readonly name: string; readonly lock: (token: string) => Promise<void> }[] = [
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
    expect((await hand(proof)).code).toBe('already-used');
    expect((await hand({ ...proof, once: { ...proof.once, id: 'another' } as never })).code).toBe(
      'unknown-request',
    );
  });
});

test('with the store away nobody comes in, and no cookie is set', async () => {
  const transaction = await begun();
  house.setAway(true);
  const outcome = await hand(proofOf(transaction));
  expect([outcome.code, outcome.token]).toEqual(['sessions-unavailable', undefined]);
  expect(house.events).toEqual([]);
});
