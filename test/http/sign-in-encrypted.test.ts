import { encryptIn, type Encryption } from '../../fixtures/saml/encrypt-assertion.ts';
import { swap, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import type { SamlProvider } from '../../src/identity/saml/saml-provider.ts';
import { openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

const current = makeKeyPair('current');
const previous = makeKeyPair('previous');
const stranger = makeKeyPair('stranger');
const to = current.certificatePem;

const open = (provider: Partial<SamlProvider>): Promise<SignInHouse> =>
  openSignInHouse({ provider, saml: { encryption: [current, previous] } });
let accepting: SignInHouse;
let requiring: SignInHouse;
let assertionOnly: SignInHouse;
let cbcTaking: SignInHouse;
beforeAll(async () => {
  accepting = await open({ encryption: 'accepted' });
  requiring = await open({ encryption: 'required', signatures: 'response' });
  assertionOnly = await open({ encryption: 'accepted', signatures: 'assertion' });
  cbcTaking = await open({ encryption: 'accepted', allowCbc: true });
});
afterAll(async () => {
  for (const house of [accepting, requiring, assertionOnly, cbcTaking]) await house.close();
});

/** Encrypted after the assertion is signed, before the response is. */
function encrypted(encryption: Partial<Encryption> = {}, forgery: Forgery = {}): Forgery {
  return { ...forgery, response: (xml) => encryptIn(xml, { certificatePem: to, ...encryption }) };
}

async function expectIn(house: SignInHouse, forgery: Forgery): Promise<void> {
  const outcome = await house.signIn(forgery);
  expect(outcome.body).toEqual({});
  expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
}

async function expectRefused(house: SignInHouse, forgery: Forgery, code: string): Promise<void> {
  const before = await house.subjects();
  const outcome = await house.signIn(forgery);
  expect(outcome.token).toBeUndefined();
  expect(await house.subjects()).toEqual(before);
  expect(house.events.at(-1)).toMatchObject({ outcome: 'refused', code });
}

describe('an encrypted assertion signs in', () => {
  const rows: readonly [string, Partial<Encryption>][] = [
    ['AES-256 in GCM', {}],
    ['AES-128 in GCM', { cipher: 'aes-128-gcm' }],
    ['RSA-OAEP with SHA-256', { transport: 'oaep-sha256' }],
    ['the key beside the data', { isKeyBeside: true }],
    ['to the key before the current one', { certificatePem: previous.certificatePem }],
    ['with an XML declaration inside', { plain: (xml) => `<?xml version="1.0"?>${xml}` }],
    [
      'with a digest left out, which is SHA-1 then',
      { edit: swap(/<ds:DigestMethod [^>]*><\/ds:DigestMethod>(?=<\/xenc:Enc)/, '') },
    ],
    ['in folded base64', { edit: (xml) => xml.replace(/[A-Za-z0-9+/]{76}/g, (line) => `${line}\n`) }],
  ];
  test.each(rows)('%s', async (_name, encryption) => {
    await expectIn(accepting, encrypted(encryption));
  });

  test('a plain one as well, where encryption need not be', () => expectIn(accepting, {}));
  test('unsigned, inside of a signed response', () =>
    expectIn(requiring, encrypted({}, { assertionKey: 'unsigned' })));
  test('signed, inside of an unsigned response', () =>
    expectIn(assertionOnly, encrypted({}, { responseKey: 'unsigned' })));
  test.each(['aes-128-cbc', 'aes-256-cbc'] as const)('%s under a signed response, where taken', (cipher) =>
    expectIn(cbcTaking, encrypted({ cipher })),
  );
});

describe('what may not be encrypted, or must', () => {
  test('a provider that is not set to encrypt', async () => {
    const house = await openSignInHouse({ saml: { encryption: [current] } });
    await expectRefused(house, encrypted(), 'answer-encrypted');
    await house.close();
  });
  test('a plain assertion where it must be encrypted', () =>
    expectRefused(requiring, {}, 'answer-not-trusted'));
});

describe('algorithms that are not taken', () => {
  const rows: readonly [string, Partial<Encryption>, string][] = [
    ['RSA 1.5', { transport: 'rsa-1_5' }, 'weak-algorithm'],
    ['CBC', { cipher: 'aes-256-cbc' }, 'weak-algorithm'],
    [
      '3DES',
      {
        edit: swap(
          'http://www.w3.org/2009/xmlenc11#aes256-gcm',
          'http://www.w3.org/2001/04/xmlenc#tripledes-cbc',
        ),
      },
      'weak-algorithm',
    ],
    [
      'RSA-OAEP of two hashes',
      { transport: 'oaep-sha256', edit: swap('mgf1sha256', 'mgf1sha1') },
      'answer-encrypted',
    ],
    [
      'RSA-OAEP with a label',
      {
        transport: 'oaep-sha256',
        edit: swap('<ds:DigestMethod ', '<xenc:OAEPparams>AA==</xenc:OAEPparams><ds:DigestMethod '),
      },
      'answer-encrypted',
    ],
  ];
  test.each(rows)('%s -> refused', (_name, encryption, code) =>
    expectRefused(accepting, encrypted(encryption), code),
  );
  test('CBC without a signed response, whatever is set', async () => {
    const house = await open({ encryption: 'accepted', signatures: 'assertion', allowCbc: true });
    await expectRefused(
      house,
      encrypted({ cipher: 'aes-256-cbc' }, { responseKey: 'unsigned' }),
      'weak-algorithm',
    );
    await house.close();
  });
});

describe('every fault of decryption, or of what comes out, is told in one way', () => {
  const flip = (at: number) => (bytes: Buffer) => {
    const bent = Buffer.from(bytes);
    const index = at < 0 ? bent.length + at : at;
    bent[index] = (bent[index] ?? 0) ^ 1;
    return bent;
  };
  const rows: readonly [string, Partial<Encryption>][] = [
    ['to somebody else', { certificatePem: stranger.certificatePem }],
    ['a bit of the nonce', { content: flip(0) }],
    ['a bit of the text', { content: flip(40) }],
    ['a bit of the tag', { content: flip(-1) }],
    ['the tag cut short', { content: (bytes) => bytes.subarray(0, -4) }],
    ['nothing but a nonce', { content: (bytes) => bytes.subarray(0, 12) }],
    ['less than a nonce', { content: (bytes) => bytes.subarray(0, 3) }],
    ['a key too short', { key: (bytes) => bytes.subarray(0, 16) }],
    ['a key too long', { key: (bytes) => Buffer.concat([bytes, bytes]) }],
    ['a key of another length in bits', { edit: swap(/<xenc:CipherValue>[^<]*/, '<xenc:CipherValue>AAAA') }],
    ['a key that is nonsense', { edit: swap(/<xenc:CipherValue>[^<]*/, '<xenc:CipherValue>!') }],
    ['text that is no XML', { plain: () => 'hello' }],
    ['a DOCTYPE inside', { plain: (xml) => `<!DOCTYPE x>${xml}` }],
    ['a comment inside', { plain: swap('>alice.osei<', '>alice<!-- -->.osei<') }],
    ['20,000 elements inside', { plain: (xml) => xml.replace('Somebody', '<x/>'.repeat(20_000)) }],
    ['two assertions inside', { plain: (xml) => xml + xml }],
    ['an assertion inside of the assertion', { plain: swap('Somebody', '<x:Assertion xmlns:x="urn:x"/>') }],
    ['a response inside', { plain: (xml) => `<samlp:Response xmlns:samlp="x">${xml}</samlp:Response>` }],
    ['another element inside', { plain: () => '<x/>' }],
    ['a name changed inside', { plain: swap('>alice.osei<', '>mallory<') }],
    ['its signature taken off', { plain: swap(/<ds:Signature .*<\/ds:Signature>/s, '') }],
    [
      'two EncryptedData',
      { edit: (xml) => xml.replace(/<xenc:EncryptedData.*Data>/s, (data) => data + data) },
    ],
    ['two keys', { edit: (xml) => xml.replace(/<xenc:EncryptedKey.*Key>/s, (key) => key + key) }],
    ['no key', { edit: swap(/<ds:KeyInfo .*<\/ds:KeyInfo>/s, '') }],
    [
      'a text that lies elsewhere',
      {
        edit: swap(
          /<xenc:CipherValue>[^<]*<\/xenc:CipherValue>(?=<\/xenc:CipherData><\/xenc:EncryptedData>)/,
          '<xenc:CipherReference URI="http://localhost:9/"></xenc:CipherReference>',
        ),
      },
    ],
    ['twice', { edit: (xml) => xml + xml }],
  ];
  test.each(rows)('%s -> refused', async (_name, encryption) => {
    await expectRefused(accepting, encrypted(encryption), 'answer-not-trusted');
  });

  test('the person reads the same sentence, whichever it was', async () => {
    const details = new Set<string | undefined>();
    for (const content of [flip(0), flip(-1), (bytes: Buffer) => bytes.subarray(0, 3)]) {
      details.add((await accepting.signIn(encrypted({ content }))).body.detail);
    }
    expect(details.size).toBe(1);
  });

  test('a padding fault of CBC under a signed response, too', async () => {
    for (const content of [flip(-1), flip(-17), (bytes: Buffer) => bytes.subarray(0, -3)]) {
      await expectRefused(cbcTaking, encrypted({ cipher: 'aes-256-cbc', content }), 'answer-not-trusted');
    }
  });

  test('CBC is not decrypted before the signature over it holds', async () => {
    const forgery = encrypted({ cipher: 'aes-256-cbc' }, { responseKey: stranger });
    await expectRefused(cbcTaking, forgery, 'answer-not-trusted');
  });

  test('an assertion that says the wrong thing inside is told as that: it was signed', () =>
    expectRefused(accepting, encrypted({}, { facts: { audience: 'urn:other' } }), 'wrong-audience'));
});

describe('encrypted beside plain', () => {
  test.each([
    ['before', (xml: string) => xml.replace('<saml:Assertion ', () => `${sealed(xml)}<saml:Assertion `)],
    ['after', (xml: string) => xml.replace('</samlp:Response>', () => `${sealed(xml)}</samlp:Response>`)],
  ])('%s -> refused', (_name, response) => expectRefused(accepting, { response }, 'answer-not-trusted'));

  function sealed(xml: string): string {
    return (
      /<saml:EncryptedAssertion.*EncryptedAssertion>/s.exec(encryptIn(xml, { certificatePem: to }))?.[0] ?? ''
    );
  }
});
