import fc from 'fast-check';
import request from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

let house: SignInHouse;
beforeEach(async () => {
  house = await openSignInHouse();
});
afterEach(() => house.close());

const lastCode = (): string | undefined => house.events.at(-1)?.code;

describe('replay', () => {
  test('an answer posted again, by the same browser -> no second session', async () => {
    const begun = await house.begin();
    const form = { SAMLResponse: house.answer(begun) };
    await house.post(begun.cookie, form);
    const again = await house.post(begun.cookie, form);
    expect(again.token).toBeUndefined();
    expect(await house.subjects()).toEqual(['alice.osei']);
  });

  test('an answer posted eight times at once -> one session', async () => {
    const begun = await house.begin();
    const form = { SAMLResponse: house.answer(begun) };
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => house.post(begun.cookie, form)));
    expect(outcomes.filter(({ token }) => token !== undefined)).toHaveLength(1);
    expect(await house.subjects()).toEqual(['alice.osei']);
  });

  test('one assertion for two requests -> the second is refused', async () => {
    const edit = (xml: string): string => xml.replace(/ ID="[^"]*"/, ' ID="_same"');
    await house.signIn({ assertion: edit });
    const second = await house.signIn({ assertion: edit });
    expect(second.token).toBeUndefined();
    expect(lastCode()).toBe('already-used');
    expect(await house.subjects()).toEqual(['alice.osei']);
  });
});

describe('another browser', () => {
  test('an answer without the cookie -> refused (sign-in forced on a victim)', async () => {
    const attacker = await house.begin();
    const outcome = await house.post('', {
      SAMLResponse: house.answer(attacker, { facts: { subject: 'attacker' } }),
    });
    expect(outcome.token).toBeUndefined();
    expect(lastCode()).toBe('other-browser');
    expect(await house.subjects()).toEqual([]);
  });

  test("an answer to the attacker's request in a browser with its own -> refused, and the victim's goes on", async () => {
    const attacker = await house.begin();
    const victim = await house.begin();
    await house.post(victim.cookie, {
      SAMLResponse: house.answer(attacker, { facts: { subject: 'attacker' } }),
    });
    expect(await house.subjects()).toEqual([]);
    const outcome = await house.post(victim.cookie, { SAMLResponse: house.answer(victim) });
    expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
  });

  test('knowing the request ID is not enough to be the browser', async () => {
    const begun = await house.begin();
    const cookie = begun.cookie.replace(/=.*/, `=${begun.requestId.slice(0, 43).padEnd(43, 'A')}`);
    await house.post(cookie, { SAMLResponse: house.answer(begun) });
    expect(lastCode()).toBe('other-browser');
    expect(await house.subjects()).toEqual([]);
  });

  test('rubbish that names the request does not use it up', async () => {
    const begun = await house.begin();
    await house.post(begun.cookie, {
      SAMLResponse: house.answer(begun, { assertionKey: 'unsigned', responseKey: 'unsigned' }),
    });
    await house.post('', { SAMLResponse: house.answer(begun) });
    const outcome = await house.post(begun.cookie, { SAMLResponse: house.answer(begun) });
    expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
  });

  test('two tabs of one browser both sign in', async () => {
    const first = await house.begin();
    const res = await request(house.app).get('/auth/saml/north/login').set('Cookie', first.cookie);
    const cookie = String(res.headers['set-cookie']).split(';', 1)[0] ?? '';
    const outcome = await house.post(cookie, { SAMLResponse: house.answer(first) });
    expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
    expect(outcome.setCookie.find((line) => line.includes('SameSite=None'))).toContain('Max-Age=600');
  });

  test('a request ten minutes old is no longer answered', async () => {
    const begun = await house.begin();
    house.passTime(10 * 60_000);
    await house.post(begun.cookie, { SAMLResponse: house.answer(begun) });
    expect(lastCode()).toBe('unknown-request');
  });
});

describe('two identity providers', () => {
  const rows = [
    { name: 'the other one answers, at its own address, in its own name', signer: 'south', door: 'south' },
    { name: 'the other one answers at the address of the one asked', signer: 'south', door: 'north' },
    { name: 'the right one answers at the address of the other', signer: 'north', door: 'south' },
  ] as const;
  test.each(rows)('$name -> refused', async ({ signer, door }) => {
    const begun = await house.begin('north');
    const outcome = await house.post(begun.cookie, { SAMLResponse: house.answer(begun, {}, signer) }, door);
    expect(outcome.token).toBeUndefined();
    expect(await house.subjects()).toEqual([]);
  });

  test('the other one answers in the name of the one asked -> refused', async () => {
    const begun = await house.begin('north');
    const keys = { assertionKey: house.keys.south, responseKey: house.keys.south };
    await house.post(begun.cookie, { SAMLResponse: house.answer(begun, keys) });
    expect(lastCode()).toBe('answer-not-trusted');
    expect(await house.subjects()).toEqual([]);
  });

  test('one name at two providers is two people', async () => {
    const begun = await house.begin('south');
    const { token } = await house.post(
      begun.cookie,
      { SAMLResponse: house.answer(begun, {}, 'south') },
      'south',
    );
    expect(await house.whoIs(token)).toMatchObject({ provider: 'urn:test:south', subject: 'alice.osei' });
  });
});

describe('where the person comes out', () => {
  const good = [
    '/',
    '/me/studies',
    '/me/studies/1.2.3?tab=ai#top',
    '/viewer?url=https%3A%2F%2Fx',
    '/a%20b',
    '/auth/whoami',
  ];
  test.each(good)('return=%s', async (path) => {
    const begun = await house.begin('north', path);
    const outcome = await house.post(begun.cookie, { SAMLResponse: house.answer(begun) });
    expect(outcome.location).toBe(path);
  });

  const bad = [
    '',
    'me/studies',
    'https://evil.example/',
    'javascript:alert(1)',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    '/.//evil.example/',
    '/a//b',
    '/%2fevil.example',
    '/%5cevil.example',
    '/%2Fevil.example',
    '/a\\b',
    '/\tevil',
    '/\n/evil.example',
    '/a b',
    '/a%0d%0aSet-Cookie:x=1',
    '/a?b=%00',
    '/caf\u00e9',
    ' /me',
    '/auth/saml/north/login',
    '/x/../auth/saml/north/login',
    `/${'a'.repeat(2_000)}`,
  ];
  test.each(bad)('return=%j -> 400, nothing begun', async (path) => {
    const res = await request(house.app).get(`/auth/saml/north/login?return=${encodeURIComponent(path)}`);
    expect(res.status).toBe(400);
    expect(res.headers['set-cookie']).toBeUndefined();
    expect(await house.database.selectFrom('login_transaction').selectAll().execute()).toEqual([]);
  });

  test('return twice -> 400', async () => {
    const res = await request(house.app).get('/auth/saml/north/login?return=/a&return=//evil.example');
    expect(res.status).toBe(400);
  });

  test.each(['//evil.example', 'https://evil.example', '/other'])(
    'RelayState %s leads nowhere',
    async (RelayState) => {
      const begun = await house.begin('north', '/me/cases');
      const outcome = await house.post(begun.cookie, { SAMLResponse: house.answer(begun), RelayState });
      expect(outcome.location).toBe('/me/cases');
    },
  );

  test('whatever is asked for, it is this gateway or nothing', async () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '%2f',
      '%5C',
      ':',
      '@',
      '.',
      'evil.example',
      'https',
      '?',
      '#',
      '\t',
      'a',
      '%09',
    );
    const path = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(path, async (text) => {
        const res = await request(house.app).get(`/auth/saml/north/login?return=${encodeURIComponent(text)}`);
        if (res.status === 400) return;
        const row = await house.database
          .selectFrom('login_transaction')
          .selectAll()
          .orderBy('login_transaction.expires_at', 'desc')
          .execute();
        const kept = row.map(({ body }) => String(JSON.parse(body).returnTo));
        expect(kept.every((place) => new URL(place, 'http://here/x/y').host === 'here')).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

test('signing in again ends the session this browser had, and makes a new token', async () => {
  const first = await house.signIn();
  const begun = await house.begin();
  const cookie = `${begun.cookie}; ${SESSION_COOKIE}=${first.token ?? ''}`;
  const second = await house.post(cookie, {
    SAMLResponse: house.answer(begun, { facts: { subject: 'ben.carter' } }),
  });
  expect(second.token).not.toBe(first.token);
  expect(await house.whoIs(first.token)).toBeUndefined();
  expect((await house.whoIs(second.token))?.subject).toBe('ben.carter');
});

test('a session cookie chosen by somebody else never becomes a session', async () => {
  const planted = 'A'.repeat(43);
  const begun = await house.begin();
  const outcome = await house.post(`${begun.cookie}; ${SESSION_COOKIE}=${planted}`, {
    SAMLResponse: house.answer(begun),
  });
  expect(outcome.token).not.toBe(planted);
  expect(await house.whoIs(planted)).toBeUndefined();
});
