import type { ServiceProvider } from './saml-library.ts';

/** How long an identity provider may go on without looking again (SAML metadata §2.3.2). */
const CACHE_DURATION = 'PT4H';

/**
 * The gateway's own metadata for one identity provider (SAML metadata §2.4.4): who we are, where answers go, that we want
 * assertions signed, and the certificate of our requests. No end date, because many identity providers keep a copy.
 */
export function serviceProviderMetadata({ entityId, acsUrl, signing }: ServiceProvider): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${escapeXml(entityId)}" cacheDuration="${CACHE_DURATION}">
  <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" AuthnRequestsSigned="${String(signing !== undefined)}" WantAssertionsSigned="true">${signing === undefined ? '' : keyDescriptor(signing.certificatePem)}
    <md:AssertionConsumerService index="0" isDefault="true" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${escapeXml(acsUrl)}"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>
`;
}

function keyDescriptor(certificatePem: string): string {
  const base64 = certificatePem.replace(/-----(?:BEGIN|END) CERTIFICATE-----|\s/g, '');
  return `
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
    </md:KeyDescriptor>`;
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
