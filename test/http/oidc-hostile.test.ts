import { createSign, randomUUID } from 'node:crypto';
import {
  newSigningKey,
  openForgingProvider,
  signToken,
  unsignedToken,
  type Claims,
  type ForgingProvider,
} from '../fakes/forging-provider.ts';
import { openOidcHouse, type LoginOutcome, type OidcHouse } from '../fakes/oidc-house.ts';
import { CLIENT_ID, CLIENT_SECRET, openidProvider } from '../fakes/oidc-providers.ts';

let forger: ForgingProvider;
let house: OidcHouse;

beforeAll(async () => {
  forger = await openForgingProvider(CLIENT_ID);
  house = await openOidcHouse([openidProvider('forger', forger.issuer)]);
});
afterAll(async () => {
  await house.close();
  await forger.close();
});
beforeEach(() => {
  forger.jwks = { keys: [forger.key.jwk] };
});

type Forge = (truth: Record<string, unknown>) => Promise<string> | string;

/** The whole way, with this ID token at its end. */
async function arriveWith(forge: Forge): Promise<LoginOutcome> {
  const begun = await house.begin('forger');
  const idToken = await forge(forger.truth(begun.asked.get('nonce') ?? ''));
  const body = { access_token: 'access', token_type: 'Bearer', id_token: idToken };
  forger.tokenAnswer = { status: 200, body };
  const query = new URLSearchParams({ code: randomUUID(), state: begun.asked.get('state') ?? '' });
  return house.callback('forger', query, begun.cookie);
}

const signed =
  (bend: Claims, header: Claims = {}): Forge =>
  (truth) =>
    signToken({ ...truth, ...bend }, forger.key, header);
const without =
  (name: string): Forge =>
  (truth) =>
    signToken(Object.fromEntries(Object.entries(truth).filter(([key]) => key !== name)), forger.key);
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
/** Still good when the test's clock has gone on. */
const LASTING = { exp: nowSeconds() + 7 * 24 * 3_600 };

test.each<{ name: string; forge: Forge }>([
  { name: 'as it should be', forge: signed({}) },
  {
    name: 'with the gateway among several readers, and its authorised party',
    forge: signed({ aud: [CLIENT_ID, 'other'], azp: CLIENT_ID }),
  },
  {
    name: 'that ended a moment ago, within the skew',
    // Made when it is wanted: a busy machine may be long in coming to this row.
    forge: (truth) => signed({ exp: nowSeconds() - 1 })(truth),
  },
  {
    name: 'made a moment ahead, within the skew',
    forge: (truth) => signed({ iat: nowSeconds() + 2, auth_time: nowSeconds() + 2 })(truth),
  },
  { name: 'with claims that nobody knows', forge: signed({ favourite_colour: 'blue' }) },
])('an ID token $name -> signed in', async ({ forge }) => {
  const outcome = await arriveWith(forge);
  expect(outcome.status).toBe(303);
  expect(await house.whoIs(outcome.token)).toMatchObject({ subject: '555036632103', assurance: 3 });
});

const stranger = newSigningKey();
const short = newSigningKey('short', 1_024);
const publicPem = (): string => JSON.stringify(forger.key.jwk);

test.each<{ name: string; forge: Forge; code?: string }>([
  {
    name: 'not signed (none)',
    forge: (truth) => unsignedToken(truth, { alg: 'none' }),
    code: 'weak-algorithm',
  },
  { name: 'not signed (None)', forge: (truth) => unsignedToken(truth, { alg: 'None' }) },
  {
    name: 'signed with the client secret (HS256)',
    forge: (truth) => unsignedToken(truth, { alg: 'HS256' }, CLIENT_SECRET),
    code: 'weak-algorithm',
  },
  {
    name: 'signed with the public key as a secret',
    forge: (truth) => unsignedToken(truth, { alg: 'HS256', kid: forger.key.jwk['kid'] }, publicPem()),
    code: 'weak-algorithm',
  },
  {
    name: 'with its signature cut off',
    forge: async (truth) => (await signToken(truth, forger.key)).replace(/[^.]+$/, ''),
  },
  {
    name: 'whose claims were changed after signing',
    forge: async (truth) => swapClaims(await signToken(truth, forger.key), { ...truth, sub: 'admin' }),
  },
  {
    name: 'signed with a key of a stranger, under our key name',
    forge: (truth) => signToken(truth, { ...stranger, jwk: { ...stranger.jwk, kid: forger.key.jwk['kid'] } }),
  },
  {
    name: 'signed with a key of a stranger, under its own name',
    forge: (truth) => signToken(truth, stranger),
  },
  {
    name: 'that brings its own key (jwk)',
    forge: (truth) => signToken(truth, stranger, { jwk: stranger.jwk }),
  },
  {
    name: 'that says where its key is (jku)',
    forge: (truth) => signToken(truth, stranger, { jku: 'https://evil.example/jwks' }),
  },
  { name: 'with a critical extension', forge: signed({}, { crit: ['b64'], b64: true }) },
  { name: 'of another issuer', forge: signed({ iss: 'https://evil.example' }) },
  {
    name: 'of the issuer with a slash more',
    forge: (truth) => signed({ iss: `${String(truth['iss'])}/` })(truth),
  },
  { name: 'without an issuer', forge: without('iss') },
  { name: 'for another reader', forge: signed({ aud: 'other' }) },
  { name: 'for no reader', forge: without('aud') },
  { name: 'for several readers, without an authorised party', forge: signed({ aud: [CLIENT_ID, 'other'] }) },
  { name: 'of another authorised party', forge: signed({ azp: 'other' }), code: 'wrong-audience' },
  { name: 'past its end', forge: signed({ exp: nowSeconds() - 60 }) },
  { name: 'without an end', forge: without('exp') },
  { name: 'without a beginning', forge: without('iat') },
  { name: 'made in an hour', forge: signed({ iat: nowSeconds() + 3_600 }), code: 'not-in-time' },
  { name: 'not valid yet', forge: signed({ nbf: nowSeconds() + 3_600 }) },
  { name: 'of another request', forge: signed({ nonce: 'another' }) },
  { name: 'of no request', forge: without('nonce') },
  { name: 'about nobody', forge: without('sub') },
  { name: 'about an empty name', forge: signed({ sub: '' }), code: 'subject-unclear' },
  { name: 'about a name with a space at its end', forge: signed({ sub: 'smith ' }), code: 'subject-unclear' },
  {
    name: 'about a name with a line break in it',
    forge: signed({ sub: 'smi\nth' }),
    code: 'subject-unclear',
  },
  {
    name: 'about a name as long as a book',
    forge: signed({ sub: 's'.repeat(256) }),
    code: 'subject-unclear',
  },
  { name: 'about a list of names', forge: signed({ sub: ['smith'] }) },
  {
    name: 'that does not say when the person signed in',
    forge: without('auth_time'),
    code: 'login-not-proved',
  },
  {
    name: 'of a sign-in in an hour',
    forge: signed({ auth_time: nowSeconds() + 3_600 }),
    code: 'not-in-time',
  },
  { name: 'of a sign-in at a word', forge: signed({ auth_time: 'now' }) },
  {
    name: 'with methods that are one text',
    forge: signed({ amr: 'N3_SMARTCARD' }),
    code: 'answer-unreadable',
  },
  { name: 'that is no token', forge: () => 'a.b.c' },
  { name: 'that is encrypted', forge: () => 'a.b.c.d.e' },
])('an ID token $name -> refused', async ({ forge, code = 'answer-not-trusted' }) => {
  const before = await house.sessionCount();
  const outcome = await arriveWith(forge);
  expect(outcome).toMatchObject({ status: 403, token: undefined });
  expect(outcome.body.detail).toContain(`(${code})`);
  expect(await house.sessionCount()).toBe(before);
  expect(house.causes.at(-1)).not.toMatch(/555036632103|eyJ/);
});

test.each([
  { name: 'the same key, read again', keys: () => [forger.key.jwk], forge: signed(LASTING), status: 303 },
  {
    name: 'a key for encryption',
    keys: () => [{ ...forger.key.jwk, use: 'enc' }],
    forge: signed(LASTING),
    status: 403,
  },
  {
    name: 'a key for another algorithm',
    keys: () => [{ ...forger.key.jwk, alg: 'PS256' }],
    forge: signed(LASTING),
    status: 403,
  },
  { name: 'a key of 1,024 bits', keys: () => [short.jwk], forge: signedShort, status: 403 },
  { name: 'no key', keys: () => [], forge: signed(LASTING), status: 403 },
])('signed with $name -> $status', async ({ keys, forge, status }) => {
  forger.jwks = { keys: keys() };
  house.passTime(11 * 60_000);
  expect((await arriveWith(forge)).status).toBe(status);
});

test.each<{ name: string; answer: { status: number; body: unknown }; code: string }>([
  {
    name: 'no ID token',
    answer: { status: 200, body: { access_token: 'a', token_type: 'Bearer' } },
    code: 'answer-not-trusted',
  },
  { name: 'no JSON', answer: { status: 200, body: 'hello' }, code: 'answer-not-trusted' },
  {
    name: 'a refusal of the gateway',
    answer: { status: 401, body: { error: 'invalid_client' } },
    code: 'answer-not-trusted',
  },
  { name: 'a redirect', answer: { status: 302, body: {} }, code: 'answer-not-trusted' },
  { name: 'a fault', answer: { status: 500, body: { error: 'server_error' } }, code: 'provider-unreachable' },
  {
    name: 'more than can be read',
    answer: { status: 200, body: 'x'.repeat(600_000) },
    code: 'provider-unreachable',
  },
])('the token endpoint answers with $name -> $code', async ({ answer, code }) => {
  const begun = await house.begin('forger');
  forger.tokenAnswer = answer;
  const query = new URLSearchParams({ code: randomUUID(), state: begun.asked.get('state') ?? '' });
  const outcome = await house.callback('forger', query, begun.cookie);
  expect(outcome.body.detail).toContain(`(${code})`);
  const again = await house.callback('forger', query, begun.cookie);
  expect(again.body.detail).toContain('(unknown-request)');
});

/** Other claims under the same signature. */
function swapClaims(token: string, claims: Claims): string {
  const [header = '', , signature = ''] = token.split('.');
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
}

/** By hand: the library refuses to sign with a key this short. */
function signedShort(truth: Claims): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'RS256', kid: 'short' })}.${encode({ ...truth, ...LASTING })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(short.privateKey, 'base64url')}`;
}
