import { assertionOf, swap } from '../../fixtures/saml/forge-answer.ts';
import type { LogoutScene } from '../../fixtures/saml/bent-logouts.ts';
import {
  logoutRequest,
  logoutResponse,
  postField,
  redirectQuery,
} from '../../fixtures/saml/logout-messages.ts';
import { HMAC_SHA1, RSA_SHA1, signEnveloped } from '../../fixtures/saml/sign-enveloped.ts';
import { UNFIT_LOGOUTS } from '../../fixtures/saml/unfit-logouts.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { openLogoutHouse, type LogoutHouse, type LogoutOutcome } from '../fakes/logout-house.ts';

const stranger = makeKeyPair('stranger');
let provider: LogoutHouse;
let victim = '';
beforeAll(async () => {
  provider = await openLogoutHouse();
});
// One session outlives every hostile message, until an honest one ends it.
beforeEach(async () => {
  if (!(await provider.isIn(victim))) victim = await provider.enter('alice.osei', 's-1');
});
afterAll(() => provider.house.close());

function scene(): LogoutScene {
  const { keys, entityIds } = provider.house;
  const otherProvider = { issuer: entityIds.south, key: keys.south };
  return { facts: provider.facts(), key: keys.north, otherProvider, stranger };
}

const signed = (xml = logoutRequest(provider.facts())): string =>
  signEnveloped(xml, provider.house.keys.north);

async function expectRefused(outcome: LogoutOutcome, code: string): Promise<void> {
  expect(await provider.isIn(victim)).toBe(true);
  expect(outcome).toMatchObject({ status: 403, refusal: code, setCookie: [] });
}

async function expectHonestOneObeyed(): Promise<void> {
  expect((await provider.post(postField(signed()))).status).toBe(303);
  expect(await provider.isIn(victim)).toBe(false);
}

describe('a posted request that is rightly signed with one thing wrong ends no session', () => {
  test.each(UNFIT_LOGOUTS)('$name -> $code', async ({ xml, code }) => {
    await expectRefused(await provider.post(postField(signed(xml(scene()))), { token: victim }), code);
  });

  test('and the honest one is obeyed', expectHonestOneObeyed);
});

const signatureOf = (xml: string): string => /<ds:Signature.*<\/ds:Signature>/s.exec(xml)?.[0] ?? '';

describe('a posted request with a false signature ends no session', () => {
  test.each<{ name: string; code: string; xml: (scene: LogoutScene) => string }>([
    { name: 'none', code: 'answer-not-trusted', xml: ({ facts }) => logoutRequest(facts) },
    {
      name: "a stranger's, with the stranger's certificate",
      code: 'answer-not-trusted',
      xml: ({ facts }) => signEnveloped(logoutRequest(facts), stranger),
    },
    {
      name: "a stranger's, with the provider's certificate",
      code: 'answer-not-trusted',
      xml: ({ facts, key }) =>
        signEnveloped(logoutRequest(facts), { ...stranger, certificatePem: key.certificatePem }),
    },
    {
      name: "another provider's",
      code: 'answer-not-trusted',
      xml: ({ facts, otherProvider: { key } }) => signEnveloped(logoutRequest(facts), key),
    },
    {
      name: 'SHA-1',
      code: 'weak-algorithm',
      xml: ({ facts, key }) => signEnveloped(logoutRequest(facts), key, RSA_SHA1),
    },
    {
      name: 'HMAC',
      code: 'weak-algorithm',
      xml: ({ facts, key }) => signEnveloped(logoutRequest(facts), key, HMAC_SHA1),
    },
    {
      name: 'another name after signing',
      code: 'answer-not-trusted',
      xml: () =>
        swap('alice.osei', 'alice.osei ')(signed(logoutRequest(provider.facts({ subject: 'alice.osei' })))),
    },
    { name: 'two', code: 'answer-not-trusted', xml: ({ key }) => signEnveloped(signed(), key) },
    {
      name: 'in a place where it is not expected',
      code: 'answer-not-trusted',
      xml: () => {
        const xml = signed();
        const signature = signatureOf(xml);
        return xml
          .replace(signature, '')
          .replace(
            '<samlp:SessionIndex>',
            `<samlp:Extensions>${signature}</samlp:Extensions><samlp:SessionIndex>`,
          );
      },
    },
    {
      name: 'that of a request inside',
      code: 'answer-not-trusted',
      xml: ({ facts }) => {
        const inner = signed(logoutRequest({ ...facts, subject: 'mallory' }));
        return logoutRequest(facts).replace(
          '<samlp:SessionIndex>',
          `<samlp:Extensions>${inner}</samlp:Extensions><samlp:SessionIndex>`,
        );
      },
    },
    {
      name: 'that of a request inside, moved up',
      code: 'answer-not-trusted',
      xml: ({ facts }) => {
        const inner = signed(logoutRequest({ ...facts, subject: 'mallory' }));
        const signature = signatureOf(inner);
        return logoutRequest(facts)
          .replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
          .replace(
            '<samlp:SessionIndex>',
            `<samlp:Extensions>${inner.replace(signature, '')}</samlp:Extensions><samlp:SessionIndex>`,
          );
      },
    },
    {
      name: 'that of a request inside, moved up, under the same ID',
      code: 'answer-not-trusted',
      xml: ({ facts }) => {
        const inner = signed(logoutRequest({ ...facts, subject: 'mallory' }));
        const signature = signatureOf(inner);
        const id = / ID="([^"]*)"/.exec(inner)?.[1] ?? '';
        return logoutRequest(facts)
          .replace(/ ID="[^"]*"/, ` ID="${id}"`)
          .replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
          .replace(
            '<samlp:SessionIndex>',
            `<samlp:Extensions>${inner.replace(signature, '')}</samlp:Extensions><samlp:SessionIndex>`,
          );
      },
    },
    {
      name: 'the signed request of somebody else around it',
      code: 'answer-unreadable',
      xml: ({ facts }) =>
        `<x>${signed(logoutRequest({ ...facts, subject: 'mallory' }))}${logoutRequest(facts)}</x>`,
    },
    {
      name: 'over nothing',
      code: 'answer-not-trusted',
      xml: () => swap(/<ds:Reference.*<\/ds:Reference>/s, '')(signed()),
    },
    {
      name: 'over the whole document by an empty reference',
      code: 'answer-not-trusted',
      xml: () => swap(/URI="[^"]*"/, 'URI=""')(signed()),
    },
  ])('$name -> $code', async ({ xml, code }) => {
    await expectRefused(await provider.post(postField(xml(scene())), { token: victim }), code);
  });

  test("the signature of this provider's sign-in answer does not fit a request", async () => {
    const begun = await provider.house.begin();
    const answer = Buffer.from(provider.house.answer(begun), 'base64').toString();
    const stolen = signatureOf(assertionOf(answer));
    const xml = logoutRequest(provider.facts()).replace('</saml:Issuer>', `</saml:Issuer>${stolen}`);
    await expectRefused(await provider.post(postField(xml)), 'answer-not-trusted');
  });

  test('and the honest one is obeyed', expectHonestOneObeyed);
});

describe('a form that is not one message ends no session', () => {
  const message = (): string => postField(signed())['SAMLRequest'] ?? '';
  test.each<{ name: string; code: string; form: () => Readonly<Record<string, string>> | string }>([
    { name: 'nothing', code: 'no-answer', form: () => '' },
    { name: 'RelayState only', code: 'no-answer', form: () => ({ RelayState: 'r' }) },
    { name: 'an empty message', code: 'answer-unreadable', form: () => ({ SAMLRequest: '' }) },
    {
      name: 'both',
      code: 'answer-unreadable',
      form: () => ({ SAMLRequest: message(), SAMLResponse: message() }),
    },
    {
      name: 'one of each kind',
      code: 'answer-unreadable',
      form: () => ({
        SAMLRequest: message(),
        ...postField(signed(logoutResponse(provider.answerFacts('_x')))),
      }),
    },
    { name: 'a request as a response', code: 'answer-unreadable', form: () => ({ SAMLResponse: message() }) },
    {
      name: 'a message twice',
      code: 'answer-unreadable',
      form: () => `SAMLRequest=${encodeURIComponent(message())}&SAMLRequest=${encodeURIComponent(message())}`,
    },
    {
      name: 'RelayState twice',
      code: 'answer-unreadable',
      form: () => `SAMLRequest=${encodeURIComponent(message())}&RelayState=a&RelayState=b`,
    },
    {
      name: 'RelayState of 81 bytes',
      code: 'answer-too-large',
      form: () => ({ SAMLRequest: message(), RelayState: 'a'.repeat(81) }),
    },
    { name: 'not base64', code: 'answer-unreadable', form: () => ({ SAMLRequest: '***' }) },
    {
      name: 'base64 with a hole',
      code: 'answer-unreadable',
      form: () => ({ SAMLRequest: message().replace(/^..../, '$& ') }),
    },
    {
      name: '65 KiB',
      code: 'answer-too-large',
      form: () => postField(`${signed()}${' '.repeat(65 * 1024)}`),
    },
    {
      name: 'signed like a query',
      code: 'answer-not-trusted',
      form: () =>
        redirectQuery(logoutRequest(provider.facts()), provider.house.keys.north, {
          pack: (xml) => Buffer.from(xml),
        }),
    },
  ])('$name -> $code', async ({ form, code }) => {
    await expectRefused(await provider.post(form(), { token: victim }), code);
  });

  test('a request that came by redirect before -> refused', async () => {
    const xml = logoutRequest(provider.facts({ sessionIndexes: ['s-9'] }));
    expect((await provider.send(redirectQuery(xml, provider.house.keys.north))).status).toBe(303);
    await expectRefused(await provider.post(postField(signed(xml))), 'already-used');
  });

  test('and the honest one is obeyed', expectHonestOneObeyed);
});
