import type { RequestHandler } from 'express';
import { createServer } from 'node:http';
import request from 'supertest';
import {
  GatewayError,
  NotIdentified,
  SessionsUnavailable,
  TokenRefused,
  TooManyAttempts,
} from '../../src/domain/errors.ts';
import type { LoginDoors } from '../../src/http/app-deps.ts';
import { noteArrival } from '../../src/http/listener-arrival.ts';
import { edgeApp, edgeDoors, PUBLIC_URL, SIGNED_IN } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { linksOf } from '../fakes/page-text.ts';

const app = edgeApp();
const { saml, session, choices } = edgeDoors();
/** A house that knows SAML and signing out, and nothing else. */
const bare = edgeApp({
  doors: {
    saml: { login: saml.login, acs: saml.acs, metadata: saml.metadata },
    session: { logout: session.logout },
    choices,
  },
});

interface Door {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly door: string;
  readonly says: string;
}
const DOORS: readonly Door[] = [
  { method: 'get', path: '/auth/saml/x/slo', door: 'slo', says: 'Signing out by SAML is not set up here.' },
  { method: 'post', path: '/auth/saml/x/slo', door: 'slo', says: 'Signing out by SAML is not set up here.' },
  { method: 'get', path: '/auth/oidc/x/login', door: 'oidc-login', says: 'No OpenID Connect provider' },
  { method: 'get', path: '/auth/oidc/x/callback', door: 'oidc-callback', says: 'No OpenID Connect provider' },
  {
    method: 'post',
    path: '/auth/oidc/x/backchannel-logout',
    door: 'backchannel-logout',
    says: 'No OpenID Connect provider',
  },
  { method: 'get', path: '/auth/card', door: 'card', says: 'smart card’s certificate is not set up here' },
  { method: 'post', path: '/auth/logout-everywhere', door: 'logout-everywhere', says: 'does not offer that' },
  { method: 'get', path: '/auth/step-up', door: 'step-up', says: 'does not offer that' },
  { method: 'post', path: '/auth/token', door: 'token', says: 'Tokens for programs are not set up here.' },
  { method: 'post', path: '/auth/revoke', door: 'revoke', says: 'Tokens for programs are not set up here.' },
  { method: 'post', path: '/auth/break-glass', door: 'break-glass', says: 'has no emergency access' },
];
const ask = ({ method, path }: Pick<Door, 'method' | 'path'>, over = app): request.Test =>
  method === 'get' ? request(over).get(path) : request(over).post(path).type('form').send('a=b');

describe('every door of signing in', () => {
  test.each(DOORS)('$method $path is reached, and nothing may keep its answer', async (door) => {
    const res = await ask(door);
    expect([res.status, res.headers['door'], res.headers['cache-control']]).toEqual([
      204,
      door.door,
      'no-store',
    ]);
  });

  test.each(DOORS)('$method $path not set up -> 404 that says so', async (door) => {
    const res = await ask(door, bare);
    expect([res.status, res.headers['cache-control']]).toEqual([404, 'no-store']);
    expect(res.text).toContain(door.says);
  });

  test.each([
    ...DOORS.map(({ path }) => path),
    '/auth/logout',
    '/auth/lock',
    '/auth/saml/x/login',
    '/auth/saml/x/acs',
    '/auth/whoami',
  ])('%s tells other methods which it takes', async (path) => {
    const res = await request(app).delete(path).set('origin', PUBLIC_URL);
    expect(res.status).toBe(405);
    expect(res.headers['allow']).toMatch(/^(GET, HEAD|POST|GET, HEAD, POST), OPTIONS$/);
  });

  test.each(DOORS.filter(({ method, door }) => method === 'post' && door !== 'logout-everywhere'))(
    '$path takes a form and nothing else',
    async ({ path }) => {
      const json = await request(app).post(path).send({ a: 'b' });
      expect(json.status).toBe(415);
      const large = await request(app)
        .post(path)
        .type('form')
        .send(`a=${'x'.repeat(200_000)}`);
      expect(large.status).toBe(413);
    },
  );

  test('the lock takes a form, and does without', async () => {
    expect((await request(app).post('/auth/lock').type('form').send('return=/me/cases')).status).toBe(303);
    expect((await request(app).post('/auth/lock')).status).toBe(303);
  });

  test('an address is taken to the letter', async () => {
    for (const path of ['/auth/Card', '/auth/card/', '/auth/token/']) {
      expect((await request(app).get(path)).status).toBe(404);
    }
  });
});

describe('errors at the doors for programs are OAuth’s (RFC 6749 §5.2)', () => {
  const failing = (error: unknown): LoginDoors['tokens'] => {
    const fail: RequestHandler = (_req, _res, next) => next(error);
    return { issue: fail, revoke: fail };
  };
  const refuse = async (error: unknown, path = '/auth/token') =>
    request(edgeApp({ doors: { ...edgeDoors(), ...tokens(failing(error)) } }))
      .post(path)
      .type('form')
      .send('a=b');
  const tokens = (doors: LoginDoors['tokens']) => (doors === undefined ? {} : { tokens: doors });

  test.each([
    { error: new TokenRefused('invalid_grant', 'It is over.'), status: 400, word: 'invalid_grant' },
    { error: new TokenRefused('invalid_scope', 'No “such” scope.'), status: 400, word: 'invalid_scope' },
    { error: new TooManyAttempts(9), status: 429, word: 'temporarily_unavailable' },
    { error: new SessionsUnavailable(), status: 503, word: 'temporarily_unavailable' },
    { error: new GatewayError('bad-request'), status: 400, word: 'invalid_request' },
    { error: new TypeError('secret'), status: 500, word: 'server_error' },
  ])('$status $word', async ({ error, status, word }) => {
    for (const path of ['/auth/token', '/auth/revoke']) {
      const res = await refuse(error, path);
      expect([res.status, res.body.error]).toEqual([status, word]);
      expect(res.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
      expect(res.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(Object.keys(res.body)).toEqual(['error', 'error_description', 'requestId']);
      expect(res.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
      expect(res.text).not.toContain('secret');
    }
  });

  test('quotes of ours become those that OAuth allows', async () => {
    const { body } = await refuse(new TokenRefused('invalid_scope', 'No “such” scope.'));
    expect(body.error_description).toBe("No 'such' scope.");
  });

  test('too many attempts -> Retry-After', async () => {
    expect((await refuse(new TooManyAttempts(9))).headers['retry-after']).toBe('9');
  });

  test('what is no form, too large or of another method -> the same shape', async () => {
    const json = await request(app).post('/auth/token').send({ grant_type: 'password' });
    const large = await request(app)
      .post('/auth/token')
      .type('form')
      .send(`a=${'x'.repeat(200_000)}`);
    const get = await request(app).get('/auth/token');
    expect([json.status, large.status, get.status]).toEqual([415, 413, 405]);
    for (const { body } of [json, large, get]) expect(body.error).toBe('invalid_request');
  });
});

describe('signing out at the identity provider, too', () => {
  const leaving = (address: string) =>
    edgeApp({
      doors: edgeDoors({
        session: {
          ...session,
          logout: (_req, res) => res.clearCookie('a').redirect(303, address),
          logoutEverywhere: (_req, res) => res.redirect(303, address),
        },
      }),
    });

  test.each(['/auth/logout', '/auth/logout-everywhere'])(
    '%s to another origin goes by a page, because a form’s redirects may lead home only',
    async (path) => {
      const address = 'https://idp.example/logout?hint=a&back=%2F';
      const res = await request(leaving(address)).post(path).set('cookie', SIGNED_IN);
      expect([res.status, res.headers['location'], res.headers['cache-control']]).toEqual([
        200,
        undefined,
        'no-store',
      ]);
      expect(linksOf(res.text)).toContainEqual({ text: 'Go on', href: address });
      expect(res.text).toContain(`content="0; url=${address.replace('&', '&amp;')}"`);
    },
  );

  test.each(['/auth/sign-in?signed-out=1', `${PUBLIC_URL}/auth/sign-in`])(
    '%s goes at once',
    async (address) => {
      const res = await request(leaving(address)).post('/auth/logout').set('cookie', SIGNED_IN);
      expect([res.status, res.headers['location']]).toEqual([303, address]);
      expect(res.headers['set-cookie']).toHaveLength(1);
    },
  );
});

describe('on the listener for smart cards', () => {
  const onCards = createServer((req, res) => {
    noteArrival(res, 'card-listener');
    app(req, res);
  });

  test.each([
    '/',
    '/me/studies?page=2',
    '/auth/sign-in?locked=1',
    '/auth/break-glass',
    '/auth/saml/x/login?return=%2Fme%2Fcases',
    '/auth/step-up?assurance=3',
    '/viewer',
    '/viewer/viewer?StudyInstanceUIDs=1.2.3',
  ])('%s leads home, where forms are taken', async (path) => {
    const res = await request(onCards).get(path);
    expect([res.status, res.headers['location'], res.headers['cache-control']]).toEqual([
      303,
      `${PUBLIC_URL}${path}`,
      'no-store',
    ]);
  });

  test('an address that looks like another host leads home all the same', async () => {
    const res = await request(onCards).get('//evil.example/me/');
    expect(res.headers['location'] ?? PUBLIC_URL).toMatch(/^https:\/\/gateway\.example(\/|$)/);
  });

  test.each([
    '/auth/card',
    '/auth/whoami',
    '/api/cases',
    '/dicom-web/studies',
    '/health/live',
    '/openapi.json',
  ])('%s is served here', async (path) => {
    expect((await request(onCards).get(path)).status).not.toBe(303);
  });
});

describe('who calls', () => {
  const machine = {
    kind: 'machine',
    id: 'burned-in-text',
    purpose: 'ai-results',
    models: [{ model: 'burned-in-text', version: '1.0.0' }],
    proof: 'certificate',
  } as const;

  test('a machine is told what it is known as, and how it was known is left out', async () => {
    const flows = fakeFlows({ whoCalls: async () => machine });
    const { proof: _, ...told } = machine;
    const res = await request(edgeApp({ flows })).get('/auth/whoami');
    expect([res.status, res.body]).toEqual([200, told]);
  });

  test('nobody -> 401 in JSON, whatever the browser accepts', async () => {
    const flows = fakeFlows({ whoCalls: () => Promise.reject(new NotIdentified()) });
    const res = await request(edgeApp({ flows })).get('/auth/whoami').set('accept', 'text/html');
    expect([res.status, res.body.code]).toEqual([401, 'not-identified']);
  });
});
