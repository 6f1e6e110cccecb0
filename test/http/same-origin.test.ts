import request from 'supertest';
import { edgeApp, PUBLIC_URL, SIGNED_IN } from '../fakes/edge-app.ts';
import { CASE, KNOWN_SESSION } from '../fakes/fake-flows.ts';

const app = edgeApp();
const PATH = `/api/cases/${CASE}/disposition`;
const body = { disposition: 'ignored' };

describe('an unsafe request that rides on the session cookie', () => {
  test.each<{ name: string; headers: Record<string, string>; status: number }>([
    {
      name: 'our own origin -> passes',
      headers: { origin: PUBLIC_URL, 'sec-fetch-site': 'same-origin' },
      status: 201,
    },
    { name: 'our own origin, old browser -> passes', headers: { origin: PUBLIC_URL }, status: 201 },
    { name: 'no browser at all -> passes', headers: {}, status: 201 },
    { name: 'Sec-Fetch-Site none (typed in) -> passes', headers: { 'sec-fetch-site': 'none' }, status: 201 },
    { name: 'another origin -> refused', headers: { origin: 'https://evil.example' }, status: 403 },
    { name: 'our host by http -> refused', headers: { origin: 'http://gateway.example' }, status: 403 },
    {
      name: 'our host with another port -> refused',
      headers: { origin: 'https://gateway.example:8443' },
      status: 403,
    },
    {
      name: 'a host that begins like ours -> refused',
      headers: { origin: 'https://gateway.example.evil.example' },
      status: 403,
    },
    { name: 'origin null (sandboxed frame) -> refused', headers: { origin: 'null' }, status: 403 },
    {
      name: 'cross-site without origin -> refused',
      headers: { 'sec-fetch-site': 'cross-site' },
      status: 403,
    },
    {
      name: 'same-site (a neighbour host) -> refused',
      headers: { 'sec-fetch-site': 'same-site' },
      status: 403,
    },
    {
      name: 'our origin claimed, site says otherwise -> refused',
      headers: { origin: PUBLIC_URL, 'sec-fetch-site': 'cross-site' },
      status: 403,
    },
    {
      name: 'another origin, forwarded host claims it -> refused',
      headers: { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example', host: 'evil.example' },
      status: 403,
    },
  ])('$name', async ({ headers, status }) => {
    const res = await request(app).post(PATH).set('cookie', SIGNED_IN).set(headers).send(body);
    expect(res.status).toBe(status);
    if (status === 403) expect(res.body.code).toBe('same-origin-required');
  });

  test('a bearer token is sent by no browser on its own -> passes from anywhere', async () => {
    const res = await request(app)
      .post(PATH)
      .set({ authorization: `Bearer ${KNOWN_SESSION}`, origin: 'https://viewer.example' })
      .send(body);
    expect(res.status).toBe(201);
  });

  test.each([
    { name: 'run', path: '/me/studies/1.2.3/run' },
    { name: 'disposition', path: `/me/cases/${CASE}/disposition` },
    { name: 'search', path: '/me/studies/search' },
    { name: 'sign-out', path: '/auth/logout' },
  ])('the form of $name on a stranger’s page -> refused before anything is done', async ({ path }) => {
    const res = await request(app)
      .post(path)
      .set({ cookie: SIGNED_IN, origin: 'https://evil.example' })
      .type('form')
      .send({ disposition: 'accepted' });
    expect(res.status).toBe(403);
    expect(res.text).toContain('did not come from the gateway’s own pages');
  });

  test.each([{}, { authorization: 'Bearer x' }])(
    'a sign-out from a stranger’s page -> refused though no cookie came along (%j)',
    async (more) => {
      const res = await request(app)
        .post('/auth/logout')
        .set({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', ...more });
      expect(res.status).toBe(403);
      expect(res.headers['set-cookie']).toBeUndefined();
    },
  );

  test('the AI door is no exception', async () => {
    const res = await request(app)
      .post('/v2/models/m/versions/1/infer')
      .set({ cookie: SIGNED_IN, origin: 'https://evil.example' })
      .send({});
    expect(res.status).toBe(403);
  });

  test.each([
    { path: '/auth/saml/trust/acs', status: 303, why: 'the identity provider’s answer' },
    { path: '/auth/saml/trust/slo', status: 204, why: 'the identity provider’s sign-out' },
    { path: '/auth/oidc/cis2/backchannel-logout', status: 204, why: 'a call of the provider itself' },
    { path: '/auth/token', status: 204, why: 'a program that brings its own proof' },
    { path: '/auth/revoke', status: 204, why: 'a program that brings its own token' },
  ])('$path is foreign by design ($why) -> passes to its door', async ({ path, status }) => {
    const res = await request(app)
      .post(path)
      .set({ cookie: SIGNED_IN, origin: 'https://idp.example', 'sec-fetch-site': 'cross-site' })
      .type('form')
      .send({ SAMLResponse: 'x' });
    expect(res.status).toBe(status);
  });

  test.each([
    '/auth/logout',
    '/auth/logout-everywhere',
    '/auth/lock',
    '/auth/break-glass',
    '/me/session/code',
    '/auth/saml/trust/acs/x',
    '/auth/token/x',
    '/AUTH/token',
    '/auth/oidc/a/b/backchannel-logout',
  ])('%s acts on cookies or looks as if -> refused from elsewhere, with a token or without', async (path) => {
    for (const more of [{}, { authorization: `Bearer ${KNOWN_SESSION}` }]) {
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', ...more };
      const res = await request(app).post(path).set(headers).type('form').send('a=b');
      // A path that is none of ours is not found with a token, and refused without; nothing is done either way.
      expect([403, 404]).toContain(res.status);
      expect(res.headers).not.toHaveProperty('door');
    }
    const bare = await request(app).post(path).set('origin', 'null').type('form').send('a=b');
    expect(bare.status).toBe(403);
  });

  test('reading is never checked: a link from elsewhere opens a page', async () => {
    const res = await request(app)
      .get('/me/cases')
      .set({ cookie: SIGNED_IN, 'sec-fetch-site': 'cross-site' });
    expect(res.status).toBe(200);
  });
});
