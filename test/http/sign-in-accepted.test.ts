import { inflateRawSync } from 'node:zlib';
import { verify, X509Certificate } from 'node:crypto';
import request from 'supertest';
import { swap, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import { RSA_SHA512 } from '../../fixtures/saml/sign-enveloped.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { SESSION_COOKIE, TRANSACTION_COOKIE } from '../../src/domain/cookies.ts';
import {
  CONTEXT,
  GATEWAY_ENTITY,
  GATEWAY_URL,
  openSignInHouse,
  type SignInHouse,
} from '../fakes/sign-in-house.ts';

const signing = makeKeyPair('gateway');
let house: SignInHouse;
beforeAll(async () => {
  house = await openSignInHouse({ clockSkewMs: 30_000, signing });
});
afterAll(() => house.close());

const at = (offsetMs: number): string => new Date(Date.now() + offsetMs).toISOString();

describe('an honest answer signs in', () => {
  const rows: readonly { readonly name: string; readonly forgery: Forgery; readonly subject?: string }[] = [
    { name: 'as it comes', forgery: {} },
    { name: 'with SHA-512', forgery: { algorithms: RSA_SHA512 } },
    {
      name: 'with an XML declaration',
      forgery: { posted: (xml) => `<?xml version="1.0" encoding="UTF-8"?>\n${xml}` },
    },
    {
      name: 'without attributes',
      forgery: { assertion: swap(/<saml:AttributeStatement>.*<\/saml:AttributeStatement>/s, '') },
    },
    { name: 'with blanks around the name', forgery: { assertion: swap('>alice.osei<', '>\n alice.osei <') } },
    {
      name: 'with escaped characters in the name',
      forgery: { facts: { subject: 'a&amp;b&lt;c' } },
      subject: 'a&b<c',
    },
    {
      name: 'with a name that is not ASCII',
      forgery: { facts: { subject: 'zoë.łąka' } },
      subject: 'zoë.łąka',
    },
    {
      name: 'for several audiences',
      forgery: { assertion: swap('<saml:Audience>', '<saml:Audience>urn:b</saml:Audience><saml:Audience>') },
    },
    {
      name: 'for one use',
      forgery: {
        assertion: swap('</saml:Conditions>', '<saml:OneTimeUse></saml:OneTimeUse></saml:Conditions>'),
      },
    },
    {
      name: 'over an hour after signing in at the provider',
      forgery: { assertion: swap(/AuthnInstant="[^"]*"/, `AuthnInstant="${at(-4_000_000)}"`) },
    },
    {
      name: 'within the clock skew, late',
      // Made when it is wanted: a busy machine may be long in coming to this row.
      forgery: { assertion: (xml) => swap(/NotOnOrAfter="[^"]*"/, `NotOnOrAfter="${at(-20_000)}"`)(xml) },
    },
    {
      name: 'within the clock skew, early',
      forgery: { assertion: swap(/NotBefore="[^"]*"/, `NotBefore="${at(20_000)}"`) },
    },
  ];
  test.each(rows)('$name', async ({ forgery, subject = 'alice.osei' }) => {
    const outcome = await house.signIn(forgery);
    expect(outcome.body).toEqual({});
    expect((await house.whoIs(outcome.token))?.subject).toBe(subject);
  });

  test('base64 folded into lines', async () => {
    const begun = await house.begin();
    const folded = house.answer(begun).replace(/.{76}/g, (line) => `${line}\r\n`);
    const outcome = await house.post(begun.cookie, { SAMLResponse: folded });
    expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
  });
});

describe('how strong the login was', () => {
  const context = /<saml:AuthnContextClassRef>.*<\/saml:AuthnContextClassRef>/s;
  const rows: readonly { readonly name: string; readonly forgery: Forgery; readonly assurance: number }[] = [
    { name: 'smart card -> 3', forgery: {}, assurance: 3 },
    {
      name: 'two factors -> 2',
      forgery: { facts: { contextClass: `${CONTEXT}MobileTwoFactorContract` } },
      assurance: 2,
    },
    {
      name: 'password -> 1',
      forgery: { facts: { contextClass: `${CONTEXT}PasswordProtectedTransport` } },
      assurance: 1,
    },
    { name: 'a class nobody listed -> 1', forgery: { facts: { contextClass: 'urn:new' } }, assurance: 1 },
    {
      name: 'a name every object has -> 1',
      forgery: { facts: { contextClass: 'constructor' } },
      assurance: 1,
    },
    { name: 'no class -> 1', forgery: { assertion: swap(context, '') }, assurance: 1 },
    {
      name: 'an attribute of that name counts nothing -> 1',
      forgery: {
        facts: { contextClass: 'urn:new' },
        assertion: swap(
          '"displayName"><saml:AttributeValue>Somebody',
          `"AuthnContextClassRef"><saml:AttributeValue>${CONTEXT}SmartcardPKI`,
        ),
      },
      assurance: 1,
    },
  ];
  test.each(rows)('$name', async ({ forgery, assurance }) => {
    const { token } = await house.signIn(forgery);
    expect((await house.whoIs(token))?.assurance).toBe(assurance);
    expect(house.events.at(-1)).toMatchObject({ outcome: 'signed-in', subject: 'alice.osei', assurance });
  });
});

test('the principal says who, by whom, and when it was proved', async () => {
  const authenticatedAt = Date.now() - 60_000;
  const instant = new Date(authenticatedAt).toISOString();
  const { token } = await house.signIn({
    assertion: swap(/AuthnInstant="[^"]*"/, `AuthnInstant="${instant}"`),
  });
  const principal = await house.whoIs(token);
  expect(principal).toMatchObject({
    kind: 'person',
    provider: 'urn:test:north',
    subject: 'alice.osei',
    method: 'saml',
  });
  expect(principal?.authenticatedAt).toBe(authenticatedAt);
  expect(principal?.sessionRef).not.toContain(token ?? 'none');
});

test('the session ends when the identity provider says', async () => {
  const endsAt = Date.now() + 300_000;
  const end = ` SessionNotOnOrAfter="${new Date(endsAt).toISOString()}"><saml:AuthnContext>`;
  const { token } = await house.signIn({ assertion: swap('><saml:AuthnContext>', end) });
  expect((await house.whoIs(token))?.expiresAt).toBe(endsAt);
});

describe('the request', () => {
  test('is signed with SHA-256, names our address, and asks for no context', async () => {
    const { location } = await house.begin();
    const [signed = '', signature = ''] = new URL(location).search
      .slice(1)
      .replace('tenant=1&', '')
      .split('&Signature=');
    expect(signed).toContain(
      `SigAlg=${encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')}`,
    );
    const key = new X509Certificate(signing.certificatePem).publicKey;
    expect(
      verify('sha256', Buffer.from(signed), key, Buffer.from(decodeURIComponent(signature), 'base64')),
    ).toBe(true);
    const encoded = new URL(location).searchParams.get('SAMLRequest') ?? '';
    const xml = inflateRawSync(Buffer.from(encoded, 'base64')).toString();
    expect(xml).toContain(`AssertionConsumerServiceURL="${GATEWAY_URL}/auth/saml/north/acs"`);
    expect(xml).toContain(`>${GATEWAY_ENTITY}<`);
    expect(xml).not.toMatch(/RequestedAuthnContext|emailAddress/);
  });

  test('binds the browser with a cookie that is __Host-, cross-site, and short', async () => {
    const res = await request(house.app).get('/auth/saml/north/login');
    expect(res.status).toBe(302);
    expect(res.headers['cache-control']).toBe('no-store');
    const [line = ''] = res.headers['set-cookie'] as unknown as string[];
    expect(line).toMatch(new RegExp(`^${TRANSACTION_COOKIE}=[\\w-]{43}; Max-Age=600; Path=/; `));
    expect(line).toMatch(/; HttpOnly; Secure; SameSite=None$/);
  });
});

test('the session cookie is __Host-, Lax, and goes with the browser; the transaction is over', async () => {
  const { setCookie, status } = await house.signIn();
  expect(status).toBe(303);
  const session = setCookie.find((line) => line.startsWith(SESSION_COOKIE));
  expect(session).toMatch(
    new RegExp(`^${SESSION_COOKIE}=[\\w-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax$`),
  );
  const transaction = setCookie.find((line) => line.startsWith(TRANSACTION_COOKIE));
  expect(transaction).toMatch(/=; Path=\/; Expires=Thu, 01 Jan 1970/);
});
