import request from 'supertest';
import { openProgramHouse, SAML_BEARER, type ProgramHouse } from '../fakes/program-house.ts';
import { GATEWAY_ENTITY, openSignInHouse } from '../fakes/sign-in-house.ts';

let house: ProgramHouse;
beforeAll(async () => {
  house = await openProgramHouse();
});
afterAll(() => house.close());

const tokenOf = async (): Promise<string> => {
  const { username, code } = await house.code(await house.browser());
  const form = { grant_type: 'password', username, password: code };
  return String((await house.post('/auth/token', form)).body.access_token);
};
const isGood = async (token: string): Promise<boolean> =>
  (await house.get('/auth/whoami', token)).status === 200;

test.each<{ name: string; form: string; error: string }>([
  { name: 'nothing', form: '', error: 'invalid_request' },
  { name: 'no grant', form: 'username=a&password=b', error: 'invalid_request' },
  { name: 'an empty grant', form: 'grant_type=&username=a&password=b', error: 'invalid_request' },
  {
    name: 'a grant twice',
    form: 'grant_type=password&grant_type=password&username=a&password=b',
    error: 'invalid_request',
  },
  { name: 'another grant', form: 'grant_type=client_credentials', error: 'unsupported_grant_type' },
  { name: 'a refresh', form: 'grant_type=refresh_token&refresh_token=x', error: 'unsupported_grant_type' },
  { name: 'no name', form: 'grant_type=password&password=b', error: 'invalid_request' },
  { name: 'no password', form: 'grant_type=password&username=a', error: 'invalid_request' },
  {
    name: 'a password twice',
    form: 'grant_type=password&username=a&password=b&password=c',
    error: 'invalid_request',
  },
  { name: 'no assertion', form: `grant_type=${encodeURIComponent(SAML_BEARER)}`, error: 'invalid_request' },
  {
    name: 'an unknown scope',
    form: 'grant_type=password&username=a&password=b&scope=all',
    error: 'invalid_scope',
  },
  {
    name: 'a scope with two spaces',
    form: 'grant_type=password&username=a&password=b&scope=images++ai',
    error: 'invalid_scope',
  },
  { name: 'a wrong code', form: 'grant_type=password&username=a&password=b&scope=', error: 'invalid_grant' },
  {
    name: 'names of the language',
    form: 'grant_type=password&__proto__=x&constructor=y&username=a&password=b',
    error: 'invalid_grant',
  },
])('$name: $error', async ({ form, error }) => {
  const { status, body, headers } = await house.post('/auth/token', form);
  expect({ status, error: body.error }).toEqual({ status: 400, error });
  expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(headers).toMatchObject({
    'content-type': expect.stringContaining('application/json'),
    'cache-control': 'no-store',
  });
});

test('parameters stand in the form alone', async () => {
  const { username, code } = await house.code(await house.browser());
  const form = { grant_type: 'password', username, password: code };
  expect((await house.post('/auth/token?grant_type=password', form)).body.error).toBe('invalid_request');
  const inQuery = await house.post(
    `/auth/token?username=${username}&password=${code}`,
    'grant_type=password',
  );
  expect(inQuery.body.error).toBe('invalid_request');
  const asJson = await request(house.app).post('/auth/token').send(form);
  expect(asJson.body.error).toBe('invalid_request');
  expect((await house.post('/auth/token', form)).status).toBe(200);
});

test('is not opened by GET', async () => {
  expect((await house.get('/auth/token')).status).toBe(405);
});

describe('revoking (RFC 7009)', () => {
  test('ends this token and no other, and not the browser it came from', async () => {
    const [first, second] = [await tokenOf(), await tokenOf()];
    const { status, text } = await house.post('/auth/revoke', {
      token: first,
      token_type_hint: 'access_token',
    });
    expect({ status, text }).toEqual({ status: 200, text: '' });
    expect([await isGood(first), await isGood(second)]).toEqual([false, true]);
    expect(house.signIn.events.at(-1)).toMatchObject({
      outcome: 'token-revoked',
      method: 'token',
      subject: 'alice.osei',
    });
  });

  test('a token that is not there is revoked all the same', async () => {
    const token = await tokenOf();
    await house.post('/auth/revoke', { token });
    const before = house.signIn.events.length;
    for (const gone of [token, 'unknown', 'x'.repeat(5_000)]) {
      expect((await house.post('/auth/revoke', { token: gone })).status).toBe(200);
    }
    expect(house.signIn.events).toHaveLength(before);
  });

  test('a browser’s session is not ended here', async () => {
    const browser = await house.browser();
    expect((await house.post('/auth/revoke', { token: browser })).status).toBe(200);
    expect((await house.getAtBrowser('/auth/whoami', browser)).status).toBe(200);
  });

  test('no token: invalid_request', async () => {
    const { status, body } = await house.post('/auth/revoke', 'token_type_hint=access_token');
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_request' });
  });
});

test('without its store no door gives a token, and it says so', async () => {
  const own = await openProgramHouse();
  const { username, code } = await own.code(await own.browser());
  await own.signIn.database.destroy();
  const { status, body } = await own.post('/auth/token', {
    grant_type: 'password',
    username,
    password: code,
  });
  expect({ status, error: body.error }).toEqual({ status: 503, error: 'temporarily_unavailable' });
  expect(
    (await own.post('/auth/token', { grant_type: SAML_BEARER, assertion: own.assertion() })).status,
  ).toBe(503);
  expect((await own.post('/auth/revoke', { token: 'x' })).status).toBe(503);
  await own.close();
});

test.each<{ name: string; options: { audience?: string; lifetimeMs?: number } }>([
  { name: 'the audience of browsers', options: { audience: GATEWAY_ENTITY } },
  { name: 'no audience', options: { audience: '' } },
  { name: 'a life of nothing', options: { lifetimeMs: 0 } },
  { name: 'a life of 13 hours', options: { lifetimeMs: 13 * 3_600_000 } },
])('$name is refused at start', async ({ options }) => {
  const programs: { tokens?: typeof options } = {};
  const own = await openSignInHouse({ programs });
  programs.tokens = options;
  expect(() => own.restart()).toThrow(expect.objectContaining({ code: 'internal' }));
  await own.close();
});
