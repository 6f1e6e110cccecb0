import { swap, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import { RSA_SHA1, signEnveloped } from '../../fixtures/saml/sign-enveloped.ts';
import { WRAPPINGS } from '../../fixtures/saml/wrap-signature.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import type { SamlProvider, SignatureRule } from '../../src/identity/saml/saml-provider.ts';
import { openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

const stranger = makeKeyPair('stranger');
const houses = new Map<SignatureRule, SignInHouse>();
const unsignedAssertion: Forgery = { assertionKey: 'unsigned' };
const unsignedResponse: Forgery = { responseKey: 'unsigned' };

beforeAll(async () => {
  for (const signatures of ['both', 'assertion', 'response'] as const) {
    const provider: Partial<SamlProvider> = { signatures };
    houses.set(signatures, await openSignInHouse({ provider }));
  }
});
afterAll(async () => {
  for (const house of houses.values()) await house.close();
});

function houseOf(signatures: SignatureRule): SignInHouse {
  const house = houses.get(signatures);
  if (house === undefined) throw new Error('no such house');
  return house;
}

async function expectRefused(house: SignInHouse, forgery: Forgery, code: string): Promise<void> {
  const before = await house.subjects();
  const outcome = await house.signIn(forgery);
  expect(outcome.token).toBeUndefined();
  expect(await house.subjects()).toEqual(before);
  expect(house.events.at(-1)).toMatchObject({ outcome: 'refused', code });
}

describe('what a provider must sign, and may', () => {
  const accepted: readonly [SignatureRule, string, Forgery][] = [
    ['both', 'both', {}],
    ['assertion', 'both', {}],
    ['assertion', 'the assertion', unsignedResponse],
    ['response', 'both', {}],
    ['response', 'the response', unsignedAssertion],
  ];
  test.each(accepted)('set to sign %s, signs %s -> in', async (rule, _what, forgery) => {
    const house = houseOf(rule);
    const outcome = await house.signIn(forgery);
    expect(outcome.body).toEqual({});
    expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
  });

  const refused: readonly [SignatureRule, string, Forgery][] = [
    ['both', 'the assertion', unsignedResponse],
    ['both', 'the response', unsignedAssertion],
    ['assertion', 'the response', unsignedAssertion],
    ['response', 'the assertion', unsignedResponse],
    ['assertion', 'nothing', { ...unsignedAssertion, ...unsignedResponse }],
    ['response', 'nothing', { ...unsignedAssertion, ...unsignedResponse }],
  ];
  test.each(refused)('set to sign %s, signs %s -> refused', async (rule, _what, forgery) => {
    await expectRefused(houseOf(rule), forgery, 'answer-not-trusted');
  });
});

describe('a signature that need not be there must be right all the same', () => {
  const rows: readonly [SignatureRule, string, Forgery, string][] = [
    ['assertion', 'response signed by a stranger', { responseKey: stranger }, 'answer-not-trusted'],
    ['response', 'assertion signed by a stranger', { assertionKey: stranger }, 'answer-not-trusted'],
    [
      'assertion',
      'response changed after signing',
      { posted: swap(' Version="2.0"', ' Consent="x" Version="2.0"') },
      'answer-not-trusted',
    ],
    [
      'assertion',
      'response signed with SHA-1',
      {
        responseKey: 'unsigned',
        posted: (xml) => signEnveloped(xml, houseOf('assertion').keys.north, RSA_SHA1),
      },
      'weak-algorithm',
    ],
  ];
  test.each(rows)('set to sign the %s: %s -> refused', async (rule, _name, forgery, code) => {
    await expectRefused(houseOf(rule), forgery, code);
  });
});

describe('with the assertion signed alone', () => {
  const rows: readonly [string, Forgery, string][] = [
    ['name changed', { posted: swap('>alice.osei<', '>mallory<') }, 'answer-not-trusted'],
    ['signed by a stranger', { assertionKey: stranger }, 'answer-not-trusted'],
    [
      'an address in the response that is not ours',
      { response: swap(/Destination="[^"]*"/, 'Destination="http://x"') },
      'wrong-destination',
    ],
    ['another issuer in the response', { response: swap('>urn:test:north<', '>urn:x<') }, 'wrong-issuer'],
    [
      'meant for another address',
      { assertion: swap(/Recipient="[^"]*"/, 'Recipient="http://x"') },
      'wrong-destination',
    ],
    ['for no request', { assertion: swap(/ InResponseTo="[^"]*"/, '') }, 'wrong-request'],
  ];
  test.each(rows)('%s -> refused', async (_name, forgery, code) => {
    await expectRefused(houseOf('assertion'), { ...unsignedResponse, ...forgery }, code);
  });

  test.each(Object.entries(WRAPPINGS).filter(([name]) => !/XSW[12]/.test(name)))(
    '%s -> refused',
    async (_name, wrap) => {
      const posted = (xml: string): string => wrap(xml, 'mallory');
      await expectRefused(houseOf('assertion'), { ...unsignedResponse, posted }, 'answer-not-trusted');
    },
  );

  test('a stolen assertion does not answer the sign-in of another browser', async () => {
    const house = houseOf('assertion');
    const victim = await house.begin();
    const stolen = Buffer.from(house.answer(victim, unsignedResponse), 'base64').toString();
    const thief = await house.begin();
    // The response is not signed, so it can be made to answer the thief's request.
    const bent = stolen.replace(` InResponseTo="${victim.requestId}"`, ` InResponseTo="${thief.requestId}"`);
    const outcome = await house.post(thief.cookie, { SAMLResponse: Buffer.from(bent).toString('base64') });
    expect(outcome.token).toBeUndefined();
    expect(house.events.at(-1)).toMatchObject({ outcome: 'refused', code: 'wrong-request' });
  });

  test.each([
    ['no issuer', swap(/<saml:Issuer xmlns:saml="[^"]*">[^<]*<\/saml:Issuer>(?=<samlp:Status>)/, '')],
    ['no address', swap(/ Destination="[^"]*"/, '')],
  ])('%s in the response -> in, because the assertion says it', async (_name, response) => {
    const house = houseOf('assertion');
    const outcome = await house.signIn({ ...unsignedResponse, response });
    expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
  });
});

describe('with the response signed alone', () => {
  test.each([
    ['name changed', { posted: swap('>alice.osei<', '>mallory<') }, 'answer-not-trusted'],
    ['another issuer in the assertion', { assertion: swap('>urn:test:north<', '>urn:x<') }, 'wrong-issuer'],
    ['signed by a stranger', { responseKey: stranger }, 'answer-not-trusted'],
  ])('%s -> refused', async (_name, forgery, code) => {
    await expectRefused(houseOf('response'), { ...unsignedAssertion, ...forgery }, code);
  });

  test.each(Object.entries(WRAPPINGS).filter(([name]) => /XSW[12]/.test(name)))(
    '%s -> refused',
    async (_name, wrap) => {
      const posted = (xml: string): string => wrap(xml, 'mallory');
      await expectRefused(houseOf('response'), { ...unsignedAssertion, posted }, 'answer-not-trusted');
    },
  );
});
