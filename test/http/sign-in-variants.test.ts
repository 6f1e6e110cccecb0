import { swap, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import { RSA_PSS, RSA_SHA512 } from '../../fixtures/saml/sign-enveloped.ts';
import { openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

const INCLUSIVE = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const CONFIRMATION = /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/s;
const HOLDER_OF_KEY =
  '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"></saml:SubjectConfirmation>';
const TYPED_VALUE =
  '<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">';

let house: SignInHouse;
beforeAll(async () => {
  house = await openSignInHouse();
});
afterAll(() => house.close());

const repeated = (pattern: RegExp, more: string) => (xml: string) =>
  xml.replace(pattern, (found) => found + more);
/** Between elements, as many products write. */
const pretty = (xml: string): string => xml.replace(/></g, '>\n   <');
/** The same in the response, around an assertion that is signed already. */
const prettyAround = (xml: string): string => {
  const [before = '', after = ''] = xml.split(/<saml:Assertion.*<\/saml:Assertion>/s);
  const assertion = xml.slice(before.length, xml.length - after.length);
  return `${pretty(before)}\n   ${assertion}\n${pretty(after)}`;
};

/** Whatever other products may rightly write, written; each means the same as the plain answer. */
const rows: readonly { readonly name: string; readonly forgery: Forgery }[] = [
  { name: 'RSA with SHA-512', forgery: { algorithms: RSA_SHA512 } },
  { name: 'RSASSA-PSS', forgery: { algorithms: RSA_PSS } },
  {
    name: 'signatures in the default namespace',
    forgery: { assertionStyle: { prefix: '' }, responseStyle: { prefix: '' } },
  },
  {
    name: 'signatures with another prefix',
    forgery: { assertionStyle: { prefix: 'dsig:' }, responseStyle: { prefix: 'dsig:' } },
  },
  {
    name: 'inclusive canonicalisation of the response and of what signs it',
    forgery: {
      responseStyle: {
        canonicalisation: INCLUSIVE,
        transform: INCLUSIVE,
        scope: ` xmlns:samlp="${PROTOCOL}"`,
      },
    },
  },
  {
    name: 'exclusive canonicalisation with comments, of which there are none',
    forgery: { assertionStyle: { transform: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments' } },
  },
  {
    name: 'typed attributes, with their prefix in the list of inclusive ones',
    forgery: {
      assertion: swap('<saml:AttributeValue>', TYPED_VALUE),
      assertionStyle: { prefixList: 'xs' },
      responseStyle: { prefixList: 'xs' },
    },
  },
  { name: 'pretty printing', forgery: { assertion: pretty, response: prettyAround } },
  {
    name: 'signatures folded into lines',
    forgery: { assertionStyle: { fold: '\n' }, responseStyle: { fold: '\n' } },
  },
  {
    name: 'line ends of Windows',
    forgery: {
      assertionStyle: { fold: '\n' },
      responseStyle: { fold: '\n' },
      posted: (xml) => xml.replaceAll('\n', '\r\n'),
    },
  },
  {
    name: 'signatures folded with a written carriage return, as Java does',
    forgery: { assertionStyle: { fold: '&#xD;\n' }, responseStyle: { fold: '&#xD;\n' } },
  },
  {
    name: 'a confirmation for a key holder beside that for the bearer',
    forgery: { assertion: repeated(CONFIRMATION, HOLDER_OF_KEY) },
  },
  {
    name: 'a confirmation for another address beside that for ours',
    forgery: {
      assertion: (xml) =>
        xml.replace(
          CONFIRMATION,
          (found) => found + found.replace(/Recipient="[^"]*"/, 'Recipient="http://x"'),
        ),
    },
  },
  {
    name: 'the same confirmation twice',
    forgery: { assertion: (xml) => xml.replace(CONFIRMATION, (found) => found + found) },
  },
  {
    name: 'several values of an attribute',
    forgery: {
      assertion: repeated(
        /<saml:AttributeValue>.*<\/saml:AttributeValue>/s,
        '<saml:AttributeValue>B</saml:AttributeValue>',
      ),
    },
  },
  {
    name: 'an empty attribute',
    forgery: { assertion: swap(/<saml:AttributeValue>.*<\/saml:AttributeValue>/s, '') },
  },
  {
    name: 'a declaration of the context beside its class',
    forgery: {
      assertion: swap(
        '</saml:AuthnContext>',
        '<saml:AuthnContextDeclRef>urn:x</saml:AuthnContextDeclRef></saml:AuthnContext>',
      ),
    },
  },
  {
    name: 'who else vouched',
    forgery: {
      assertion: swap(
        '</saml:AuthnContext>',
        '<saml:AuthenticatingAuthority>urn:x</saml:AuthenticatingAuthority></saml:AuthnContext>',
      ),
    },
  },
  {
    name: 'several restrictions, each of which names us',
    forgery: {
      assertion: (xml) =>
        xml.replace(/<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/s, (found) => found + found),
    },
  },
  {
    name: 'advice that is no assertion',
    forgery: {
      assertion: swap(
        '<saml:AuthnStatement ',
        '<saml:Advice><saml:AssertionIDRef>_x</saml:AssertionIDRef></saml:Advice><saml:AuthnStatement ',
      ),
    },
  },
  {
    name: 'a name with a format and a qualifier',
    forgery: {
      assertion: swap(
        '<saml:NameID>',
        '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" NameQualifier="urn:q">',
      ),
    },
  },
  {
    name: 'an issuer with its format',
    forgery: {
      assertion: swap(
        '<saml:Issuer>',
        '<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">',
      ),
    },
  },
  {
    name: 'a status with a message',
    forgery: {
      response: swap('</samlp:Status>', '<samlp:StatusMessage>All well</samlp:StatusMessage></samlp:Status>'),
    },
  },
  {
    name: 'what the response says beside',
    forgery: {
      response: swap(
        '<samlp:Status>',
        '<samlp:Extensions><x:hint xmlns:x="urn:x">1</x:hint></samlp:Extensions><samlp:Status>',
      ),
    },
  },
  { name: 'blanks around the end', forgery: { posted: (xml) => `\n${xml}\n \t` } },
  {
    name: 'times without fractions',
    forgery: { assertion: (xml) => xml.replace(/\.\d{3}Z"/g, 'Z"') },
  },
];
test.each(rows)('$name -> signs in', async ({ forgery }) => {
  const outcome = await house.signIn(forgery);
  expect(outcome.body).toEqual({});
  expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
});

test('base64 folded by line ends of any kind -> signs in', async () => {
  for (const fold of ['\r\n', '\n', '\r']) {
    const begun = await house.begin();
    const folded = house.answer(begun).replace(/.{64}/g, (line) => line + fold);
    const outcome = await house.post(begun.cookie, { SAMLResponse: folded });
    expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
  }
});

describe('advice with an assertion in it', () => {
  test('is refused: it could be taken for the one that counts', async () => {
    const advice = `<saml:Advice><saml:Assertion ID="_advice"></saml:Assertion></saml:Advice><saml:AuthnStatement `;
    const outcome = await house.signIn({ assertion: swap('<saml:AuthnStatement ', advice) });
    expect(outcome.status).toBe(403);
    expect(house.events.at(-1)).toMatchObject({ outcome: 'refused', code: 'answer-not-trusted' });
  });
});
