import request from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { openProgramHouse, type ProgramHouse } from '../fakes/program-house.ts';
import { CT_ONE, CT_SERIES, REPORT, REPORT_SERIES, STUDY } from '../fakes/retrieval-house.ts';

const IMAGE = `/dicom-web/studies/${STUDY}/series/${CT_SERIES}/instances/${CT_ONE}`;
const RESULT = `/dicom-web/studies/${STUDY}/series/${REPORT_SERIES}/instances/${REPORT}`;
const MINUTE_MS = 60_000;
let shared: ProgramHouse;
let house: ProgramHouse;
beforeAll(async () => {
  shared = await openProgramHouse();
});
beforeEach(() => {
  house = shared;
});
afterEach(async () => {
  if (house !== shared) await house.close();
});
afterAll(() => shared.close());

/** Where time passes, or bounds are narrow. */
async function useOwnHouse(perMinute?: {
  readonly address: number;
  readonly account: number;
}): Promise<void> {
  const { address = 100_000, account = 100 } = perMinute ?? {};
  house = await openProgramHouse({ bounds: { perAddressPerMinute: address, perAccountPerMinute: account } });
}

const exchange = (username: string, password: string, more: Readonly<Record<string, string>> = {}) =>
  house.post('/auth/token', { grant_type: 'password', username, password, ...more });

async function tokenFor(browser: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const { username, code } = await house.code(browser, ['images', 'ai', 'records']);
  return String((await exchange(username, code, more)).body.access_token);
}

test('a code becomes a token that reads images and unlocked AI results, as the person who made it', async () => {
  const { username, code } = await house.code(await house.browser());
  const answer = await exchange(username, code);
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    token_type: 'Bearer',
    expires_in: 1_800,
    scope: 'images ai',
  });
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
  expect(answer.headers).not.toHaveProperty('set-cookie');
  const token = answer.body.access_token;
  expect((await house.get(IMAGE, token)).status).toBe(200);
  expect((await house.get(RESULT, token)).status).toBe(200);
  const { body } = await house.get('/auth/whoami', token);
  expect(body).toMatchObject({
    nameId: 'alice.osei',
    assurance: 3,
    method: 'saml',
    scopes: ['images', 'ai'],
  });
  expect(house.signIn.events.at(-1)).toMatchObject({
    outcome: 'token-issued',
    method: 'token',
    subject: 'alice.osei',
    assurance: 3,
  });
});

test('the code is easy to read: four groups of four letters that look like no other', async () => {
  const { username, code } = await house.code(await house.browser());
  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
  expect(username).toMatch(/^code-[0-9a-hjkmnp-tv-z]{4}$/);
});

test.each<{ name: string; type: (code: string) => string }>([
  { name: 'small letters', type: (code) => code.toLowerCase() },
  { name: 'no dashes', type: (code) => code.replaceAll('-', '') },
  { name: 'spaces', type: (code) => ` ${code.replaceAll('-', ' ')} ` },
  { name: 'other dashes', type: (code) => code.replaceAll('-', '–') },
  {
    name: 'letters that look like the digits',
    type: (code) => code.replaceAll('0', 'o').replaceAll('1', 'l'),
  },
])('typed with $name it is the same code', async ({ type }) => {
  const { username, code } = await house.code(await house.browser());
  expect((await exchange(` ${username.toUpperCase()} `, type(code))).status).toBe(200);
});

test.each<{
  name: string;
  given: (made: { username: string; code: string }) => Promise<readonly [string, string]>;
}>([
  { name: 'a wrong code', given: async ({ username }) => [username, 'AAAA-AAAA-AAAA-AAAA'] },
  { name: 'a wrong name', given: async ({ code }) => ['code-0000', code] },
  {
    name: 'the code of somebody else’s name',
    given: async ({ code }) => [(await house.code(await house.browser())).username, code],
  },
  {
    name: 'a used code',
    given: async ({ username, code }) => {
      await exchange(username, code);
      return [username, code];
    },
  },
])('$name is refused in one way', async ({ given }) => {
  const [username, password] = await given(await house.code(await house.browser()));
  const { status, body, headers } = await exchange(username, password);
  expect({ status, error: body.error, description: body.error_description }).toEqual({
    status: 400,
    error: 'invalid_grant',
    description: expect.stringContaining('wrong, used, over'),
  });
  expect(headers).toMatchObject({ 'cache-control': 'no-store' });
  expect(house.signIn.events.at(-1)).toMatchObject({
    outcome: 'refused',
    method: 'token',
    code: 'wrong-credentials',
  });
});

test('a code is good for two minutes', async () => {
  await useOwnHouse();
  const browser = await house.browser();
  const [first, second] = [await house.code(browser), await house.code(browser)];
  house.signIn.passTime(2 * MINUTE_MS - 30_000);
  expect((await exchange(first.username, first.code)).status).toBe(200);
  house.signIn.passTime(30_000);
  expect((await exchange(second.username, second.code)).body.error).toBe('invalid_grant');
});

test('one code used many times at once gives one token', async () => {
  const { username, code } = await house.code(await house.browser());
  const answers = await Promise.all(Array.from({ length: 12 }, () => exchange(username, code)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([
    200,
    ...Array.from({ length: 11 }, () => 400),
  ]);
});

test('a wrong name does not use the code up', async () => {
  const { username, code } = await house.code(await house.browser());
  expect((await exchange('code-0000', code)).status).toBe(400);
  expect((await exchange(username, code)).status).toBe(200);
});

describe('a token is no more than the session it hangs on', () => {
  const worksNow = async (token: string): Promise<boolean> => (await house.get(IMAGE, token)).status === 200;
  const atBrowser = (path: string, token: string) =>
    request(house.app).post(path).set('Cookie', `${SESSION_COOKIE}=${token}`);

  test('signing out in the browser ends it', async () => {
    const browser = await house.browser();
    const token = await tokenFor(browser);
    expect(await worksNow(token)).toBe(true);
    await atBrowser('/auth/logout', browser);
    expect(await worksNow(token)).toBe(false);
  });

  test('locking the browser locks it, and what codes there are', async () => {
    const browser = await house.browser();
    const token = await tokenFor(browser);
    const { username, code } = await house.code(browser);
    await atBrowser('/auth/lock', browser);
    expect(await worksNow(token)).toBe(false);
    expect((await exchange(username, code)).body.error).toBe('invalid_grant');
  });

  test('a browser locks itself beside it, and it goes on for its own time', async () => {
    await useOwnHouse();
    const browser = await house.browser();
    house.signIn.passTime(20 * MINUTE_MS);
    const token = await tokenFor(browser);
    house.signIn.passTime(29 * MINUTE_MS);
    expect(await worksNow(token)).toBe(true);
    house.signIn.passTime(1 * MINUTE_MS);
    expect((await house.getAtBrowser('/auth/whoami', browser)).status).toBe(401);
    expect(await worksNow(token)).toBe(false);
  });

  test('it ends after its own time, while the browser goes on', async () => {
    await useOwnHouse();
    const browser = await house.browser();
    const token = await tokenFor(browser);
    house.signIn.passTime(20 * MINUTE_MS);
    await house.getAtBrowser('/auth/whoami', browser);
    house.signIn.passTime(11 * MINUTE_MS);
    expect(await worksNow(token)).toBe(false);
    expect((await house.getAtBrowser('/auth/whoami', browser)).status).toBe(200);
  });

  test('a code of a session that ended meanwhile is worth nothing', async () => {
    const browser = await house.browser();
    const { username, code } = await house.code(browser);
    await atBrowser('/auth/logout', browser);
    expect((await exchange(username, code)).body.error).toBe('invalid_grant');
  });

  test('it is no session of a browser, and makes no codes', async () => {
    const token = await tokenFor(await house.browser());
    expect((await house.getAtBrowser('/auth/whoami', token)).status).toBe(401);
    await expect(house.code(token)).rejects.toMatchObject({ code: 'not-identified' });
  });

  test('the session of a browser is no token', async () => {
    expect((await house.get('/auth/whoami', await house.browser())).status).toBe(401);
  });
});

describe('scopes', () => {
  test('those asked for narrow the token', async () => {
    const { username, code } = await house.code(await house.browser());
    const { body } = await exchange(username, code, { scope: 'images' });
    expect(body.scope).toBe('images');
    expect((await house.get(IMAGE, body.access_token)).status).toBe(200);
    const locked = await house.get(RESULT, body.access_token);
    expect(locked.status).toBe(403);
    expect(locked.body.reasons).toEqual([expect.objectContaining({ code: 'token-scope' })]);
    expect((await house.get('/api/models', body.access_token)).body.code).toBe('scope-missing');
    expect((await house.get('/api/cases', body.access_token)).body.code).toBe('scope-missing');
  });

  test('more than the code is good for is refused, and the code is still good', async () => {
    const { username, code } = await house.code(await house.browser(), ['images']);
    expect((await exchange(username, code, { scope: 'images ai' })).body.error).toBe('invalid_scope');
    expect((await exchange(username, code)).body.scope).toBe('images');
  });

  test('a token for AI alone reads no images', async () => {
    const token = await tokenFor(await house.browser(), { scope: 'ai' });
    expect((await house.get(IMAGE, token)).body.code).toBe('scope-missing');
  });
});

describe('guessing is hopeless', () => {
  test('an account takes so many attempts a minute, right or wrong', async () => {
    await useOwnHouse({ address: 1_000, account: 3 });
    const { username, code } = await house.code(await house.browser());
    for (let tries = 0; tries < 3; tries += 1) await exchange(username, 'AAAA-AAAA-AAAA-AAAA');
    const { status, body, headers } = await exchange(username.toUpperCase(), code);
    expect({ status, error: body.error }).toEqual({ status: 429, error: 'temporarily_unavailable' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  test('an address takes so many attempts a minute, whatever the name', async () => {
    await useOwnHouse({ address: 5, account: 100 });
    const answers: number[] = [];
    for (let tries = 0; tries < 7; tries += 1) answers.push((await exchange(`code-${tries}`, 'x')).status);
    expect(answers.slice(0, 5)).toEqual([400, 400, 400, 400, 400]);
    expect(answers.slice(5)).toEqual([429, 429]);
  });

  test('one login gets so many tokens a minute', async () => {
    await useOwnHouse({ address: 1_000, account: 3 });
    const [first, second] = [await house.browser(), await house.browser()];
    const answers: number[] = [];
    for (const browser of [first, first, second, second]) {
      const { username, code } = await house.code(browser);
      answers.push((await exchange(username, code)).status);
    }
    expect(answers).toEqual([200, 200, 200, 429]);
  });

  test('one browser makes so many codes a minute', async () => {
    await useOwnHouse({ address: 1_000, account: 3 });
    const browser = await house.browser();
    for (let made = 0; made < 3; made += 1) await house.code(browser);
    await expect(house.code(browser)).rejects.toMatchObject({ code: 'too-many-attempts' });
  });
});
