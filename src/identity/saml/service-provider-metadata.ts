import { createHash } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import type { SamlProviderSettings } from './saml-provider.ts';
import type { CertifiedKey, ServiceProvider } from './service-provider.ts';

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:';
const NAME_ID = 'urn:oasis:names:tc:SAML:';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** How long an identity provider may go on without looking again (SAML metadata §2.3.2). */
const CACHE_DURATION = 'PT4H';
/** What we can decrypt, best first (SAML metadata §2.4.1.1). */
const ENCRYPTION_METHODS: readonly string[] = [
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
];

/** Ends move by the hour, so that one document serves for a while: signing takes time. */
const HOUR_MS = 60 * 60_000;

interface Announcement {
  /** ms since the epoch. */
  readonly validUntil: number;
  /** False for a provider that signs its responses only. */
  readonly wantsAssertionsSigned: boolean;
}

/**
 * Makes the gateway's own metadata for identity providers (SAML metadata §2.4.4): who we are, where answers and sign-out
 * messages go, what we sign with now and next, and what may be encrypted to. Signed when there is a key to sign with. Good for
 * `lifetimeMs` from the hour on.
 */
export function createMetadataPage(
  nowMs: () => number,
  lifetimeMs: number,
): (self: ServiceProvider, provider: Pick<SamlProviderSettings, 'id' | 'signatures'>) => string {
  const made = new Map<string, { readonly validUntil: number; readonly document: string }>();
  return (self, { id, signatures }) => {
    const validUntil = Math.floor(nowMs() / HOUR_MS) * HOUR_MS + lifetimeMs;
    const known = made.get(id);
    if (known?.validUntil === validUntil) return known.document;
    const xml = metadataXml(self, { validUntil, wantsAssertionsSigned: signatures !== 'response' });
    const signed = self.signing === undefined ? xml : signRoot(xml, self.signing);
    const document = `<?xml version="1.0" encoding="UTF-8"?>\n${signed}\n`;
    made.set(id, { validUntil, document });
    return document;
  };
}

function metadataXml(self: ServiceProvider, { validUntil, wantsAssertionsSigned }: Announcement): string {
  const { entityId, acsUrl, sloUrl, signing, nextSigningCertificatePem, encryptionCertificatePem } = self;
  const until = new Date(validUntil).toISOString().replace(/\.\d+Z$/, 'Z');
  const id = createHash('sha256').update(`${acsUrl} ${until}`).digest('hex').slice(0, 40);
  const wants = `AuthnRequestsSigned="${String(signing !== undefined)}" WantAssertionsSigned="${String(wantsAssertionsSigned)}"`;
  return [
    `<md:EntityDescriptor xmlns:md="${METADATA}" ID="_${id}" entityID="${escapeXml(entityId)}" validUntil="${until}" cacheDuration="${CACHE_DURATION}">`,
    `<md:SPSSODescriptor protocolSupportEnumeration="${NAME_ID}2.0:protocol" ${wants}>`,
    keyDescriptor('signing', signing?.certificatePem),
    keyDescriptor('signing', nextSigningCertificatePem),
    keyDescriptor('encryption', encryptionCertificatePem),
    `<md:SingleLogoutService Binding="${BINDING}HTTP-Redirect" Location="${escapeXml(sloUrl)}"/>`,
    `<md:SingleLogoutService Binding="${BINDING}HTTP-POST" Location="${escapeXml(sloUrl)}"/>`,
    `<md:NameIDFormat>${NAME_ID}2.0:nameid-format:persistent</md:NameIDFormat>`,
    `<md:NameIDFormat>${NAME_ID}1.1:nameid-format:unspecified</md:NameIDFormat>`,
    `<md:AssertionConsumerService index="0" isDefault="true" Binding="${BINDING}HTTP-POST" Location="${escapeXml(acsUrl)}"/>`,
    '</md:SPSSODescriptor>',
    '</md:EntityDescriptor>',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function keyDescriptor(use: 'signing' | 'encryption', certificatePem: string | undefined): string {
  if (certificatePem === undefined) return '';
  const base64 = certificatePem.replace(/-----(?:BEGIN|END) CERTIFICATE-----|\s/g, '');
  const methods = use === 'signing' ? [] : ENCRYPTION_METHODS;
  return (
    `<md:KeyDescriptor use="${use}"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>` +
    `<ds:X509Certificate>${base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
    `${methods.map((name) => `<md:EncryptionMethod Algorithm="${name}"/>`).join('')}</md:KeyDescriptor>`
  );
}

/** SAML metadata §3: an enveloped signature, first child of the root. */
function signRoot(xml: string, { privateKeyPem, certificatePem }: CertifiedKey): string {
  const signer = new SignedXml({
    privateKey: privateKeyPem,
    publicCert: certificatePem,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
  });
  const root = '/*';
  signer.addReference({
    xpath: root,
    transforms: [ENVELOPED, EXCLUSIVE_C14N],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  });
  signer.computeSignature(xml, { prefix: 'ds', location: { reference: root, action: 'prepend' } });
  return signer.getSignedXml();
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => XML_ENTITIES[character] ?? character);
}
