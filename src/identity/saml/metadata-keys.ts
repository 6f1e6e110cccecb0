import type { Element } from '@xmldom/xmldom';
import { GatewayError } from '../../domain/errors.ts';
import { certificateFaults } from './saml-provider.ts';
import { childrenNamed, onlyChild, selfAndDescendants, textOf, XML_SIGNATURE } from './xml-elements.ts';

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The certificates a provider may sign with, PEM: one from each KeyDescriptor for signing, or for anything (SAML metadata
 * §2.4.1.1). A key that cannot be verified with here (not RSA, too short) is left out: nothing it signs is taken then.
 * Throws GatewayError('internal') when none is left, or a descriptor holds several: which of a chain signs is not said, and an
 * issuer in it must not be trusted to.
 */
export function readSigningCertificates(role: Element): readonly string[] {
  const descriptors = childrenNamed(role, METADATA, 'KeyDescriptor').filter(
    (one) => !one.hasAttribute('use') || one.getAttribute('use') === 'signing',
  );
  const certificates = descriptors
    .map(certificateOf)
    .filter((pem) => certificateFaults(pem, '').length === 0);
  if (certificates.length === 0) {
    throw new GatewayError('internal', {
      detail: 'they hold no certificate for signing with RSA of 2,048 bits or more',
    });
  }
  return [...new Set(certificates)];
}

/** Empty text, which is no certificate, where there is a bare key or none. */
function certificateOf(descriptor: Element): string {
  const keyInfo = onlyChild(descriptor, XML_SIGNATURE, 'KeyInfo');
  const found = keyInfo === undefined ? [] : selfAndDescendants(keyInfo);
  const [certificate, ...others] = found.filter(({ localName }) => localName === 'X509Certificate');
  if (others.length > 0) {
    throw new GatewayError('internal', { detail: 'one key of theirs comes with several certificates' });
  }
  const base64 = (textOf(certificate) ?? '').replace(/\s+/g, '');
  return BASE64.test(base64) ? toPem(base64) : '';
}

/** RFC 7468: lines of 64 characters. */
function toPem(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
