import { randomUUID } from 'node:crypto';
import {
  newSigningKey,
  openForgingProvider,
  signToken,
  type ForgingProvider,
} from '../fakes/forging-provider.ts';
import { openOidcHouse, type LoginOutcome, type OidcHouse } from '../fakes/oidc-house.ts';
import { CLIENT_ID, openidProvider } from '../fakes/oidc-providers.ts';

let forger: ForgingProvider;
let house: OidcHouse;

beforeAll(async () => {
  forger = await openForgingProvider(CLIENT_ID);
  house = await openOidcHouse([openidProvider('forger', forger.issuer, { minIdAssurance: 3 })]);
});
afterAll(async () => {
  await house.close();
  await forger.close();
});

async function arriveWith(
  idTokenClaims: Readonly<Record<string, unknown>> = {},
  at: OidcHouse = house,
): Promise<LoginOutcome> {
  const begun = await at.begin('forger');
  const truth = { ...forger.truth(begun.asked.get('nonce') ?? ''), ...idTokenClaims };
  const idToken = await signToken(truth, forger.key);
  forger.tokenAnswer = {
    status: 200,
    body: { access_token: 'access', token_type: 'Bearer', id_token: idToken },
  };
  const query = new URLSearchParams({ code: randomUUID(), state: begun.asked.get('state') ?? '' });
  return at.callback('forger', query, begun.cookie);
}

/** Still good when the test's clock has gone on. */
const LASTING = { exp: Math.floor(Date.now() / 1_000) + 24 * 3_600 };
const SUB = '555036632103';
const JSON_TYPE = 'application/json';
const json = (body: unknown): { readonly type: string; readonly body: string } => ({
  type: JSON_TYPE,
  body: JSON.stringify(body),
});

test.each([
  { name: 'the same person', userinfo: json({ sub: SUB, idassurancelevel: '3' }), code: undefined },
  {
    name: 'another person',
    userinfo: json({ sub: 'jones', idassurancelevel: '3' }),
    code: 'answer-not-trusted',
  },
  { name: 'nobody', userinfo: json({ idassurancelevel: '3' }), code: 'answer-not-trusted' },
  { name: 'no JSON', userinfo: { type: 'text/html', body: '<p>hello</p>' }, code: 'answer-not-trusted' },
  { name: 'a list', userinfo: json([SUB]), code: 'answer-not-trusted' },
  {
    name: 'a weaker level',
    userinfo: json({ sub: SUB, id_assurance_level: '1' }),
    code: 'identity-too-weak',
  },
])('userinfo of $name -> $code', async ({ userinfo, code }) => {
  forger.userinfo = userinfo;
  const outcome = await arriveWith();
  expect(outcome.status).toBe(code === undefined ? 303 : 403);
  if (code !== undefined) expect(outcome.body.detail).toContain(`(${code})`);
});

test('a weaker level at userinfo counts, although the ID token says more', async () => {
  forger.userinfo = json({ sub: SUB, idassurancelevel: '2' });
  expect((await arriveWith({ id_assurance_level: '3' })).body.detail).toContain('(identity-too-weak)');
});

test('a weaker authentication at userinfo counts; a stronger one lifts nothing', async () => {
  forger.userinfo = json({ sub: SUB, idassurancelevel: '3', authentication_assurance_level: '2' });
  expect(await house.whoIs((await arriveWith()).token)).toMatchObject({ assurance: 2 });
  forger.userinfo = json({ sub: SUB, idassurancelevel: '3', amr: ['N3_SMARTCARD'], acr: 'AAL3_ANY' });
  const outcome = await arriveWith({ acr: 'AAL2_ANY', amr: ['TOTP'] });
  expect(await house.whoIs(outcome.token)).toMatchObject({ assurance: 2 });
});

test('a signed userinfo is not taken: its signature would be nobody’s', async () => {
  const token = await signToken({ sub: SUB, idassurancelevel: '3' }, newSigningKey());
  forger.userinfo = { type: 'application/jwt', body: token };
  // What the library looks at: with it, it would take the claims and look at no signature.
  forger.metadata['userinfo_signing_alg_values_supported'] = ['RS256'];
  house.passTime(2 * 60 * 60_000);
  expect((await arriveWith(LASTING)).body.detail).toContain('(answer-not-trusted)');
  forger.userinfo = json({ sub: SUB, idassurancelevel: '3' });
  expect((await arriveWith(LASTING)).status).toBe(303);
});

test.each([401, 403, 503])('userinfo answers %s -> no session', async (status) => {
  forger.userinfo = json({ sub: SUB, idassurancelevel: '3' });
  forger.statuses.set('/me', status);
  const outcome = await arriveWith(LASTING);
  forger.statuses.clear();
  expect(outcome.body.detail).toContain(status === 503 ? '(provider-unreachable)' : '(answer-not-trusted)');
});

test('two roles said to be chosen are none', async () => {
  const roles = [{ person_roleid: 'r1' }, { person_roleid: 'r2' }];
  const choosing = await openOidcHouse([
    openidProvider('forger', forger.issuer, { roleSelection: 'provider' }),
  ]);
  forger.userinfo = json({ sub: SUB, selected_roleid: 'r2', nhsid_nrbac_roles: roles });
  const twice = await arriveWith({ selected_roleid: 'r1' }, choosing);
  expect(twice.body.detail).toContain('(attributes-unclear)');
  const once = await arriveWith({ selected_roleid: 'r2' }, choosing);
  expect((await choosing.whoIs(once.token))?.role).toEqual({ id: 'r2' });
  await choosing.close();
});

test('it is not asked when nothing is wanted of it', async () => {
  const plain = await openOidcHouse([openidProvider('forger', forger.issuer)]);
  expect((await arriveWith({}, plain)).status).toBe(303);
  expect(plain.fetcher.calls).toContain('POST /token');
  expect(plain.fetcher.calls).not.toContain('GET /me');
  await plain.close();
});
