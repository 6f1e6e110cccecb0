import { forgeAnswer, swap, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import { logoutRequest, postField } from '../../fixtures/saml/logout-messages.ts';
import { padExtensions, padKeyInfo, PADDINGS } from '../../fixtures/saml/padding.ts';
import { signEnveloped } from '../../fixtures/saml/sign-enveloped.ts';
import { minimalXml } from '../../src/identity/saml/minimal-xml.ts';
import { readMetadata } from '../../src/identity/saml/read-metadata.ts';
import { ANSWER_LIMITS, METADATA_LIMITS, scanXml } from '../../src/identity/saml/scan-xml.ts';
import { parseXml } from '../../src/identity/saml/xml-elements.ts';
import { openLogoutHouse, type LogoutHouse } from '../fakes/logout-house.ts';
import { openProgramHouse, SAML_BEARER } from '../fakes/program-house.ts';
import { metadataXml, signMetadata } from '../fakes/provider-metadata.ts';
import { factsOf, openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

let both: SignInHouse;
let lax: SignInHouse;
let provider: LogoutHouse;
beforeAll(async () => {
  both = await openSignInHouse();
  lax = await openSignInHouse({ provider: { signatures: 'assertion' } });
  provider = await openLogoutHouse();
});
afterAll(async () => {
  for (const house of [both, lax, provider.house]) await house.close();
});

const DOORS: readonly (readonly [string, () => SignInHouse, (more: string) => Forgery])[] = [
  ['in KeyInfo of a signed response', () => both, (more) => ({ posted: (xml) => padKeyInfo(xml, more) })],
  [
    'in KeyInfo of a signed assertion',
    () => lax,
    (more) => ({ responseKey: 'unsigned', posted: (xml) => padKeyInfo(xml, more) }),
  ],
  [
    'around a signed assertion',
    () => lax,
    (more) => ({ responseKey: 'unsigned', posted: (xml) => padExtensions(xml, more) }),
  ],
];

describe.each(DOORS)('a genuine answer padded %s', (_where, house, forgeryOf) => {
  test.each(PADDINGS)('with $name: plain $isPlain', async ({ xml, isPlain }) => {
    const { status, body } = await house().signIn(forgeryOf(xml));
    expect([status, body.detail]).toEqual(
      isPlain ? [303, undefined] : [403, expect.stringMatching(/answer-unreadable|answer-too-large/)],
    );
  });

  test('the libraries never see it, whatever it is', () => {
    const facts = factsOf({ requestId: '_r', cookie: '', location: '' }, 'north', 'urn:test:north');
    const { posted = (xml: string) => xml, ...rest } = forgeryOf('<y a="1">b</y>');
    const honest = forgeAnswer(facts, both.keys.north, rest);
    const [seen, seenPadded] = [honest, posted(honest)].map((xml) => {
      const root = parseXml(xml);
      const signed = rest.responseKey === 'unsigned' ? root.getElementsByTagName('saml:Assertion')[0] : root;
      return minimalXml(signed ?? root);
    });
    expect(seenPadded).toBe(seen);
    expect(seen).toMatch(/ InResponseTo="_r"/);
    expect(seen).not.toMatch(/<y|Extensions/);
  });
});

test('a genuine LogoutRequest, padded: the libraries see nothing of it', async () => {
  const request = signEnveloped(logoutRequest(provider.facts()), provider.house.keys.north);
  const [honest, padded] = [request, padKeyInfo(request, '<SignedInfo/>'.repeat(900))].map((xml) =>
    minimalXml(parseXml(xml)),
  );
  expect(padded).toBe(honest);
  expect((await provider.post(postField(padKeyInfo(request, '<SignedInfo/>'.repeat(900))))).status).toBe(303);
});

test('genuine metadata, padded, are read', () => {
  const xml = signMetadata(metadataXml({ keys: [both.keys.south] }), both.keys.north);
  const { ssoUrl } = readMetadata(padKeyInfo(xml, '<SignedInfo/>'.repeat(4_900)), {
    entityId: 'urn:test:north',
    signedBy: [both.keys.north.certificatePem],
    limits: METADATA_LIMITS,
    nowMs: Date.now(),
  });
  expect(ssoUrl).toBe('https://north.example/sso');
});

test('a genuine assertion for a token, padded, is good for one', async () => {
  const house = await openProgramHouse();
  const assertion = house.assertion({ posted: (xml) => padKeyInfo(xml, '<SignedInfo/>'.repeat(900)) });
  expect((await house.post('/auth/token', { grant_type: SAML_BEARER, assertion })).status).toBe(200);
  await house.close();
});

describe('of a signature', () => {
  test.each([
    ['longer than any key makes it', 'A'.repeat(4_097)],
    ['with more in it than base64', 'é'],
  ])('a value %s is refused before anything is computed', async (_name, more) => {
    const { body } = await both.signIn({
      posted: swap('</ds:SignatureValue>', `${more}</ds:SignatureValue>`),
    });
    expect(body.detail).toMatch(/answer-not-trusted/);
  });

  test('attributes that nothing signs are not handed on', () => {
    const facts = factsOf({ requestId: '_r', cookie: '', location: '' }, 'north', 'urn:test:north');
    const xml = forgeAnswer(facts, both.keys.north)
      .replace('<ds:Signature ', '<ds:Signature Id="unsigned-1" ')
      .replace('<ds:SignatureValue>', '<ds:SignatureValue Id="unsigned-2">');
    expect(minimalXml(parseXml(xml))).not.toMatch(/unsigned-[12]/);
  });
});

describe('line ends', () => {
  test.each([
    ['U+0085', '\u0085'],
    ['U+2028', '\u2028'],
    ['U+2029', '\u2029'],
  ])('%s is a character, not one of them, to every parser', async (_name, character) => {
    const assertion = swap('Somebody', `Some${character}body`);
    expect((await both.signIn({ assertion })).status).toBe(303);
    const signed = parseXml(`<a b="${character}">${character}\r\n</a>`);
    expect(signed.textContent).toBe(`${character}\n`);
  });
});

describe('namespaces in scope', () => {
  const scan = (xml: string): void => {
    scanXml(xml, ANSWER_LIMITS);
  };
  const declaring = (count: number, inside = ''): string =>
    `<a${Array.from({ length: count }, (_, i) => ` xmlns:n${String(i)}="u"`).join('')}>${inside}</a>`;
  test('64 are, 65 are not', () => {
    expect(() => {
      scan(declaring(40, declaring(24) + declaring(24)));
    }).not.toThrow();
    expect(() => {
      scan(declaring(40, declaring(25)));
    }).toThrow(/answer-too-large/);
  });
});

test('an element of XHTML is refused by its parsed namespace, too, however it was written', () => {
  expect(() => parseXml('<a><h:p xmlns:h="http://www.w3.org/1999/&#120;html"/></a>')).toThrow(
    /answer-unreadable/,
  );
});
