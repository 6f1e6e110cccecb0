import request from 'supertest';
import { liftLoginEvidence } from '../../src/http/login-evidence.ts';
import { edgeApp, edgeDeps, SIGNED_IN } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';

const app = edgeApp();

describe('every answer', () => {
  test.each([
    '/',
    '/auth/sign-in',
    '/api/cases',
    '/api/nothing',
    '/health/live',
    '/openapi.json',
    '/v2',
    '/monai',
    '/torchserve',
    '/dicom-web/studies',
  ])('%s has the headers that keep browsers from doing more than we say', async (path) => {
    const { headers } = await request(app).get(path);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'strict-transport-security': 'max-age=63072000',
    });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['referrer-policy']).toBe(path === '/auth/sign-in' ? 'same-origin' : 'no-referrer');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('etag');
  });

  test('has no Strict-Transport-Security where people reach us by http', async () => {
    const { headers } = await request(edgeApp({ publicUrl: 'http://127.0.0.1:8080' })).get('/auth/sign-in');
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  test('has a request id of our own; one from outside is not used', async () => {
    const res = await request(app)
      .get('/api/cases')
      .set({ 'request-id': 'theirs', 'x-request-id': 'theirs' });
    expect(res.headers['request-id']).toMatch(/^request-\d+$/);
    expect(res.body.requestId).toBe(res.headers['request-id']);
  });
});

describe('pages', () => {
  test('run our own scripts and styles, and nothing inline', async () => {
    const res = await request(app).get('/auth/sign-in');
    expect(res.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(res.headers['cache-control']).toBe('no-store');
    expect(res.text).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)|\son\w+=|javascript:|https?:/);
  });

  test('load what never changes under its address, and may keep it', async () => {
    const page = await request(app).get('/auth/sign-in');
    const addresses = [...page.text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) =>
      String(path),
    );
    expect(addresses.map((path) => path.split('/').at(-1)).sort()).toEqual([
      'countersign.css',
      'countersign.js',
      'favicon.svg',
      'nhsuk-frontend.css',
    ]);
    for (const address of addresses) {
      const res = await request(app).get(address);
      expect([res.status, res.headers['cache-control']]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ]);
    }
  });

  test('load nothing from elsewhere, not even by way of a style sheet', async () => {
    const { pages } = edgeDeps();
    const html = pages.render('sign-in', { title: 'x', simulator: false, aiLocked: [] }, { choices: [] });
    const [, digest = ''] = /\/assets\/(\w+)\//.exec(html) ?? [];
    const css = Buffer.from(pages.asset(digest, 'nhsuk-frontend.css')?.bytes ?? []).toString();
    expect(css.length).toBeGreaterThan(100_000);
    expect(/@font-face|@import|https?:|sourceMappingURL/.exec(css)).toBeNull();
    for (const [, target] of css.matchAll(/url\(([^)]+)\)/g)) {
      expect(pages.asset(digest, String(target).replace(/["']/g, ''))).toBeDefined();
    }
    expect(pages.asset('0'.repeat(16), 'nhsuk-frontend.css')).toBeUndefined();
    expect(pages.asset(digest, 'constructor')).toBeUndefined();
  });
});

describe('what a caller claims about itself', () => {
  const claims = {
    forwarded: 'for=10.0.0.1;host=evil.example',
    'x-forwarded-for': '10.0.0.1',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    'x-forwarded-user': 'alice.osei',
    'x-remote-user': 'alice.osei',
    'remote-user': 'alice.osei',
    'client-cert': ':AAAA:',
    'x-ssl-client-verify': 'SUCCESS',
    'x-auth-request-user': 'alice.osei',
    'x-http-method-override': 'DELETE',
    'x-original-url': '/api/case-log',
  };

  test('is gone before anything can read or forward it', async () => {
    let seen: Readonly<Record<string, string>> = {};
    const listening = edgeApp({
      flows: fakeFlows({
        retrieve: async (input) => {
          seen = input.headers;
          throw new TypeError('seen');
        },
      }),
    });
    await request(listening)
      .get('/dicom-web/studies/1.2/metadata')
      .set({ ...claims, cookie: SIGNED_IN, accept: 'x/y' });
    expect(seen['accept']).toBe('x/y');
    for (const name of Object.keys(claims)) expect(seen).not.toHaveProperty(name);
  });

  test('signs nobody in', async () => {
    expect((await request(app).get('/auth/whoami').set(claims)).status).toBe(401);
    expect(liftLoginEvidence({ headers: claims })).toEqual({});
  });
});
