import { RSA_SHA1 } from '../../fixtures/saml/sign-enveloped.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { assertionOf, swap, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import type { RefusalCode } from '../../src/identity/sign-in-refusal.ts';
import {
  base64url,
  openProgramHouse,
  PASSWORD_CONTEXT,
  SAML_BEARER,
  TOKEN_AUDIENCE,
  type ProgramHouse,
} from '../fakes/program-house.ts';
import { CONTEXT, GATEWAY_ENTITY } from '../fakes/sign-in-house.ts';

const MINUTE_MS = 60_000;
const stranger = makeKeyPair('stranger');
let house: ProgramHouse;
beforeAll(async () => {
  house = await openProgramHouse();
});
afterAll(() => house.close());

const exchange = (assertion: string, more: Readonly<Record<string, string>> = {}) =>
  house.post('/auth/token', { grant_type: SAML_BEARER, assertion, ...more });
const at = (fromNowMs: number): string => new Date(Date.now() + fromNowMs).toISOString();
const attribute = (name: string, value: string) =>
  swap(new RegExp(` ${name}="[^"]*"`), ` ${name}="${value}"`);

test.each<{
  name: string;
  forgery: Forgery;
  assurance: number;
  more?: Record<string, string>;
  scope?: string;
}>([
  { name: 'with a card', forgery: {}, assurance: 3 },
  { name: 'with a password', forgery: { facts: { contextClass: PASSWORD_CONTEXT } }, assurance: 1 },
  { name: 'with an unknown context', forgery: { facts: { contextClass: `${CONTEXT}Other` } }, assurance: 1 },
  { name: 'for images only', forgery: {}, assurance: 3, more: { scope: 'images' }, scope: 'images' },
  {
    name: 'for records, too',
    forgery: {},
    assurance: 3,
    more: { scope: 'records images' },
    scope: 'images records',
  },
  {
    name: 'with parameters that nobody knows',
    forgery: {},
    assurance: 3,
    more: { client_id: 'x', resource: 'y' },
  },
])(
  'an assertion of somebody $name becomes a token',
  async ({ forgery, assurance, more, scope = 'images ai' }) => {
    const { status, body } = await exchange(house.assertion(forgery), more);
    expect({ status, scope: body.scope, type: body.token_type }).toEqual({
      status: 200,
      scope,
      type: 'Bearer',
    });
    const who = await house.get('/auth/whoami', body.access_token);
    expect(who.body).toMatchObject({
      identityProvider: house.signIn.entityIds.north,
      nameId: 'alice.osei',
      assurance,
      method: 'saml',
      scopes: scope.split(' '),
    });
  },
);

test('padding is tolerated', async () => {
  const assertion = house.assertion();
  const padded = assertion.padEnd(Math.ceil(assertion.length / 4) * 4, '=');
  expect((await exchange(padded)).status).toBe(200);
});

const conditions = (notOnOrAfterMs: number) =>
  swap(
    /(<saml:Conditions NotBefore="[^"]*" NotOnOrAfter=")[^"]*/,
    `<saml:Conditions NotBefore="${at(-1_000)}" NotOnOrAfter="${at(notOnOrAfterMs)}`,
  );
const wrapped = (xml: string): string =>
  xml.replace(/<saml:Assertion.*<\/saml:Assertion>/s, (one) => `<w>${one}${one}</w>`);

/** Each bent in one thing, everything else right, signed now with the provider's own key unless that is what is bent. */
const HOSTILE: readonly {
  readonly name: string;
  readonly code: RefusalCode;
  readonly forgery?: Forgery;
  readonly provider?: 'south';
}[] = [
  { name: 'unsigned', code: 'answer-not-trusted', forgery: { assertionKey: 'unsigned' } },
  { name: 'signed with a key of nobody', code: 'answer-not-trusted', forgery: { assertionKey: stranger } },
  {
    name: 'changed after signing',
    code: 'answer-not-trusted',
    forgery: { posted: swap('alice.osei', 'mallory') },
  },
  { name: 'signed with SHA-1', code: 'weak-algorithm', forgery: { algorithms: RSA_SHA1 } },
  { name: 'of a provider that may not vouch for programs', code: 'wrong-issuer', provider: 'south' },
  { name: 'of nobody', code: 'wrong-issuer', forgery: { facts: { issuer: 'urn:test:nobody' } } },
  {
    name: 'for the audience of browsers',
    code: 'wrong-audience',
    forgery: { facts: { audience: GATEWAY_ENTITY } },
  },
  {
    name: 'for the address of the gateway alone',
    code: 'wrong-destination',
    forgery: { facts: { acsUrl: 'http://127.0.0.1:8080' } },
  },
  {
    name: 'for the address where browsers post',
    code: 'wrong-destination',
    forgery: { facts: { acsUrl: 'http://127.0.0.1:8080/auth/saml/north/acs' } },
  },
  {
    name: 'that answers a request',
    code: 'wrong-request',
    forgery: {
      assertion: swap('<saml:SubjectConfirmationData ', '<saml:SubjectConfirmationData InResponseTo="_r" '),
    },
  },
  { name: 'that is over', code: 'not-in-time', forgery: { assertion: conditions(-1_000) } },
  {
    name: 'that is good for an hour',
    code: 'not-in-time',
    forgery: { assertion: conditions(60 * MINUTE_MS) },
  },
  {
    name: 'whose confirmation is over',
    code: 'not-in-time',
    forgery: {
      assertion: swap(/ NotOnOrAfter="[^"]*" Recipient/, ` NotOnOrAfter="${at(-1_000)}" Recipient`),
    },
  },
  {
    name: 'issued an hour ago',
    code: 'not-in-time',
    forgery: { assertion: attribute('IssueInstant', at(-60 * MINUTE_MS)) },
  },
  {
    name: 'proved tomorrow',
    code: 'not-in-time',
    forgery: { assertion: attribute('AuthnInstant', at(24 * 60 * MINUTE_MS)) },
  },
  {
    name: 'without a word on how',
    code: 'login-not-proved',
    forgery: { assertion: swap(/<saml:AuthnStatement.*<\/saml:AuthnStatement>/s, '') },
  },
  {
    name: 'about nobody',
    code: 'subject-unclear',
    forgery: { assertion: swap(/<saml:NameID>[^<]*<\/saml:NameID>/, '') },
  },
  {
    name: 'held by the holder of a key',
    code: 'confirmation-unfit',
    forgery: { assertion: swap('cm:bearer', 'cm:holder-of-key') },
  },
  {
    name: 'without conditions',
    code: 'wrong-audience',
    forgery: { assertion: swap(/<saml:Conditions.*<\/saml:Conditions>/s, '') },
  },
  {
    name: 'with one attribute twice',
    code: 'attributes-unclear',
    forgery: {
      assertion: swap(
        /(<saml:Attribute Name="displayName">.*<\/saml:Attribute>)/s,
        '<saml:Attribute Name="a"></saml:Attribute><saml:Attribute Name="a"></saml:Attribute>',
      ),
    },
  },
  {
    name: 'with a document type',
    code: 'answer-unreadable',
    forgery: { posted: (xml) => `<!DOCTYPE a>${xml}` },
  },
  {
    name: 'with a comment in the name',
    code: 'answer-unreadable',
    forgery: { posted: swap('alice.osei', 'alice<!-- -->.osei') },
  },
  { name: 'twice in one document', code: 'answer-unreadable', forgery: { posted: wrapped } },
  {
    name: 'wrapped around the signed one',
    code: 'answer-not-trusted',
    forgery: {
      posted: (xml) => xml.replace('</saml:Assertion>', `<saml:Advice>${xml}</saml:Advice></saml:Assertion>`),
    },
  },
];

test.each(HOSTILE)('one $name is refused', async ({ code, forgery, provider }) => {
  const before = await house.signIn.subjects();
  const { status, body } = await exchange(house.assertion(forgery, provider));
  expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_grant' });
  expect(body.error_description).toContain('wrong, used, over');
  expect(await house.signIn.subjects()).toEqual(before);
  expect(house.signIn.events.at(-1)).toEqual({
    outcome: 'refused',
    provider: TOKEN_AUDIENCE,
    method: 'token',
    code,
  });
});

test.each<{ name: string; text: () => string; code: RefusalCode }>([
  { name: 'plain base64', text: () => `${house.assertion().slice(0, 40)}+/`, code: 'answer-unreadable' },
  {
    name: 'a line break inside',
    text: () => `${house.assertion().slice(0, 40)}\n${house.assertion().slice(40)}`,
    code: 'answer-unreadable',
  },
  { name: 'bits left over', text: () => `${base64url('<a/>').slice(0, -1)}9`, code: 'answer-unreadable' },
  { name: 'no UTF-8', text: () => base64url(Uint8Array.of(0x3c, 0x61, 0xff)), code: 'answer-unreadable' },
  { name: 'no XML', text: () => base64url('assertion'), code: 'answer-unreadable' },
  {
    name: 'a whole answer',
    text: () => base64url(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`),
    code: 'answer-unreadable',
  },
  {
    name: 'an encrypted assertion',
    text: () => base64url('<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>'),
    code: 'answer-encrypted',
  },
  {
    name: '20,000 siblings',
    text: () => base64url(`<a>${'<b/>'.repeat(20_000)}</a>`),
    code: 'answer-too-large',
  },
])('$name is refused before anything is computed', async ({ text, code }) => {
  expect((await exchange(text())).body.error).toBe('invalid_grant');
  expect(house.signIn.events.at(-1)).toMatchObject({ code });
});

test('an assertion is good once, also for many at once', async () => {
  const assertion = house.assertion();
  const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(assertion)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect((await exchange(assertion)).body.error).toBe('invalid_grant');
  expect(house.signIn.events.at(-1)).toMatchObject({ code: 'already-used' });
});

test('more than there is to ask for is refused, and the assertion is still good', async () => {
  const assertion = house.assertion();
  expect((await exchange(assertion, { scope: 'images admin' })).body.error).toBe('invalid_scope');
  expect((await exchange(assertion)).status).toBe(200);
});

describe('assertions for browsers and for programs are kept apart', () => {
  test('what signed somebody in at a browser gives no token', async () => {
    const begun = await house.signIn.begin();
    const posted = house.signIn.answer(begun);
    const bare = base64url(assertionOf(Buffer.from(posted, 'base64').toString()));
    expect((await exchange(bare)).body.error).toBe('invalid_grant');
    expect((await house.signIn.post(begun.cookie, { SAMLResponse: posted })).status).toBe(303);
  });

  test('what is meant for the token endpoint signs nobody in at a browser, whatever is around it', async () => {
    const begun = await house.signIn.begin();
    const own = Buffer.from(house.assertion(), 'base64url').toString();
    const SAMLResponse = house.signIn.answer(begun, {
      response: (xml) => xml.replace(/<saml:Assertion.*<\/saml:Assertion>/s, () => own),
    });
    const { status, body } = await house.signIn.post(begun.cookie, { SAMLResponse });
    expect(status).toBe(403);
    expect(body.detail).toMatch(/\((wrong-audience|wrong-destination|wrong-request)\)/);
  });
});
