import { openOidcHouse, type BegunLogin, type LoginOutcome, type OidcHouse } from '../fakes/oidc-house.ts';
import { CARD, newKeyPem, openidProvider, openKeyed, openPlanned, PHONE } from '../fakes/oidc-providers.ts';
import { openBrowser } from '../fakes/plain-browser.ts';
import type { OpenidProviderFake } from '../fakes/openid-provider.ts';

let north: OpenidProviderFake;
let south: OpenidProviderFake;
let house: OidcHouse;

beforeAll(async () => {
  const plans = {
    smith: { sub: '555036632103', ...CARD },
    osei: { sub: '555036632104', ...PHONE },
    quitter: { sub: '1', error: 'access_denied' },
  };
  north = await openPlanned('north', plans);
  south = await openPlanned('south', plans);
  house = await openOidcHouse([openidProvider('north', north.issuer), openidProvider('south', south.issuer)]);
});

afterAll(async () => {
  await house.close();
  await Promise.all([north.close(), south.close()]);
});

async function signIn(hint: string, query = ''): Promise<LoginOutcome> {
  const begun = await house.begin('north', query);
  const back = await north.signIn(begun.location, hint);
  return house.callback('north', back.searchParams, begun.cookie);
}

/** Comes back from the provider with a code that nobody has used. */
async function returned(): Promise<BegunLogin & { readonly back: URLSearchParams }> {
  const begun = await house.begin('north');
  const back = await north.signIn(begun.location, 'smith');
  return { ...begun, back: back.searchParams };
}

test('a card at the provider opens a session of assurance 3', async () => {
  // The provider tells whole seconds.
  const before = Math.floor(Date.now() / 1_000) * 1_000;
  const outcome = await signIn('smith', '?return=%2Fme%2Fstudies');
  const after = Date.now();
  expect(outcome).toMatchObject({ status: 303, location: '/me/studies' });
  const who = await house.whoIs(outcome.token);
  expect(who).toMatchObject({
    provider: north.issuer,
    subject: '555036632103',
    method: 'oidc',
    assurance: 3,
  });
  expect(who?.authenticatedAt).toBeGreaterThanOrEqual(before);
  expect(who?.authenticatedAt).toBeLessThanOrEqual(after);
  expect(house.events.at(-1)).toMatchObject({ outcome: 'signed-in', method: 'oidc', assurance: 3 });
});

test('asks for a code with PKCE, state and nonce, and keeps the secrets of it here', async () => {
  const begun = await house.begin('north');
  expect(begun.status).toBe(302);
  expect(Object.fromEntries(begun.asked)).toEqual({
    client_id: 'countersign',
    response_type: 'code',
    response_mode: 'query',
    redirect_uri: 'https://gateway.example/auth/oidc/north/callback',
    scope: 'openid profile',
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
  });
  const kept = await house.stores.transactions.find(
    'oidc-sign-in',
    north.issuer,
    begun.asked.get('state') ?? '',
  );
  const { verifier = '', nonce } = kept?.values ?? {};
  expect(nonce).toBe(begun.asked.get('nonce'));
  expect(verifier).toMatch(/^[\w-]{43}$/);
  const shown = [begun.location, ...begun.setCookie].join(' ');
  expect(shown).not.toContain(verifier);
  expect(begun.setCookie.join(' ')).not.toContain(begun.asked.get('state') ?? 'absent');
  expect(begun.setCookie).toEqual([
    expect.stringMatching(/^__Host-countersign-sign-in=.*; HttpOnly; Secure; SameSite=None$/),
  ]);
});

test.each([
  { name: 'a state that nobody began', bend: { state: 'A'.repeat(43) }, code: 'unknown-request' },
  { name: 'a state of another form', bend: { state: 'x' }, code: 'unknown-request' },
  { name: 'a code that the provider did not issue', bend: { code: 'made-up' }, code: 'answer-not-trusted' },
  { name: 'the name of another provider', bend: { iss: 'https://evil.example' }, code: 'wrong-issuer' },
])('$name -> 403 $code', async ({ bend, code }) => {
  const { back, cookie } = await returned();
  const before = await house.sessionCount();
  const query = new URLSearchParams({ ...Object.fromEntries(back), ...bend });
  const outcome = await house.callback('north', query, cookie);
  expect(outcome).toMatchObject({ status: 403, token: undefined });
  expect(outcome.body.detail).toContain(`(${code})`);
  expect(await house.sessionCount()).toBe(before);
  expect(house.events.at(-1)).toEqual({
    outcome: 'refused',
    provider: north.issuer,
    method: 'oidc',
    code,
  });
});

test.each([
  { name: 'no state', query: 'code=abc', code: 'no-answer' },
  { name: 'neither code nor error', query: `state=${'A'.repeat(43)}`, code: 'no-answer' },
  { name: 'code and error', query: `state=${'A'.repeat(43)}&code=a&error=b`, code: 'no-answer' },
  { name: 'two states', query: `state=${'A'.repeat(43)}&st%61te=b&code=a`, code: 'answer-unreadable' },
  { name: 'two codes', query: `state=${'A'.repeat(43)}&code=a&code=b`, code: 'answer-unreadable' },
  { name: 'an ID token', query: `state=${'A'.repeat(43)}&code=a&id_token=b`, code: 'answer-unreadable' },
  { name: 'a signed answer', query: `state=${'A'.repeat(43)}&code=a&response=b`, code: 'answer-unreadable' },
  { name: 'a code with a space', query: `state=${'A'.repeat(43)}&code=a+b`, code: 'answer-unreadable' },
  {
    name: 'a long query',
    query: `state=${'A'.repeat(43)}&code=a&x=${'y'.repeat(9_000)}`,
    code: 'answer-too-large',
  },
])('callback with $name -> 403 $code, and no word to the provider', async ({ query, code }) => {
  const { length } = house.fetcher.calls;
  const outcome = await house.callback('north', query, '');
  expect(outcome.status).toBe(403);
  expect(outcome.body.detail).toContain(`(${code})`);
  expect(house.fetcher.calls).toHaveLength(length);
});

test('an answer without the issuer, from a provider that always names itself -> wrong-issuer', async () => {
  const { back, cookie } = await returned();
  back.delete('iss');
  const outcome = await house.callback('north', back, cookie);
  expect(outcome.body.detail).toContain('(wrong-issuer)');
});

test('another browser -> other-browser, and the one that began still gets in', async () => {
  const { back, cookie } = await returned();
  const attacker = await house.begin('north');
  for (const foreign of ['', attacker.cookie]) {
    const outcome = await house.callback('north', back, foreign);
    expect(outcome.body.detail).toContain('(other-browser)');
  }
  expect((await house.callback('north', back, cookie)).status).toBe(303);
});

test('the same answer twice -> one session', async () => {
  const { back, cookie } = await returned();
  expect((await house.callback('north', back, cookie)).status).toBe(303);
  const again = await house.callback('north', back, cookie);
  expect(again.body.detail).toContain('(unknown-request)');
});

test('the same answer thirty times at once -> one session, and it holds', async () => {
  const { back, cookie } = await returned();
  const before = await house.sessionCount();
  const exchanged = (): number => house.fetcher.calls.filter((call) => call === 'POST /token').length;
  const exchangedBefore = exchanged();
  const outcomes = await Promise.all(Array.from({ length: 30 }, () => house.callback('north', back, cookie)));
  const tokens = outcomes.flatMap(({ token }) => (token === undefined ? [] : [token]));
  expect(tokens).toHaveLength(1);
  expect(await house.whoIs(tokens[0])).toBeDefined();
  expect(await house.sessionCount()).toBe(before + 1);
  expect(exchanged()).toBe(exchangedBefore + 1);
});

test('a code of somebody else, put into a sign-in of this browser -> refused (PKCE, nonce)', async () => {
  const victim = await returned();
  const attacker = await returned();
  const query = new URLSearchParams(attacker.back);
  query.set('code', victim.back.get('code') ?? '');
  const outcome = await house.callback('north', query, attacker.cookie);
  expect(outcome.body.detail).toContain('(answer-not-trusted)');
  expect(house.causes.at(-1)).toContain('invalid_grant');
});

test('an answer of the north, brought to the south -> refused, and no code is shown to the south', async () => {
  const { back, cookie } = await returned();
  const { length } = house.fetcher.calls;
  const outcome = await house.callback('south', back, cookie);
  expect(outcome.body.detail).toContain('(unknown-request)');
  expect(house.fetcher.calls).toHaveLength(length);
});

test('the south answers a request to the north in the name of the north -> refused by the north', async () => {
  const toNorth = await house.begin('north');
  const toSouth = await house.begin('south', '', toNorth.cookie);
  const back = await south.signIn(toSouth.location, 'smith');
  const mixed = new URLSearchParams({
    code: back.searchParams.get('code') ?? '',
    state: toNorth.asked.get('state') ?? '',
    iss: north.issuer,
  });
  const outcome = await house.callback('north', mixed, toSouth.cookie);
  expect(outcome.body.detail).toContain('(answer-not-trusted)');
});

test('who gives up at the provider -> provider-refused, and the request is over', async () => {
  const begun = await house.begin('north');
  const back = await north.signIn(begun.location, 'quitter');
  expect(back.searchParams.get('error')).toBe('access_denied');
  const outcome = await house.callback('north', back.searchParams, begun.cookie);
  expect(outcome.body.detail).toContain('(provider-refused)');
  expect(outcome.body.detail).not.toContain('gave up');
  expect(house.causes.at(-1)).toBe('Error: access_denied');
  const again = await house.callback('north', back.searchParams, begun.cookie);
  expect(again.body.detail).toContain('(unknown-request)');
});

test.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/auth/oidc/north/login'])(
  'return=%s -> 400, nowhere',
  async (path) => {
    const begun = await house.begin('north', `?return=${encodeURIComponent(path)}`);
    expect(begun).toMatchObject({ status: 400, location: '' });
  },
);

test('a provider of no such name -> 404 at every door', async () => {
  expect((await house.begin('west')).status).toBe(404);
  expect((await house.callback('west', 'state=a', '')).status).toBe(404);
  expect((await house.logout('west', 'logout_token=a')).status).toBe(404);
});

test('a session at the provider signs the same browser in again without a question', async () => {
  const browser = openBrowser();
  const first = await house.begin('north');
  await north.signIn(first.location, 'osei', browser);
  const second = await house.begin('north');
  const back = await north.signIn(second.location, 'osei', browser);
  const outcome = await house.callback('north', back.searchParams, second.cookie);
  expect(await house.whoIs(outcome.token)).toMatchObject({ subject: '555036632104', assurance: 2 });
});

describe.each(['RS512', 'PS256', 'ES256'] as const)('with a key of its own (%s)', (algorithm) => {
  const plans = { smith: { sub: '555036632103', ...CARD } };
  const key = { method: 'private_key_jwt', algorithm, keyId: 'ours' } as const;
  let keyed: Awaited<ReturnType<typeof openKeyed>>;

  beforeAll(async () => {
    keyed = await openKeyed('keyed', algorithm, plans);
  });
  afterAll(() => keyed.fake.close());

  test.each([
    { name: 'named to the token endpoint', audience: 'token-endpoint', status: 303 },
    { name: 'named to the issuer', audience: 'issuer', status: 303 },
    { name: 'of a stranger', audience: 'issuer', isStranger: true, status: 403 },
  ] as const)('an assertion $name -> $status', async ({ audience, status, ...given }) => {
    const keyPem = 'isStranger' in given ? newKeyPem(algorithm) : keyed.keyPem;
    const clientAuthentication = { ...key, keyPem, audience };
    const other = await openOidcHouse([openidProvider('keyed', keyed.fake.issuer, { clientAuthentication })]);
    const begun = await other.begin('keyed');
    const back = await keyed.fake.signIn(begun.location, 'smith');
    expect((await other.callback('keyed', back.searchParams, begun.cookie)).status).toBe(status);
    await other.close();
  });
});

test('too many attempts from one address -> 429 at every door', async () => {
  const busy = await openOidcHouse([openidProvider('north', north.issuer)], { perAddressPerMinute: 2 });
  await busy.begin('north');
  await busy.begin('north');
  expect((await busy.begin('north')).status).toBe(429);
  expect((await busy.callback('north', 'state=a', '')).status).toBe(429);
  expect((await busy.logout('north', 'logout_token=a')).status).toBe(429);
  await busy.close();
});
