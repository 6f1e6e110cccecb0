import { forgeAnswer } from '../../fixtures/saml/forge-answer.ts';
import { forgedAnswers, NOT_PLAIN_XML } from '../../fixtures/saml/forged-answers.ts';
import { hostileAnswers, type HostileAnswer } from '../../fixtures/saml/hostile-answers.ts';
import { misshapenAnswers } from '../../fixtures/saml/misshapen-answers.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { checkSignedShape } from '../../src/identity/saml/check-signed-shape.ts';
import { scanXml } from '../../src/identity/saml/scan-xml.ts';
import { verifySignature } from '../../src/identity/saml/verify-signature.ts';
import { parseXml } from '../../src/identity/saml/xml-elements.ts';
import { factsOf, openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

const RULES = { signatures: 'both', encryption: 'none' } as const;
const stranger = makeKeyPair('stranger');
const own = makeKeyPair('north');
let house: SignInHouse;
beforeAll(async () => {
  house = await openSignInHouse({ north: { ssoUrl: 'http://localhost:9/sso', keyPair: own } });
});
afterAll(() => house.close());

/** Judged by whose session exists, never by the status alone; the code says that it was refused for the right thing. */
async function expectRefused({ forgery, code }: HostileAnswer): Promise<void> {
  const outcome = await house.signIn(forgery);
  expect(await house.subjects()).toEqual([]);
  expect(outcome.token).toBeUndefined();
  expect(outcome.status).toBe(403);
  expect(outcome.body.code).toBe('sign-in-failed');
  expect(house.events.at(-1)).toEqual({
    outcome: 'refused',
    provider: 'urn:test:north',
    method: 'saml',
    code,
  });
  expect(outcome.body.detail).toMatch(new RegExp(`\\(${code}\\)$`));
}

// The same answers unbent sign in (sign-in-accepted.test.ts), so nothing here fails for want of a good message.
describe('a rightly signed answer with one thing wrong opens no session', () => {
  test.each(hostileAnswers('urn:test:north', 'urn:test:south', Date.now()))('$name -> $code', expectRefused);
});

describe('an answer with false signatures opens no session', () => {
  test.each(forgedAnswers(stranger))('$name -> $code', expectRefused);

  // The library refuses them as well; here it is not asked.
  test.each(forgedAnswers(stranger))('$name -> $code, by our own arithmetic alone', ({ forgery, code }) => {
    const facts = factsOf({ requestId: '_r', cookie: '', location: '' }, 'north', 'urn:test:north');
    const xml = forgeAnswer(facts, own, forgery);
    const response = parseXml(xml);
    const { assertion = response } = checkSignedShape(response, RULES);
    expect(() => {
      for (const signed of [response, assertion]) verifySignature(signed, [own.certificatePem]);
    }).toThrow(expect.objectContaining({ refusal: code }));
  });
});

describe('an answer that is not plain XML opens no session', () => {
  test.each(NOT_PLAIN_XML)('$name -> $code', expectRefused);

  // The parsers refuse many of them as well; here they are not asked. What names mean is not for the scan to say.
  const meanings = ['an undeclared prefix', 'another root', 'a LogoutResponse'];
  test.each(NOT_PLAIN_XML.filter(({ name }) => !meanings.includes(name)))(
    '$name -> $code, by the scan alone',
    ({ forgery, code }) => {
      const facts = factsOf({ requestId: '_r', cookie: '', location: '' }, 'north', 'urn:test:north');
      const xml = forgeAnswer(facts, own, forgery);
      expect(() => {
        scanXml(xml);
      }).toThrow(expect.objectContaining({ refusal: code }));
    },
  );

  test('an empty document is none, by the scan alone', () => {
    expect(() => {
      scanXml(' ');
    }).toThrow(expect.objectContaining({ refusal: 'answer-unreadable' }));
  });
});

describe('an answer whose signatures do not cover what is read opens no session', () => {
  test.each(misshapenAnswers(own))('$name -> $code', expectRefused);

  // The library refuses many of them as well; here it is not asked.
  test.each(misshapenAnswers(own))('$name -> $code, by its shape alone', ({ forgery, code }) => {
    const facts = factsOf({ requestId: '_r', cookie: '', location: '' }, 'north', 'urn:test:north');
    const response = parseXml(forgeAnswer(facts, own, forgery));
    expect(() => checkSignedShape(response, RULES)).toThrow(expect.objectContaining({ refusal: code }));
  });

  test('an honest one has the shape', () => {
    const facts = factsOf({ requestId: '_r', cookie: '', location: '' }, 'north', 'urn:test:north');
    const shape = checkSignedShape(parseXml(forgeAnswer(facts, own)), RULES);
    expect(shape.assertion?.localName).toBe('Assertion');
    expect(shape).toMatchObject({ isResponseSigned: true, isAssertionSigned: true });
  });
});
