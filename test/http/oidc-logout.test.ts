import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import {
  newSigningKey,
  openForgingProvider,
  signToken,
  unsignedToken,
  type Claims,
  type ForgingProvider,
} from '../fakes/forging-provider.ts';
import { openOidcHouse, type OidcHouse } from '../fakes/oidc-house.ts';
import { CLIENT_ID, CLIENT_SECRET, openidProvider } from '../fakes/oidc-providers.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const SMITH = '555036632103';

let forger: ForgingProvider;
let other: ForgingProvider;
let house: OidcHouse;

beforeAll(async () => {
  forger = await openForgingProvider(CLIENT_ID);
  other = await openForgingProvider(CLIENT_ID);
  house = await openOidcHouse([
    openidProvider('north', forger.issuer),
    openidProvider('south', other.issuer),
  ]);
});
afterAll(async () => {
  await house.close();
  await Promise.all([forger.close(), other.close()]);
});

/** Opens a session for this person, in this session of theirs at the provider. Resolves to the token. */
async function arrive(sub: string, sid?: string): Promise<string> {
  const { token } = await house.sessions.open(
    {
      provider: forger.issuer,
      subject: sub,
      method: 'oidc',
      assurance: 3,
      authenticatedAt: house.nowMs(),
      ...(sid === undefined ? {} : { sessionIndex: sid }),
    },
    { use: 'browser' },
  );
  return token;
}

function orderFor(claims: Claims): Record<string, unknown> {
  const now = Math.floor(house.nowMs() / 1_000);
  return {
    iss: forger.issuer,
    aud: CLIENT_ID,
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    events: { [EVENT]: {} },
    ...claims,
  };
}

const typed = { typ: 'logout+jwt' };

async function send(token: string, id = 'north'): Promise<Response> {
  return house.logout(id, new URLSearchParams({ logout_token: token }).toString());
}

async function isIn(token: string): Promise<boolean> {
  return (await house.whoIs(token)) !== undefined;
}

test.each([
  { name: 'sub and sid', claims: { sub: SMITH, sid: 's1' }, left: ['s2', 'jones'] },
  { name: 'sid alone', claims: { sid: 's1' }, left: ['s2', 'jones'] },
  { name: 'sub alone', claims: { sub: SMITH }, left: ['jones'] },
  { name: 'a sid of nobody', claims: { sub: SMITH, sid: 'unknown' }, left: ['s1', 's2', 'jones'] },
  { name: 'a sid of somebody else', claims: { sub: SMITH, sid: 's3' }, left: ['s1', 's2', 'jones'] },
])('a logout token with $name -> 200, and $left go on', async ({ claims, left }) => {
  await house.sessions.endOf({ provider: forger.issuer, subject: SMITH }, 'everywhere');
  await house.sessions.endOf({ provider: forger.issuer, subject: 'jones' }, 'everywhere');
  const tokens = {
    s1: await arrive(SMITH, 's1'),
    s2: await arrive(SMITH, 's2'),
    jones: await arrive('jones', 's3'),
  };
  const answer = await send(await signToken(orderFor(claims), forger.key, typed));
  expect(answer).toMatchObject({ status: 200, text: '' });
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['set-cookie']).toBeUndefined();
  const alive = await Promise.all(
    Object.entries(tokens).map(async ([name, token]) => ((await isIn(token)) ? [name] : [])),
  );
  expect(alive.flat()).toEqual(left);
});

test('each session that ended is told, with why', async () => {
  await arrive('told', 's9');
  await send(await signToken(orderFor({ sub: 'told', sid: 's9' }), forger.key, typed));
  expect(house.events.at(-1)).toMatchObject({
    outcome: 'revoked',
    subject: 'told',
    method: 'oidc',
    code: 'provider-sign-out',
  });
});

test('the same token twice: the second ends nothing', async () => {
  const token = await signToken(orderFor({ sub: SMITH }), forger.key, typed);
  expect((await send(token)).status).toBe(200);
  const session = await arrive(SMITH, 's1');
  const again = await send(token);
  expect(again.status).toBe(400);
  expect(again.body).toEqual({ error: 'invalid_request', error_description: expect.any(String) });
  expect(await isIn(session)).toBe(true);
});

test('thirty times at once: taken once', async () => {
  const token = await signToken(orderFor({ sub: SMITH }), forger.key, typed);
  const answers = await Promise.all(Array.from({ length: 30 }, () => send(token)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

const stranger = newSigningKey();
type Forge = (order: Record<string, unknown>) => Promise<string> | string;
const signed =
  (bend: Claims, header: Claims = typed): Forge =>
  (order) =>
    signToken({ ...order, ...bend }, forger.key, header);
const without =
  (...names: readonly string[]): Forge =>
  (order) =>
    signToken(
      Object.fromEntries(Object.entries(order).filter(([name]) => !names.includes(name))),
      forger.key,
      typed,
    );
const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

test.each<{ name: string; forge: Forge; status?: number }>([
  { name: 'as it should be', forge: signed({}), status: 200 },
  { name: 'without a type', forge: signed({}, {}), status: 200 },
  { name: 'of the long type', forge: signed({}, { typ: 'application/logout+jwt' }), status: 200 },
  { name: 'for several readers', forge: signed({ aud: [CLIENT_ID, 'x'] }), status: 200 },
  { name: 'not signed', forge: (order) => unsignedToken(order, { alg: 'none', ...typed }) },
  {
    name: 'signed with the client secret',
    forge: (order) => unsignedToken(order, { alg: 'HS256', ...typed }, CLIENT_SECRET),
  },
  { name: 'signed by a stranger', forge: (order) => signToken(order, stranger, typed) },
  { name: 'signed by another provider', forge: (order) => signToken(order, other.key, typed) },
  { name: 'of another type', forge: signed({}, { typ: 'at+jwt' }) },
  { name: 'of any type', forge: signed({}, { typ: 'JWT' }) },
  { name: 'of another issuer', forge: signed({ iss: 'https://evil.example' }) },
  { name: 'of no issuer', forge: without('iss') },
  { name: 'for another reader', forge: signed({ aud: 'other' }) },
  { name: 'for no reader', forge: without('aud') },
  { name: 'past its end', forge: signed({ exp: inSeconds(-60) }) },
  { name: 'without an end', forge: without('exp') },
  { name: 'without a beginning', forge: without('iat') },
  { name: 'of an hour ago', forge: signed({ iat: inSeconds(-3_600), exp: inSeconds(3_600) }) },
  { name: 'of an hour ahead', forge: signed({ iat: inSeconds(3_600), exp: inSeconds(7_200) }) },
  { name: 'without an id', forge: without('jti') },
  { name: 'with an empty id', forge: signed({ jti: '' }) },
  { name: 'with a nonce', forge: signed({ nonce: 'n' }) },
  { name: 'with an empty nonce', forge: signed({ nonce: '' }) },
  { name: 'without events', forge: without('events') },
  { name: 'about another event', forge: signed({ events: { 'http://example.org/event': {} } }) },
  { name: 'about two events', forge: signed({ events: { [EVENT]: {}, other: {} } }) },
  { name: 'about an event that is text', forge: signed({ events: { [EVENT]: 'yes' } }) },
  { name: 'about events in a list', forge: signed({ events: [EVENT] }) },
  { name: 'about nobody', forge: without('sub') },
  { name: 'about an empty name', forge: signed({ sub: '' }) },
  { name: 'about a person of several names', forge: signed({ sub: [SMITH] }) },
  { name: 'an ID token instead', forge: () => signToken(forger.truth('n'), forger.key) },
  { name: 'longer than any token', forge: signed({ filler: 'x'.repeat(20_000) }) },
  { name: 'no token', forge: () => 'hello' },
])('a logout token $name', async ({ forge, status = 400 }) => {
  const session = await arrive(SMITH);
  const answer = await send(await forge(orderFor({ sub: SMITH })));
  expect(answer.status).toBe(status);
  expect(await isIn(session)).toBe(status === 400);
  if (status === 400) {
    expect(answer.body).toEqual({ error: 'invalid_request', error_description: expect.any(String) });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(house.events.at(-1)).toMatchObject({ outcome: 'refused', code: 'sign-out-unfit' });
  }
  await house.sessions.endOf({ provider: forger.issuer, subject: SMITH }, 'everywhere');
});

test.each([
  { name: 'no token', form: 'x=1' },
  { name: 'two tokens', form: 'logout_token=a&logout_token=b' },
  { name: 'an empty body', form: '' },
])('a form with $name -> 400', async ({ form }) => {
  expect((await house.logout('north', form)).status).toBe(400);
});

test('a token of the north, sent to the south -> 400', async () => {
  const session = await arrive(SMITH);
  const token = await signToken(orderFor({ sub: SMITH }), forger.key, typed);
  expect((await send(token, 'south')).status).toBe(400);
  expect(await isIn(session)).toBe(true);
});

test('with the store away the provider is told to come back', async () => {
  const token = await signToken(orderFor({ sub: SMITH }), forger.key, typed);
  const away = await openOidcHouse([openidProvider('north', forger.issuer)]);
  await away.close();
  const answer = await away.logout('north', new URLSearchParams({ logout_token: token }).toString());
  expect(answer.status).toBe(503);
});

test('a key of the provider’s own, of a kind that is not on the list -> 400', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'edwards', use: 'sig' };
  forger.jwks = { keys: [forger.key.jwk, jwk] };
  house.passTime(11 * 60_000);
  const header = { alg: 'EdDSA', ...typed };
  const token = await signToken(orderFor({ sub: SMITH }), { privateKey, jwk }, header);
  expect((await send(token)).status).toBe(400);
  expect((await send(await signToken(orderFor({ sub: SMITH }), forger.key, typed))).status).toBe(200);
});
