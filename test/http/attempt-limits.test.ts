import { randomBytes, randomUUID } from 'node:crypto';
import request from 'supertest';
import { makeCardCast } from '../../fixtures/certificates/card-cast.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { SessionsUnavailable } from '../../src/domain/errors.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { hopOf } from '../../src/http/note-hop.ts';
import type { AttemptBounds } from '../../src/identity/attempt-limits.ts';
import { createIdentity } from '../../src/identity/create-identity.ts';
import { createSqliteStores } from '../../src/identity/stores/sqlite-stores.ts';
import type { RateCounter } from '../../src/identity/stores/identity-stores.ts';
import { trustIn } from '../fakes/card-judge.ts';
import { edgeDeps, PUBLIC_URL } from '../fakes/edge-app.ts';
import { samlProvidersOf } from '../fakes/saml-providers.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEY = makeKeyPair('north');
const CARDS = makeCardCast();
const NOW = Date.UTC(2026, 2, 3, 14, 5, 20);
/** Never matched: what is asked here is how often it may be tried. */
const HASH = `$argon2id$v=19$m=7168,t=5,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

let folder: string;
let database: GatewayDatabase;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attempts-'));
  database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
});
afterAll(async () => {
  await database.destroy();
  rmSync(folder, { recursive: true, force: true });
});

/** The whole edge over every door that there is, at a standing clock. */
function houseWith(bounds: Partial<AttemptBounds>, rates?: RateCounter) {
  const clock = { nowMs: () => NOW, monotonicMs: () => 0 };
  const stores = createSqliteStores(database, clock);
  const bytes = (count: number) => randomBytes(count);
  const provider = {
    id: 'north',
    title: 'North',
    entityId: 'urn:test:north',
    ssoUrl: 'https://north.example/sso',
    certificatesPem: [KEY.certificatePem],
    assurance: {},
    clockSkewMs: 0,
  };
  const identity = createIdentity({
    stores: { ...stores, ...(rates === undefined ? {} : { rates }) },
    saml: {
      publicUrl: PUBLIC_URL,
      entityId: 'urn:test:gateway',
      providers: samlProvidersOf(() => [provider]),
    },
    oidc: {
      publicUrl: PUBLIC_URL,
      providers: [
        {
          id: 'cis2',
          title: 'CIS2',
          issuer: 'https://cis2.example',
          clientId: 'us',
          clientAuthentication: { method: 'client_secret_basic', secret: 'x'.repeat(32) },
          scopes: ['openid'],
          assurance: { acr: {}, amrForCard: [] },
          minIdAssurance: 0,
          roleSelection: 'none',
          stepUp: { acrValues: ['AAL3_ANY'] },
          clockSkewMs: 0,
        },
      ],
      fetcher: { fetch: () => Promise.reject(new SessionsUnavailable()) },
    },
    card: {
      provider: 'urn:test:cards',
      title: 'Smart card',
      publicUrl: PUBLIC_URL,
      trust: trustIn({ issuers: [CARDS.issuing], cas: [CARDS.root] }, []),
      policyOids: ['1.2.3'],
      subject: { from: 'san-upn' },
    },
    breakGlass: { username: 'emergency', passwordHash: HASH, areAllAway: () => true },
    bounds: { perAddressPerMinute: 100, perAccountPerMinute: 100, ...bounds },
    sessions: { idleMs: 1_000, absoluteMs: 1_000 },
    clock,
    randomBytes: bytes,
    newId: () => randomUUID(),
    hopOf,
    practitionerOf: () => undefined,
    suspensionOf: () => undefined,
    onEvent: () => undefined,
  });
  return buildApp(edgeDeps({ doors: identity.doors }));
}

const SESSION = `${SESSION_COOKIE}=${'A'.repeat(43)}`;
const CODE = 'grant_type=password&username=code-abcd&password=AAAA-BBBB-CCCC-DDDD';
const EMERGENCY = 'username=emergency&password=wrong&return=%2Fme%2Fstudies';
const DOORS = [
  { method: 'get', path: '/auth/saml/north/login' },
  { method: 'post', path: '/auth/saml/north/acs', body: 'SAMLResponse=AAAA' },
  { method: 'get', path: '/auth/saml/north/slo' },
  { method: 'post', path: '/auth/saml/north/slo', body: 'SAMLRequest=AAAA' },
  { method: 'get', path: '/auth/saml/north/sign-out?request=_1' },
  { method: 'get', path: '/auth/oidc/cis2/login' },
  { method: 'get', path: '/auth/oidc/cis2/callback?state=x&code=y' },
  { method: 'post', path: '/auth/oidc/cis2/backchannel-logout', body: 'logout_token=x' },
  { method: 'get', path: '/auth/card' },
  { method: 'post', path: '/auth/token', body: CODE },
  { method: 'post', path: '/auth/revoke', body: 'token=x' },
  { method: 'post', path: '/auth/break-glass', body: EMERGENCY },
  { method: 'get', path: '/auth/step-up' },
  { method: 'post', path: '/me/session/code', body: 'scope=images' },
] as const;
type Door = (typeof DOORS)[number];
type App = ReturnType<typeof houseWith>;

async function tryOnce(app: App, door: Door) {
  if (door.method === 'get') return request(app).get(door.path);
  return request(app).post(door.path).type('form').send(door.body);
}

test('every door of signing in is walked here', () => {
  const app = houseWith({}) as unknown as { readonly router: { readonly stack: readonly Layer[] } };
  const walked = new Set<string>(DOORS.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`));
  const routes = routesOf(app.router.stack).map((route) =>
    route.replace('/saml/:idp', '/saml/north').replace('/oidc/:idp', '/oidc/cis2'),
  );
  // Nobody proves anything here: pages, what is said of us, and what acts on a session that is there already.
  const others = /sign-in$|whoami|metadata|logout$|logout-everywhere|lock$|get .*break-glass/;
  const doors = routes.filter((route) => /^(get|post) \/auth\//.test(route));
  expect(doors.length).toBeGreaterThan(15);
  expect(
    doors.filter((route) => !walked.has(route) && !others.test(route.replace('backchannel-', '!'))),
  ).toEqual([]);
});

test.each(DOORS)('$method $path: 429 after the bound of the address, and how long to wait', async (door) => {
  const app = houseWith({ perAddressPerMinute: 2 });
  expect((await tryOnce(app, door)).status).not.toBe(429);
  expect((await tryOnce(app, door)).status).not.toBe(429);
  const res = await tryOnce(app, door);
  expect([res.status, res.headers['retry-after'], res.headers['cache-control']]).toEqual([
    429,
    '40',
    'no-store',
  ]);
  expect(res.headers).not.toHaveProperty('set-cookie');
  expect(res.text).toContain('Too many attempts. Wait 40 seconds, then try again.');
});

test.each(DOORS.filter(({ path }) => /token|break-glass/.test(path)))(
  '$path: 429 after the bound of the account, whatever is tried',
  async (door) => {
    const app = houseWith({ perAccountPerMinute: 2 });
    const first = await tryOnce(app, door);
    expect([400, 403]).toContain(first.status);
    expect((await tryOnce(app, door)).status).toBe(first.status);
    expect((await tryOnce(app, door)).status).toBe(429);
  },
);

test.each(DOORS)('$method $path: the counter away -> 503, and nobody in', async (door) => {
  const app = houseWith({}, { hit: () => Promise.reject(new SessionsUnavailable()) });
  const res = await tryOnce(app, door);
  expect(res.status).toBe(503);
  expect(res.headers).not.toHaveProperty('set-cookie');
  expect(res.headers).not.toHaveProperty('location');
});

const WAYS_OUT = ['/auth/logout', '/auth/logout-everywhere', '/auth/lock'];
test.each(
  WAYS_OUT.flatMap((path) => [
    { path, name: 'attempts are used up', bounds: { perAddressPerMinute: 0 }, isAway: false },
    { path, name: 'they cannot be counted', bounds: {}, isAway: true },
  ]),
)('$path goes out all the same when $name', async ({ path, bounds, isAway }) => {
  const away: RateCounter = { hit: () => Promise.reject(new SessionsUnavailable()) };
  const app = houseWith(bounds, isAway ? away : undefined);
  const res = await request(app).post(path).set('Cookie', SESSION);
  expect({ status: res.status, location: res.headers['location'] }).toMatchObject({
    status: 303,
    location: expect.stringMatching(/^\/auth\/sign-in\?(signed-out|locked)=1$/),
  });
});

test('begun sign-ins: one address begins 2,000 in ten minutes, and others go on', async () => {
  const counts = new Map<string, number>();
  const windows = new Set<number>();
  const rates: RateCounter = {
    hit: (key, windowMs) => {
      windows.add(windowMs);
      // All but the last of what is let through are taken as done.
      const count = (counts.get(key) ?? (windowMs > 60_000 ? 1_999 : 0)) + 1;
      counts.set(key, count);
      return Promise.resolve(count);
    },
  };
  const app = houseWith({}, rates);
  for (const path of ['/auth/saml/north/login', '/auth/oidc/cis2/login']) {
    counts.clear();
    expect((await request(app).get(path)).status).not.toBe(429);
    const res = await request(app).get(path);
    expect(res.status).toBe(429);
    expect(Number(res.headers['retry-after'])).toBe(280);
    expect((await request(app).get('/auth/saml/north/slo')).status).not.toBe(429);
  }
  expect([...windows]).toEqual([60_000, 600_000]);
});

test('a page for people, JSON for programs', async () => {
  const app = houseWith({ perAddressPerMinute: 0 });
  const page = await request(app).get('/auth/card');
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.text).toContain('If it was not you, or it happens again, tell IT.');
  const json = await request(app).post('/auth/token').type('form').send(CODE);
  expect(json.body.error).toBe('temporarily_unavailable');
});

/** What of Express's routers this reads (router 2). */
interface Layer {
  readonly method?: string;
  readonly route?: { readonly path: string; readonly stack: readonly Layer[] };
  readonly handle?: { readonly stack?: readonly Layer[] };
}

function routesOf(stack: readonly Layer[]): readonly string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route === undefined) return routesOf(handle?.stack ?? []);
    const methods = new Set(route.stack.flatMap(({ method }) => (method === undefined ? [] : [method])));
    return [...methods].map((method) => `${method} ${route.path}`);
  });
}
