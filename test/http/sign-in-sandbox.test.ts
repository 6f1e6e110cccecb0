import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetch } from 'undici';
import { startIdentityProvider, type IdentityProvider } from '../../fixtures/sandbox/identity-provider.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { CONTEXT, GATEWAY_ENTITY, openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';
import { signIn } from '../fakes/sign-in-driver.ts';

const keyPair = makeKeyPair();
const users = [
  {
    username: 'alice.osei',
    password: 'correct <horse> & "battery"',
    displayName: 'Dr Alice Osei',
    authnContextClassRef: `${CONTEXT}SmartcardPKI`,
  },
  {
    username: 'erin.novak',
    password: 'p',
    displayName: 'Erin Novak',
    authnContextClassRef: `${CONTEXT}PasswordProtectedTransport`,
  },
];
let listener: RequestListener = (_req, res) => res.end();
let server: Server;
let gatewayUrl: string;
let house: SignInHouse;
let idp: IdentityProvider;

beforeAll(async () => {
  server = createServer((req, res) => {
    listener(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gatewayUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  idp = await startIdentityProvider({
    port: 0,
    users,
    serviceProviders: [{ entityId: GATEWAY_ENTITY, acsUrls: [`${gatewayUrl}/auth/saml/north/acs`] }],
    entityId: 'urn:test:north',
    keyPair,
  });
  house = await openSignInHouse({ publicUrl: gatewayUrl, north: { ssoUrl: idp.ssoUrl, keyPair } });
  listener = house.app;
});
afterAll(async () => {
  await idp.close();
  server.close();
  server.closeAllConnections();
  await house.close();
});

describe('signing in through the sandbox identity provider', () => {
  test.each([
    { username: 'alice.osei', password: users[0]?.password ?? '', assurance: 3 },
    { username: 'erin.novak', password: 'p', assurance: 1 },
  ])('$username -> assurance $assurance', async ({ username, password, assurance }) => {
    const { cookie } = await signIn({ gatewayUrl, username, password, provider: 'north' });
    const who = await fetch(`${gatewayUrl}/who`, { headers: { cookie } });
    expect(await who.json()).toMatchObject({
      kind: 'person',
      subject: username,
      provider: 'urn:test:north',
      assurance,
    });
  });

  test('a wrong password -> the page again, with why, and no session', async () => {
    const before = await house.subjects();
    const attempt = signIn({ gatewayUrl, username: 'alice.osei', password: 'wrong', provider: 'north' });
    await expect(attempt).rejects.toThrow(/401: There is nobody here with this username and password/);
    expect(await house.subjects()).toEqual(before);
  });
});

describe('the sandbox identity provider', () => {
  const pageFor = async (provider: string): Promise<string> => {
    const login = await fetch(`${gatewayUrl}/auth/saml/${provider}/login`, { redirect: 'manual' });
    return login.headers.get('location') ?? '';
  };

  test('shows labelled boxes, and says what it is', async () => {
    const page = await (await fetch(await pageFor('north'))).text();
    for (const name of ['username', 'password']) {
      expect(page).toContain(`<label for="${name}">`);
      expect(page).toMatch(new RegExp(`<input id="${name}" name="${name}"`));
    }
    expect(page).toContain('<button type="submit">Sign in</button>');
    expect(page).toContain('the Countersign sandbox');
  });

  test('posts answers to nobody that is not on its list', async () => {
    const other = new URL(await pageFor('south'));
    const sso = new URL(idp.ssoUrl);
    sso.search = other.search;
    const res = await fetch(sso);
    expect(res.status).toBe(400);
    const body = new URLSearchParams({ username: 'erin.novak', password: 'p' });
    expect((await fetch(sso, { method: 'POST', body })).status).toBe(400);
  });

  test.each(['', '?SAMLRequest=', '?SAMLRequest=rubbish', '?SAMLRequest=a&SAMLRequest=b'])(
    '%j -> 400',
    async (query) => {
      expect((await fetch(idp.ssoUrl + query)).status).toBe(400);
    },
  );

  test('listens on loopback under both its names', async () => {
    const { port } = new URL(idp.url);
    expect((await fetch(`http://127.0.0.1:${port}/sso`)).status).toBe(400);
    expect((await fetch(`http://localhost:${port}/sso`)).status).toBe(400);
  });

  test('does not start in production', async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    const start = startIdentityProvider({ port: 0, users, serviceProviders: [], entityId: 'urn:x', keyPair });
    await expect(start).rejects.toThrow(/production/);
    process.env['NODE_ENV'] = before;
  });
});
