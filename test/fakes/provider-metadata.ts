import { signEnveloped, type SignatureStyle } from '../../fixtures/saml/sign-enveloped.ts';
import type { KeyPair } from '../../fixtures/sandbox/make-key-pair.ts';

/** What a provider's metadata say. */
export interface MetadataFacts {
  readonly entityId?: string;
  readonly ssoUrl?: string;
  readonly keys: readonly KeyPair[];
  /** ms since the epoch; none when absent. */
  readonly validUntil?: number;
  readonly cacheDuration?: string;
  /** More inside of IDPSSODescriptor, after the keys. */
  readonly inRole?: string;
}

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:';
const ROOT_TAG = /^<md:EntityDescriptor [^>]*>|^<md:EntitiesDescriptor [^>]*>/;

/** Metadata of one identity provider, in canonical form, unsigned. */
export function metadataXml(facts: MetadataFacts): string {
  const { entityId = 'urn:test:north', ssoUrl = 'https://north.example/sso', keys, inRole = '' } = facts;
  const cache = facts.cacheDuration === undefined ? '' : ` cacheDuration="${facts.cacheDuration}"`;
  const until =
    facts.validUntil === undefined ? '' : ` validUntil="${new Date(facts.validUntil).toISOString()}"`;
  return (
    `<md:EntityDescriptor xmlns:md="${METADATA}" ID="_m"${cache} entityID="${entityId}"${until}>` +
    `<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
    `${keys.map((key) => keyXml(key, 'signing')).join('')}${inRole}` +
    `<md:SingleSignOnService Binding="${BINDING}HTTP-Redirect" Location="${ssoUrl}"></md:SingleSignOnService>` +
    `</md:IDPSSODescriptor></md:EntityDescriptor>`
  );
}

export function keyXml({ certificatePem }: Pick<KeyPair, 'certificatePem'>, use?: string): string {
  const base64 = certificatePem.replace(/-----[A-Z ]+-----|\n/g, '');
  return (
    `<md:KeyDescriptor${use === undefined ? '' : ` use="${use}"`}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">` +
    `<ds:X509Data><ds:X509Certificate>${base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
  );
}

/** The same, signed over the root. */
export function signMetadata(xml: string, key: KeyPair, style: SignatureStyle = {}): string {
  return signEnveloped(xml, key, undefined, { after: ROOT_TAG, ...style });
}

/** Several entities in one document. */
export function entitiesXml(entities: readonly string[], attributes = ''): string {
  return (
    `<md:EntitiesDescriptor xmlns:md="${METADATA}" ID="_all"${attributes}>` +
    `${entities.map((xml) => xml.replace(` xmlns:md="${METADATA}"`, '')).join('')}</md:EntitiesDescriptor>`
  );
}
