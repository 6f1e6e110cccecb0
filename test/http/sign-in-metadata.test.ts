import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOMParser, type Document } from '@xmldom/xmldom';
import request from 'supertest';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import type { SamlOptions } from '../../src/identity/saml/create-saml-doors.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { GATEWAY_ENTITY, GATEWAY_URL, openSignInHouse } from '../fakes/sign-in-house.ts';

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:';
const signing = makeKeyPair('gateway');
const next = makeKeyPair('gateway next');
const current = makeKeyPair('encryption');
const previous = makeKeyPair('encryption before');

async function metadataOf(
  saml: Partial<SamlOptions>,
  provider: Parameters<typeof openSignInHouse>[0] = {},
): Promise<{ readonly text: string; readonly type: string }> {
  const house = await openSignInHouse({ ...provider, saml });
  const res = await request(house.app).get('/auth/saml/north/metadata').buffer(true);
  await house.close();
  return { text: res.text, type: String(res.headers['content-type']) };
}

function attributesOf(document: Document, name: string): readonly Readonly<Record<string, string>>[] {
  return [...document.getElementsByTagNameNS(METADATA, name)].map((element) =>
    Object.fromEntries([...element.attributes].map((attribute) => [attribute.name, attribute.value])),
  );
}

function parse(text: string): Document {
  return new DOMParser().parseFromString(text, 'text/xml');
}

/** Use and certificate of each key, in order. */
function keysOf(document: Document): readonly (readonly [string | null, string])[] {
  return [...document.getElementsByTagNameNS(METADATA, 'KeyDescriptor')].map((key) => {
    const [certificate] = key.getElementsByTagNameNS(SIGNATURE, 'X509Certificate');
    return [key.getAttribute('use'), certificate?.textContent ?? ''];
  });
}

const bare = (pem: string): string => pem.replace(/-----[A-Z ]+-----|\n/g, '');

test('names us, our addresses for this provider alone, and wants signed assertions', async () => {
  const { text, type } = await metadataOf({});
  expect(type).toContain('application/samlmetadata+xml');
  const document = parse(text);
  expect(attributesOf(document, 'EntityDescriptor')).toMatchObject([
    { entityID: GATEWAY_ENTITY, cacheDuration: 'PT4H' },
  ]);
  expect(attributesOf(document, 'SPSSODescriptor')).toMatchObject([
    { WantAssertionsSigned: 'true', AuthnRequestsSigned: 'false' },
  ]);
  expect(attributesOf(document, 'AssertionConsumerService')).toMatchObject([
    { Binding: `${BINDING}HTTP-POST`, Location: `${GATEWAY_URL}/auth/saml/north/acs` },
  ]);
  expect(attributesOf(document, 'SingleLogoutService')).toEqual(
    ['HTTP-Redirect', 'HTTP-POST'].map((name) => ({
      Binding: `${BINDING}${name}`,
      Location: `${GATEWAY_URL}/auth/saml/north/slo`,
    })),
  );
  const formats = [...document.getElementsByTagNameNS(METADATA, 'NameIDFormat')];
  expect(formats.map((format) => format.textContent)).toEqual([
    'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
  ]);
  expect(keysOf(document)).toEqual([]);
});

test('holds the keys of now and next, and the one to encrypt to; never a private one', async () => {
  const { text } = await metadataOf({
    signing,
    nextSigningCertificatePem: next.certificatePem,
    encryption: [current, previous],
  });
  const document = parse(text);
  expect(keysOf(document)).toEqual([
    ['signing', bare(signing.certificatePem)],
    ['signing', bare(next.certificatePem)],
    ['encryption', bare(current.certificatePem)],
  ]);
  expect(attributesOf(document, 'SPSSODescriptor')).toMatchObject([{ AuthnRequestsSigned: 'true' }]);
  expect(attributesOf(document, 'EncryptionMethod').map((method) => method['Algorithm'])).toEqual([
    'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    'http://www.w3.org/2009/xmlenc11#aes128-gcm',
    'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  ]);
  expect(text).not.toContain('PRIVATE');
});

test('from a provider that signs responses only, no signed assertion is wanted', async () => {
  const { text } = await metadataOf({}, { provider: { signatures: 'response' } });
  expect(attributesOf(parse(text), 'SPSSODescriptor')).toMatchObject([{ WantAssertionsSigned: 'false' }]);
});

test('its end lies ahead, and moves with time', async () => {
  const house = await openSignInHouse({ saml: { metadataLifetimeMs: 7_200_000 } });
  const endOf = async (): Promise<number> => {
    const { text } = await request(house.app).get('/auth/saml/north/metadata').buffer(true);
    return Date.parse(attributesOf(parse(text), 'EntityDescriptor')[0]?.['validUntil'] ?? '');
  };
  const before = await endOf();
  expect(before - Date.now()).toBeGreaterThan(3_500_000);
  expect(before - Date.now()).toBeLessThanOrEqual(7_200_000);
  house.passTime(3_600_000);
  expect((await endOf()) - before).toBe(3_600_000);
  await house.close();
});

test('names are escaped', async () => {
  const { text } = await metadataOf({ entityId: 'urn:a?b=1&c="<2>' });
  expect(attributesOf(parse(text), 'EntityDescriptor')).toMatchObject([{ entityID: 'urn:a?b=1&c="<2>' }]);
});

describeWithBinary('xmlsec1 reads our metadata', ['xmlsec1'], ({ xmlsec1 = '' }) => {
  const folder = mkdtempSync(join(tmpdir(), 'metadata-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const isSignedBy = (text: string, certificatePem: string): boolean => {
    const [document, certificate] = [join(folder, 'metadata.xml'), join(folder, 'certificate.pem')];
    writeFileSync(document, text);
    writeFileSync(certificate, certificatePem);
    const ids = ['--id-attr:ID', `${METADATA}:EntityDescriptor`];
    try {
      execFileSync(xmlsec1, ['--verify', ...ids, '--pubkey-cert-pem', certificate, document], {
        stdio: 'pipe',
      });
      return true;
    } catch {
      return false;
    }
  };

  test('signed by us, and by nobody else', async () => {
    const { text } = await metadataOf({ signing, encryption: [current] });
    expect(isSignedBy(text, signing.certificatePem)).toBe(true);
    expect(isSignedBy(text, next.certificatePem)).toBe(false);
    expect(isSignedBy(text.replace('/acs', '/ACS'), signing.certificatePem)).toBe(false);
  });
});
