import { fetch } from 'undici';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { openOpenidProvider, type OpenidProviderFake } from '../fakes/openid-provider.ts';
import { openBrowser, type Browser } from '../fakes/plain-browser.ts';
import { buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(120_000);

const SECRET = 'a secret of more than sixteen characters';
const SMITH = '555036632103';
const ROLE = { person_roleid: '555254240100', org_code: 'RX1', role_name: 'Consultant' };
const FORM = 'application/x-www-form-urlencoded';

let provider: OpenidProviderFake;
let house: DoorsHouse;

beforeAll(async () => {
  provider = await openOpenidProvider({
    clientId: 'countersign',
    id: 'cis2',
    gatewayUrl: 'http://127.0.0.1:1',
    client: { client_secret: SECRET },
    postLogout: async (body) => {
      const url = `${house.url}/auth/oidc/cis2/backchannel-logout`;
      return (await fetch(url, { method: 'POST', headers: { 'content-type': FORM }, body })).status;
    },
  });
  house = await buildDoorsHouse({
    adapt: (config) => ({
      ...config,
      identity: {
        ...config.identity,
        openidProviders: [
          {
            id: 'cis2',
            title: 'Care Identity',
            issuer: provider.issuer,
            clientId: 'countersign',
            clientSecretFile: { path: '/nowhere', text: `${SECRET}\n` },
            clientSecretIn: 'header',
            clientKeyAlgorithm: 'RS512',
            clientKeyAudience: 'token-endpoint',
            maxAuthenticationHours: 12,
            scopes: ['openid', 'profile', 'nhsperson', 'nationalrbacaccess'],
            assurance: { acr: { AAL3_ANY: 3, AAL2_ANY: 2 }, cardAmr: ['N3_SMARTCARD'] },
            minIdAssurance: 3,
            roleSelection: 'provider',
            stepUpAcrValues: ['AAL3_ANY'],
            clockSkewSeconds: 5,
          },
        ],
      },
    }),
  });
  provider.moveGateway(house.url);
  provider.plans.set('smith', {
    sub: SMITH,
    acr: 'AAL2_ANY',
    amr: ['TOTP'],
    level: '2',
    strong: { acr: 'AAL3_ANY', amr: ['N3_SMARTCARD'], level: '3' },
    claims: { id_assurance_level: '3', selected_roleid: ROLE.person_roleid, nhsid_nrbac_roles: [ROLE] },
    userinfoOnly: ['nhsid_nrbac_roles'],
  });
});
afterAll(async () => {
  await house.close();
  await provider.close();
});

async function whoAmI(browser: Browser): Promise<Record<string, unknown>> {
  return (await (await browser.get(`${house.url}/auth/whoami`)).json()) as Record<string, unknown>;
}

/** From the login door to the provider and back. Resolves to where the gateway then sends the browser. */
async function pass(here: Browser, there: Browser, query = ''): Promise<string | null> {
  const login = await here.get(`${house.url}/auth/oidc/cis2/login${query}`);
  const back = await provider.signIn(login.headers.get('location') ?? '', 'smith', there);
  return (await here.get(back.href)).headers.get('location');
}

test('the sign-in page offers it', async () => {
  const page = await (await fetch(`${house.url}/auth/sign-in`)).text();
  expect(page).toContain('/auth/oidc/cis2/login');
  expect(page).toContain('Care Identity');
});

test('in by phone, up by card, out at the provider: whoami tells each', async () => {
  const [here, there] = [openBrowser(), openBrowser()];
  expect(await pass(here, there, '?return=%2Fme%2Fcases')).toBe('/me/cases');
  expect(await whoAmI(here)).toMatchObject({
    kind: 'person',
    identityProvider: provider.issuer,
    nameId: SMITH,
    method: 'oidc',
    assurance: 2,
    role: { id: ROLE.person_roleid, name: 'Consultant', organisation: 'RX1' },
  });

  const asked = await here.get(`${house.url}/auth/step-up?assurance=3&return=%2Fme%2Fcases`);
  const door = new URL(asked.headers.get('location') ?? '', house.url);
  expect(door.pathname).toBe('/auth/oidc/cis2/login');
  expect(await pass(here, there, door.search)).toBe('/me/cases');
  expect(await whoAmI(here)).toMatchObject({ nameId: SMITH, assurance: 3 });

  const page = await (await there.get(`${provider.issuer}/session/end?client_id=countersign`)).text();
  const [, action = ''] = /action="([^"]+)"/.exec(page) ?? [];
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? [];
  await there.post(action, { xsrf, logout: 'yes' });
  expect(await whoAmI(here)).toMatchObject({ code: 'not-identified' });
});

test('signing out here leads on to the provider', async () => {
  const [here, there] = [openBrowser(), openBrowser()];
  await pass(here, there);
  const page = await (await here.post(`${house.url}/auth/logout`, {})).text();
  const [, address = ''] = /<a href="([^"]+)"/.exec(page) ?? [];
  const url = new URL(address.replaceAll('&#38;', '&'));
  expect(url.origin).toBe(provider.issuer);
  expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${house.url}/auth/sign-in?signed-out=1`);
  expect(await whoAmI(here)).toMatchObject({ code: 'not-identified' });
});

test('back from another site, as a browser says it, and into no other browser', async () => {
  const [here, there] = [openBrowser(), openBrowser()];
  const login = await here.get(`${house.url}/auth/oidc/cis2/login`);
  const back = await provider.signIn(login.headers.get('location') ?? '', 'smith', there);
  const foreign = await fetch(back.href, {
    headers: { 'sec-fetch-site': 'cross-site', accept: 'text/html' },
    redirect: 'manual',
  });
  expect(foreign.status).toBe(403);
  expect(foreign.headers.get('content-type')).toContain('text/html');
  expect(await foreign.text()).toContain('other-browser');
  expect(foreign.headers.getSetCookie().join()).not.toContain(SESSION_COOKIE);
  expect((await here.get(back.href)).status).toBe(303);
});

test('a forged logout is told in JSON, as the provider expects', async () => {
  const answer = await fetch(`${house.url}/auth/oidc/cis2/backchannel-logout`, {
    method: 'POST',
    headers: { 'content-type': FORM },
    body: 'logout_token=a.b.c',
  });
  expect(answer.status).toBe(400);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
});
