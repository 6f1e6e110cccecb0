import { SESSION_COOKIE, TRANSACTION_COOKIE } from '../../src/domain/cookies.ts';
import { SessionsUnavailable } from '../../src/domain/errors.ts';
import type { Arrival, Proof } from '../../src/identity/door-deps.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import type { Transaction } from '../../src/identity/stores/identity-stores.ts';
import { ALICE_CARD, beginAt, BEN, BROWSER_COOKIE, handIn, proofAt } from '../fakes/finish-door.ts';
import { ALICE, MINUTE, openSessionsHouse, START, type SessionsHouse } from '../fakes/sessions-house.ts';

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

describe('an ordinary sign-in', () => {
  test('opens a session under a new token, sets its cookie, tells it once, and goes on where the person was', async () => {
    const role = { id: 'R8000' };
    const outcome = await hand(proofOf(await begun(), { role }));
    expect([outcome.status, outcome.location]).toEqual([303, '/me/studies/1?page=2']);
    expect(outcome.setCookie).toEqual([
      `${TRANSACTION_COOKIE}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=None`,
      `${SESSION_COOKIE}=${outcome.token}; Path=/; HttpOnly; Secure; SameSite=Lax`,
    ]);
    expect(SESSION_COOKIE).toMatch(/^__Host-/);
    expect(await house.whose(outcome.token ?? '')).toBe('alice.osei');
    const { provider, subject, method, assurance } = ALICE;
    expect(house.events).toEqual([
      {
        outcome: 'signed-in',
        ...{ provider, subject, method, assurance },
        authenticatedAt: START,
        roleId: 'R8000',
        sessionRef: 'ref-1',
      },
    ]);
  });

  test('ends the session before, whoever had it, and what hangs on it', async () => {
    const before = await house.arrive(BEN);
    const child = await house.arrive(BEN, { use: 'bearer', parentHash: secretHash(before) });
    const outcome = await hand(proofOf(await begun({ sessionHash: secretHash(before) })));
    expect(outcome.status).toBe(303);
    expect([await house.whose(before), await house.whose(child, 'bearer')]).toEqual([
      'NotIdentified',
      'NotIdentified',
    ]);
    expect(outcome.token).not.toBe(before);
  });

  test('ends what the browser holds now, too, when that is another session than at the beginning', async () => {
    const [began, holds] = [await house.arrive(), await house.arrive(BEN)];
    const transaction = await begun({ sessionHash: secretHash(began) });
    const cookie = `${SESSION_COOKIE}=${holds}; ${BROWSER_COOKIE}`;
    expect((await hand(proofOf(transaction), cookie)).status).toBe(303);
    expect([await house.whose(began), await house.whose(holds)]).toEqual(['NotIdentified', 'NotIdentified']);
  });

  test('without a transaction, as at the card door, goes where it is told', async () => {
    const arrival = { ...ALICE, ...ALICE_CARD };
    const cookie = `${SESSION_COOKIE}=${await house.arrive()}`;
    expect(await hand({ arrival, returnTo: '/me/session' }, cookie)).toMatchObject({
      location: '/me/session',
    });
    expect(await hand({ arrival }, '')).toMatchObject({ status: 303, location: '/' });
  });

  test('with a session before it that cannot be ended lets the new person in all the same', async () => {
    const before = await house.arrive(BEN);
    const transaction = await begun({ sessionHash: secretHash(before) });
    const broken = house.another({ destroy: () => Promise.reject(new SessionsUnavailable()) });
    const { token = '' } = await handIn(house, proofOf(transaction), { sessions: broken });
    expect(await house.whose(token, 'browser', broken)).toBe('alice.osei');
    expect(await house.whose(before, 'browser', broken)).toBe('NotIdentified');
  });
});

describe('a step-up', () => {
  const rows: readonly {
    readonly name: string;
    readonly arrival: Partial<Arrival>;
    readonly toleranceMs?: number;
    readonly expect: string;
    /** Whether the session before is still there. */
    readonly before: boolean;
  }[] = [
    { name: 'strong enough', arrival: { assurance: 3 }, expect: 'stepped-up', before: false },
    { name: 'too weak', arrival: { assurance: 2 }, expect: 'step-up-too-weak', before: true },
    { name: 'by another person', arrival: BEN, expect: 'another-person', before: false },
    { name: 'the same person by card', arrival: ALICE_CARD, expect: 'stepped-up', before: false },
    {
      name: 'a card that names nobody',
      arrival: { ...ALICE_CARD, subject: '555000000000' },
      expect: 'another-person',
      before: false,
    },
    {
      name: 'proved in the second it was asked for',
      arrival: { authenticatedAt: START + MINUTE },
      expect: 'stepped-up',
      before: false,
    },
    {
      name: 'proved before it was asked for',
      arrival: { authenticatedAt: START + MINUTE - 1 },
      expect: 'not-fresh',
      before: true,
    },
    {
      name: 'proved before, within the tolerance',
      arrival: { authenticatedAt: START + 30_000 },
      toleranceMs: 30_000,
      expect: 'stepped-up',
      before: false,
    },
    {
      name: 'proved before, beyond the tolerance',
      arrival: { authenticatedAt: START + 29_999 },
      toleranceMs: 30_000,
      expect: 'not-fresh',
      before: true,
    },
  ];
  test.each(rows)('$name -> $expect', async ({ arrival, toleranceMs = 0, expect: expected, before }) => {
    const held = await house.arrive({ assurance: 1 });
    house.clock.nowMs = START + MINUTE + 500;
    const transaction = await begun({
      startedAt: START + MINUTE + 499,
      sessionHash: secretHash(held),
      stepUp: { assurance: 3 },
    });
    const given = { ...proofOf(transaction, arrival), toleranceMs };
    const outcome = await hand(given);
    const told = house.events.map((event) => event.outcome);
    expect(outcome.status === 303 ? told.join() : outcome.code).toBe(expected);
    expect(outcome.token !== undefined).toBe(outcome.status === 303);
    expect(await house.whose(held)).toBe(before ? 'alice.osei' : 'NotIdentified');
  });

  test('by another person signs both out, and neither can come back with the same answer', async () => {
    const held = await house.arrive({ assurance: 1 });
    const transaction = await begun({ sessionHash: secretHash(held), stepUp: { assurance: 3 } });
    const proof = proofOf(transaction, BEN);
    const outcome = await hand(proof);
    expect(outcome.setCookie.filter((line) => line.includes('Expires=Thu, 01 Jan 1970'))).toHaveLength(2);
    expect(house.events).toEqual([
      expect.objectContaining({ outcome: 'revoked', subject: 'alice.osei', code: 'another-person' }),
    ]);
    expect((await hand(proof)).code).toBe('already-used');
    expect(await house.stores.sessions.listOf({ provider: ALICE.provider, subject: 'ben.carter' })).toEqual(
      [],
    );
  });

  test('whose session is gone meanwhile is a sign-in', async () => {
    const held = await house.arrive({ assurance: 1 });
    const transaction = await begun({ sessionHash: secretHash(held), stepUp: { assurance: 3 } });
    await house.sessions.end(secretHash(held));
    const outcome = await hand(proofOf(transaction));
    expect(await house.whose(outcome.token ?? '')).toBe('alice.osei');
  });

  test('at the card door is asked for without a transaction', async () => {
    const held = await house.arrive({ assurance: 1 });
    const arrival = { ...ALICE, ...ALICE_CARD };
    const proof = {
      arrival,
      stepUp: { assurance: 3 },
      sessionHash: secretHash(held),
      returnTo: '/me/studies',
    } as const;
    expect(await hand({ ...proof, arrival: { ...arrival, assurance: 2 } }, '')).toMatchObject({
      code: 'step-up-too-weak',
    });
    expect(await hand(proof, '')).toMatchObject({ status: 303, location: '/me/studies' });
    expect(house.events.map(({ outcome }) => outcome)).toEqual(['stepped-up']);
  });
});
