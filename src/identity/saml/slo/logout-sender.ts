import { sign, createPrivateKey, type KeyObject } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import type { CertifiedKey } from '../service-provider.ts';
import type { SamlEndpoint, SamlProvider } from '../saml-provider.ts';
import type { LogoutField } from './logout-message.ts';

/** The way to a provider's sign-out service, for one kind of message. */
export interface LogoutRoute {
  /** Also the message's Destination. */
  readonly url: string;
  readonly binding: 'redirect' | 'post';
}

/** What is sent to a provider. */
export interface Outgoing {
  readonly field: LogoutField;
  readonly xml: string;
  readonly relayState?: string;
}

/** Signs logout messages with our key. */
export interface LogoutSender {
  /** The address that carries the message (SAML bindings §3.4.4.1). */
  readonly redirectUrl: (route: LogoutRoute, outgoing: Outgoing) => string;
  /** The fields of the form that carries it (§3.5.4). */
  readonly formFields: (outgoing: Outgoing) => Readonly<Record<string, string>>;
}

const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** Where a provider takes this kind of message: by redirect if it can be. Undefined when it names no address. */
export function logoutRouteOf(
  { signOut = {} }: Pick<SamlProvider, 'signOut'>,
  field: LogoutField,
): LogoutRoute | undefined {
  const { redirect, post } = signOut;
  if (redirect !== undefined) return { url: addressOf(redirect, field), binding: 'redirect' };
  return post === undefined ? undefined : { url: addressOf(post, field), binding: 'post' };
}

function addressOf({ url, responseUrl }: SamlEndpoint, field: LogoutField): string {
  return field === 'SAMLResponse' ? (responseUrl ?? url) : url;
}

/** Reads the key once. Throws when it cannot be read. */
export function createLogoutSender(signing: CertifiedKey): LogoutSender {
  const key = createPrivateKey(signing.privateKeyPem);
  return {
    redirectUrl: ({ url }, outgoing) => {
      const signed = signedQuery(key, outgoing);
      return `${url}${url.includes('?') ? '&' : '?'}${signed}`;
    },
    formFields: ({ field, xml, relayState }) => ({
      [field]: Buffer.from(signEnveloped(signing, xml)).toString('base64'),
      ...(relayState === undefined ? {} : { RelayState: relayState }),
    }),
  };
}

function signedQuery(key: KeyObject, { field, xml, relayState }: Outgoing): string {
  const message = deflateRawSync(Buffer.from(xml)).toString('base64');
  const pairs: readonly (readonly [string, string | undefined])[] = [
    [field, message],
    ['RelayState', relayState],
    ['SigAlg', RSA_SHA256],
  ];
  const query = pairs
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');
  const signature = sign('sha256', Buffer.from(query), key).toString('base64');
  return `${query}&Signature=${encodeURIComponent(signature)}`;
}

/** Behind the Issuer, where the schema wants it (SAML core §3.2.1). */
function signEnveloped({ privateKeyPem, certificatePem }: CertifiedKey, xml: string): string {
  const signer = new SignedXml({
    privateKey: privateKeyPem,
    publicCert: certificatePem,
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
  });
  const root = '/*';
  signer.addReference({
    xpath: root,
    transforms: [ENVELOPED, EXCLUSIVE_C14N],
    digestAlgorithm: SHA256,
  });
  const reference = `${root}/*[local-name(.)='Issuer']`;
  signer.computeSignature(xml, { prefix: 'ds', location: { reference, action: 'after' } });
  return signer.getSignedXml();
}
