import { RSA_SHA1, signEnveloped } from '../../fixtures/saml/sign-enveloped.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { readMetadata, type MetadataDemand } from '../../src/identity/saml/read-metadata.ts';
import { METADATA_LIMITS } from '../../src/identity/saml/scan-xml.ts';
import { entitiesXml, keyXml, metadataXml, signMetadata } from '../fakes/provider-metadata.ts';

const one = makeKeyPair('one');
const two = makeKeyPair('two');
const federation = makeKeyPair('federation');
const stranger = makeKeyPair('stranger');
const NOW = Date.parse('2026-01-01T00:00:00Z');
const DAY = 86_400_000;
const PLAIN = metadataXml({ keys: [one] });
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:';
const SLO =
  `<md:SingleLogoutService Binding="${BINDING}HTTP-Redirect" Location="https://north.example/slo" ResponseLocation="https://north.example/slo-done"></md:SingleLogoutService>` +
  `<md:SingleLogoutService Binding="${BINDING}HTTP-POST" Location="https://north.example/slo-post"></md:SingleLogoutService>` +
  `<md:SingleLogoutService Binding="${BINDING}SOAP" Location="https://north.example/soap"></md:SingleLogoutService>`;

/** RSA of 1,024 bits; its key was thrown away. */
const WEAK_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIB/DCCAWWgAwIBAgIUUt5mR3tzLZMGm82Wfn/gH0kV1OwwDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMjYwMTA2NTBaGA8yMTI2MTEwMjAx
MDY1MFowDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkC
gYEAvx7Q0yFfJjNuHgispB+HdEUe+ypctPM7KfHf0yDQPnum/wnpFGlVdskkr/Nv
Euis0NotecjQAakkQ5SnwMDabQ7/Wif+7+VW0n8fF35GCuCWbTCQY9o5ufeQZoFB
K4te2tUzIc9sY33cHxuHaqdo6O/J/oAds9w31GWGQTsDp28CAwEAAaNTMFEwHQYD
VR0OBBYEFHAWhH/VY1934C//hS/4n2CaUeSIMB8GA1UdIwQYMBaAFHAWhH/VY193
4C//hS/4n2CaUeSIMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEA
pcWngJrM+5AbzZVGG/T2sRubEmlLVC8ElRvvspG+RXifssdk4H8LPytCOoNwcZT8
OkSaq3ADR/emHcbIhRV88UQmTZE525P39rk3KUWvNuLEXIj6llLEnO4jSuEL0LBw
jBPULDFeSGAtsNErTQm3CM+6Bs8w0loqy7Fb9nOT1Fc=
-----END CERTIFICATE-----
`;

const DEMAND: MetadataDemand = {
  entityId: 'urn:test:north',
  signedBy: 'nobody',
  limits: METADATA_LIMITS,
  nowMs: NOW,
};
const read = (xml: string, more: Partial<MetadataDemand> = {}): ReturnType<typeof readMetadata> =>
  readMetadata(xml, { ...DEMAND, ...more });
const signed = (xml: string): ReturnType<typeof readMetadata> =>
  read(xml, { signedBy: [stranger.certificatePem, federation.certificatePem] });
const pem = (text: string): string => text.replace(/\s/g, '');

describe('metadata that are read', () => {
  test('say where to sign in, and with which keys answers are signed', () => {
    const metadata = read(PLAIN);
    expect(metadata).toMatchObject({ ssoUrl: 'https://north.example/sso', wantsSignedRequests: false });
    expect(metadata.certificatesPem.map(pem)).toEqual([pem(one.certificatePem)]);
    expect(metadata).not.toHaveProperty('signOut');
    expect(metadata).not.toHaveProperty('validUntil');
  });

  test('say where to sign out, by redirect and post', () => {
    expect(read(metadataXml({ keys: [one], inRole: SLO })).signOut).toEqual({
      redirect: { url: 'https://north.example/slo', responseUrl: 'https://north.example/slo-done' },
      post: { url: 'https://north.example/slo-post' },
    });
  });

  test('give the keys for signing and for anything, each once, and none for encryption', () => {
    const more = keyXml(two) + keyXml(one, 'signing') + keyXml(stranger, 'encryption');
    const { certificatesPem } = read(metadataXml({ keys: [one], inRole: more }));
    expect(certificatesPem.map(pem)).toEqual([one, two].map(({ certificatePem }) => pem(certificatePem)));
  });

  test('leave out keys that are too weak to be verified with, where others are left', () => {
    const weak = keyXml({ certificatePem: WEAK_CERTIFICATE }, 'signing');
    expect(read(metadataXml({ keys: [one], inRole: weak })).certificatesPem).toHaveLength(1);
  });

  test('want signed requests', () => {
    const xml = PLAIN.replace(
      '<md:IDPSSODescriptor ',
      '<md:IDPSSODescriptor WantAuthnRequestsSigned="true" ',
    );
    expect(read(xml).wantsSignedRequests).toBe(true);
  });

  test.each([
    ['with a declaration and a byte order mark', `\ufeff<?xml version="1.0" encoding="utf-8"?>\n${PLAIN}\n`],
    [
      'with comments',
      `<!-- a -->${PLAIN.replace('<md:IDP', '<!-- <md:IDPSSODescriptor> --><md:IDP')}<!--b-->`,
    ],
    [
      'with roles of other kinds',
      PLAIN.replace('<md:IDP', '<md:AttributeAuthorityDescriptor></md:AttributeAuthorityDescriptor><md:IDP'),
    ],
    [
      'with a role of another protocol',
      PLAIN.replace(
        '<md:IDP',
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol"></md:IDPSSODescriptor><md:IDP',
      ),
    ],
    ['among others', entitiesXml([metadataXml({ entityId: 'urn:other', keys: [two] }), PLAIN])],
    [
      'in a group of a group',
      entitiesXml([entitiesXml([PLAIN]), metadataXml({ entityId: 'urn:other', keys: [two] })]),
    ],
    [
      'with a certificate folded into lines',
      PLAIN.replace(/[A-Za-z0-9+/]{64}/g, (line) => `${line}\r\n    `),
    ],
  ])('%s', (_name, xml) => {
    expect(read(xml).certificatesPem.map(pem)).toEqual([pem(one.certificatePem)]);
  });
});

describe('how long they are good for', () => {
  test('the earliest end on the way down counts, and the shortest cacheDuration', () => {
    const inner = metadataXml({ keys: [one], validUntil: NOW + 3 * DAY, cacheDuration: 'PT1H' });
    const xml = entitiesXml(
      [inner],
      ` cacheDuration="P1D" validUntil="${new Date(NOW + DAY).toISOString()}"`,
    );
    expect(read(xml)).toMatchObject({ validUntil: NOW + DAY, cacheMs: 3_600_000 });
  });
  test.each([
    ['PT4H', 4 * 3_600_000],
    ['P1DT12H', 1.5 * DAY],
    ['P1Y', 365 * DAY],
    ['P1M', 30 * DAY],
    ['PT1M', 60_000],
    ['PT604800.000S', 7 * DAY],
  ])('%s', (cacheDuration, cacheMs) => {
    expect(read(metadataXml({ keys: [one], cacheDuration })).cacheMs).toBe(cacheMs);
  });
  test.each([[-1], [0]])('over %i ms ago -> refused', (offset) => {
    expect(() => read(metadataXml({ keys: [one], validUntil: NOW + offset }))).toThrow(
      /time \(validUntil\) is over/,
    );
  });
  test.each(['P', 'PT', '4H', '-PT4H', 'PT4', 'P1H', ''])('a duration of %j -> refused', (cacheDuration) => {
    expect(() => read(metadataXml({ keys: [one], cacheDuration }))).toThrow(/not a duration/);
  });
});

describe('signed metadata', () => {
  const SIGNED = signMetadata(PLAIN, federation);
  test.each([
    ['one entity', SIGNED],
    ['several', signMetadata(entitiesXml([PLAIN]), federation)],
    ['with comments, which the signature leaves out', SIGNED.replace('<md:IDP', '<!-- x --><md:IDP')],
  ])('%s, by a certificate of the config -> read', (_name, xml) => {
    expect(signed(xml).ssoUrl).toBe('https://north.example/sso');
  });

  const evil = 'https://evil.example/sso';
  test.each([
    ['unsigned', PLAIN],
    ['by a stranger, whose certificate stands in KeyInfo', signMetadata(PLAIN, makeKeyPair('evil'))],
    ['changed after signing', SIGNED.replace('https://north.example/sso', evil)],
    ['with SHA-1', signEnveloped(PLAIN, federation, RSA_SHA1, { after: /^<[^>]*>/ })],
    [
      'the entity signed, not the document around it',
      entitiesXml([metadataXml({ entityId: 'urn:x', keys: [two] }), SIGNED]),
    ],
    [
      'the signed entity beside an evil one, under its ID',
      entitiesXml([PLAIN.replace('https://north.example/sso', evil), SIGNED]).replace('ID="_all"', 'ID="_m"'),
    ],
    ['signed twice', signMetadata(SIGNED, federation)],
    ['with a reference to something else', SIGNED.replace('URI="#_m"', 'URI=""')],
  ])('%s -> refused', (_name, xml) => {
    expect(() => signed(xml)).toThrow(/signature is missing, weak, or not by the certificate/);
  });
});

describe('metadata that are not taken', () => {
  const rows: readonly [string, string, RegExp][] = [
    ['of another entity', metadataXml({ entityId: 'urn:other', keys: [one] }), /not about this entity ID/],
    ['twice about the entity', entitiesXml([PLAIN, PLAIN]), /twice/],
    [
      'an entity hidden in another element',
      entitiesXml([`<md:Extensions>${PLAIN}</md:Extensions>`]),
      /not about/,
    ],
    [
      'of a service provider',
      PLAIN.replaceAll('IDPSSODescriptor', 'SPSSODescriptor'),
      /no identity provider/,
    ],
    [
      'two roles',
      PLAIN.replace(/<md:IDP.*Descriptor>(?=<\/md:E)/s, (role) => role + role),
      /two identity providers/,
    ],
    ['no redirect binding', PLAIN.replace('HTTP-Redirect', 'HTTP-POST'), /no sign-in address/],
    [
      'a script for an address',
      metadataXml({ keys: [one], ssoUrl: 'javascript:alert(1)' }),
      /not a web address/,
    ],
    ['no key', metadataXml({ keys: [] }), /no certificate for signing/],
    [
      'weak keys only',
      metadataXml({ keys: [], inRole: keyXml({ certificatePem: WEAK_CERTIFICATE }) }),
      /no certificate/,
    ],
    [
      'a chain of certificates',
      PLAIN.replace(/<ds:X509Certificate>.*ficate>/s, (found) => found + found),
      /several/,
    ],
    ['a DOCTYPE', `<!DOCTYPE x>${PLAIN}`, /cannot be read/],
    ['an entity of XML', `<!DOCTYPE x [<!ENTITY a "b">]>${PLAIN}`, /cannot be read/],
    ['a processing instruction', `${PLAIN}<?x y?>`, /cannot be read/],
    ['a comment without end', `${PLAIN}<!-- `, /cannot be read/],
    ['HTML', '<html><body>Sign in</body></html>', /not about/],
    ['nothing', '', /cannot be read/],
    ['a time without zone', PLAIN.replace('ID=', 'validUntil="2027-01-01T00:00:00" ID='), /cannot be read/],
    ['6,000 elements', PLAIN.replace('<md:IDP', `${'<x/>'.repeat(6_000)}<md:IDP`), /too large/],
    ['2 MiB', PLAIN.replace('<md:IDP', `<x>${'a'.repeat(2 ** 21)}</x><md:IDP`), /too large/],
  ];
  test.each(rows)('%s', (_name, xml, says) => {
    expect(() => read(xml)).toThrow(
      expect.objectContaining({ code: 'internal', detail: expect.stringMatching(says) }),
    );
  });

  test('a thousand comments without end cost next to nothing', () => {
    // What it costs this process: one that has to wait for its turn pays nothing.
    const before = process.cpuUsage();
    expect(() => read(`${PLAIN}${'<!--'.repeat(200_000)}`)).toThrow();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(500);
  });
});
