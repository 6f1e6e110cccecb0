import request from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

let house: SignInHouse;
beforeEach(async () => {
  house = await openSignInHouse();
});
afterEach(() => house.close());

describe('an identity provider that is not set up', () => {
  test.each([
    ['get', '/auth/saml/west/login'],
    ['post', '/auth/saml/west/acs'],
    ['get', '/auth/saml/west/metadata'],
    ['get', '/auth/saml/__proto__/login'],
  ] as const)('%s %s -> 404', async (method, path) => {
    const res = await request(house.app)[method](path);
    expect(res.status).toBe(404);
    expect(res.body.code).toBe('not-found');
    expect(house.events).toEqual([]);
  });
});

describe('signing out', () => {
  test('ends the session on the server, clears the cookie, and goes to the sign-in page', async () => {
    const { token = '' } = await house.signIn();
    const res = await request(house.app).post('/auth/logout').set('Cookie', `${SESSION_COOKIE}=${token}`);
    expect(res.status).toBe(303);
    // This provider takes no sign-outs, so it may go on knowing the person.
    expect(res.headers['location']).toBe('/auth/sign-in?signed-out=partial');
    const [line = ''] = res.headers['set-cookie'] as unknown as string[];
    expect(line).toMatch(
      new RegExp(`^${SESSION_COOKIE}=; Path=/; Expires=Thu, 01 Jan 1970 .*; HttpOnly; Secure; SameSite=Lax$`),
    );
    expect(await house.whoIs(token)).toBeUndefined();
    expect(await house.subjects()).toEqual([]);
    expect(house.events.at(-1)).toEqual({
      outcome: 'signed-out',
      provider: 'urn:test:north',
      subject: 'alice.osei',
      method: 'saml',
      sessionRef: expect.any(String),
    });
  });

  test('without a session it does the same, and nothing is on record', async () => {
    for (const cookie of ['', `${SESSION_COOKIE}=${'x'.repeat(43)}`, `${SESSION_COOKIE}=%00`]) {
      const res = await request(house.app).post('/auth/logout').set('Cookie', cookie);
      expect(res.status).toBe(303);
    }
    expect(house.events).toEqual([]);
  });

  test("ends nobody else's session", async () => {
    const first = await house.signIn();
    const second = await house.signIn({ facts: { subject: 'ben.carter' } });
    await request(house.app)
      .post('/auth/logout')
      .set('Cookie', `${SESSION_COOKIE}=${first.token ?? ''}`);
    expect((await house.whoIs(second.token))?.subject).toBe('ben.carter');
  });
});

test('the sign-in page gets every provider, and no more of it than its name and address', () => {
  expect(house.identity.doors.choices).toEqual(
    ['north', 'south'].map((id) => ({
      id,
      title: `Identity provider ${id}`,
      kind: 'saml',
      href: `/auth/saml/${id}/login`,
    })),
  );
});

describe('when sign-ins cannot be written down', () => {
  test('nobody comes in, and it is told as what it is', async () => {
    const begun = await house.begin();
    await house.database.schema.dropTable('login_once').execute();
    const outcome = await house.post(begun.cookie, { SAMLResponse: house.answer(begun) });
    expect([outcome.status, outcome.body.code]).toEqual([503, 'sessions-unavailable']);
    expect(outcome.token).toBeUndefined();
    expect(await house.subjects()).toEqual([]);
    // The request was not used up either.
    expect(await house.database.selectFrom('login_transaction').selectAll().execute()).toHaveLength(1);
  });

  test('no sign-in is begun', async () => {
    await house.database.schema.dropTable('login_transaction').execute();
    const res = await request(house.app).get('/auth/saml/north/login');
    expect([res.status, res.body.code]).toEqual([503, 'sessions-unavailable']);
    expect(res.text).not.toMatch(/login_transaction|sqlite/i);
  });
});

test('events and answers hold no token, no cookie and no answer', async () => {
  const begun = await house.begin();
  const answer = house.answer(begun);
  const { token = 'none' } = await house.post(begun.cookie, { SAMLResponse: answer });
  const again = await house.post(begun.cookie, { SAMLResponse: answer });
  const said = JSON.stringify([house.events, house.warnings, again.body]);
  for (const secret of [token, begun.cookie.split('=')[1] ?? 'none', answer.slice(0, 40), begun.requestId]) {
    expect(said).not.toContain(secret);
  }
});
