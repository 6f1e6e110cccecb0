import request from 'supertest';
import type { LogoutScene } from '../../fixtures/saml/bent-logouts.ts';
import { CONFUSED_QUERIES, FALSELY_SIGNED } from '../../fixtures/saml/hostile-logouts.ts';
import { logoutRequest, redirectQuery } from '../../fixtures/saml/logout-messages.ts';
import { BADLY_PACKED } from '../../fixtures/saml/packed-logouts.ts';
import { OTHERS_LOGOUTS, UNFIT_LOGOUTS } from '../../fixtures/saml/unfit-logouts.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { openLogoutHouse, type LogoutHouse } from '../fakes/logout-house.ts';

const stranger = makeKeyPair('stranger');
let it: LogoutHouse;
let victim = '';
beforeAll(async () => {
  it = await openLogoutHouse();
});
// One session outlives every hostile message, until an honest one ends it.
beforeEach(async () => {
  if (!(await it.isIn(victim))) victim = await it.enter('alice.osei', 's-1');
});
afterAll(() => it.house.close());

function scene(): LogoutScene {
  const { keys, entityIds } = it.house;
  const otherProvider = { issuer: entityIds.south, key: keys.south };
  return { facts: it.facts(), key: keys.north, otherProvider, stranger };
}

/** Judged by whose session there still is; the code says that it was refused for the right thing, and the person learns neither. */
async function expectRefused(query: string, code: string): Promise<void> {
  const outcome = await it.send(query, { token: victim });
  expect(await it.isIn(victim)).toBe(true);
  expect(outcome).toMatchObject({ status: 403, refusal: code, setCookie: [] });
  expect(outcome.location).toBeUndefined();
  expect(JSON.parse(outcome.text)).toMatchObject({
    code: 'sign-in-failed',
    detail: expect.stringMatching(/\(sign-out-unfit\)$/) as unknown,
  });
}

/** What was refused before was refused for what was wrong with it. */
async function expectHonestOneObeyed(): Promise<void> {
  const { status } = await it.send(redirectQuery(logoutRequest(it.facts()), it.house.keys.north));
  expect(status).toBe(303);
  expect(await it.isIn(victim)).toBe(false);
}

describe('a query that is falsely signed ends no session', () => {
  test.each(FALSELY_SIGNED)('$name -> $code', ({ query, code }) => expectRefused(query(scene()), code));
  test('and the honest one is obeyed', expectHonestOneObeyed);
});

describe('a query that can be read in two ways, or was touched, ends no session', () => {
  test.each(CONFUSED_QUERIES)('$name -> $code', ({ query, code }) => expectRefused(query(scene()), code));
  test('and the honest one is obeyed', expectHonestOneObeyed);
});

describe('a signed query with a bad package ends no session', () => {
  test.each(BADLY_PACKED)('$name -> $code', ({ query, code }) => expectRefused(query(scene()), code));
  test('and the honest one is obeyed', expectHonestOneObeyed);
});

describe('a rightly signed request with one thing wrong ends no session', () => {
  test.each(UNFIT_LOGOUTS)('$name -> $code', ({ xml, code }) =>
    expectRefused(redirectQuery(xml(scene()), it.house.keys.north), code),
  );
  test('and the honest one is obeyed', expectHonestOneObeyed);
});

describe('a request that is in order, and not about the session whose cookie came along, leaves it alone', () => {
  test.each(OTHERS_LOGOUTS)('$name', async ({ changes }) => {
    const query = redirectQuery(logoutRequest(it.facts(changes)), it.house.keys.north);
    const outcome = await it.send(query, { token: victim });
    expect(await it.isIn(victim)).toBe(true);
    expect(outcome).toMatchObject({ status: 303, setCookie: [] });
  });

  test('the other provider names her, at its own door', async () => {
    const { keys, entityIds } = it.house;
    const destination = it.facts().destination.replace('north', 'south');
    const facts = it.facts({ issuer: entityIds.south, destination, sessionIndexes: [] });
    const outcome = await it.send(redirectQuery(logoutRequest(facts), keys.south), {
      token: victim,
      provider: 'south',
    });
    expect(await it.isIn(victim)).toBe(true);
    expect(outcome).toMatchObject({ status: 303, setCookie: [] });
  });

  test("this provider's request at the other's door", async () => {
    const query = redirectQuery(logoutRequest(it.facts()), it.house.keys.north);
    expect(await it.send(query, { token: victim, provider: 'south' })).toMatchObject({
      status: 403,
      refusal: 'answer-not-trusted',
    });
    expect(await it.isIn(victim)).toBe(true);
  });
});

describe('a request that was used', () => {
  test('sent again -> refused, and who came in since stays in', async () => {
    const query = redirectQuery(logoutRequest(it.facts()), it.house.keys.north);
    expect((await it.send(query)).status).toBe(303);
    expect(await it.isIn(victim)).toBe(false);
    victim = await it.enter('alice.osei', 's-1');
    await expectRefused(query, 'already-used');
  });

  test('packed and signed again under the same ID -> refused', async () => {
    const xml = logoutRequest(it.facts());
    await it.send(redirectQuery(xml, it.house.keys.north));
    victim = await it.enter('alice.osei', 's-1');
    await expectRefused(redirectQuery(xml, it.house.keys.north, { relayState: 'x' }), 'already-used');
  });

  test('eight at once -> one is obeyed', async () => {
    const query = redirectQuery(logoutRequest(it.facts()), it.house.keys.north);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => it.send(query)));
    expect(outcomes.filter(({ status }) => status === 303)).toHaveLength(1);
  });
});

test('a HEAD request uses nothing up', async () => {
  const query = redirectQuery(logoutRequest(it.facts()), it.house.keys.north);
  expect((await request(it.house.app).head(`/auth/saml/north/slo?${query}`)).status).toBe(403);
  expect(await it.isIn(victim)).toBe(true);
  expect((await it.send(query)).status).toBe(303);
});
