import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { PresentedCertificate } from '../domain/hop.ts';
import type { CertificateHeader } from './trusted-hops.ts';

/** Every header here in which somebody may claim a certificate. */
const CLAIMS = ['client-cert', 'client-cert-chain', 'x-ssl-client-cert'] as const;
const VERIFY = 'x-ssl-client-verify';
/** Without a comma: Node joins repeats with one. */
const VERDICT = /^(?:SUCCESS|FAILED:[^,]*)$/;
/** RFC 8941 §3.3.5: a byte sequence. */
const BYTE_SEQUENCE = /^:([A-Za-z0-9+/]*={0,2}):$/;
/** One PEM block and nothing else (RFC 7468 §3). */
const PEM = /^-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END CERTIFICATE-----\s*$/;
const MAX_CHAIN = 8;
/** For a client that the proxy itself did not accept; which fault it was is not taken from its words. */
const PROXY_REFUSED = 'PROXY_REFUSED';

/** What a hop that is trusted with certificates said in its headers. */
export type ForwardedCertificate =
  | { readonly kind: 'none' }
  | { readonly kind: 'unclear' }
  | { readonly kind: 'given'; readonly certificate: PresentedCertificate };

/** True when a request brings a header with a certificate in it, whoever sent it. An empty one claims nothing. */
export function claimsCertificate(headers: IncomingHttpHeaders): boolean {
  return CLAIMS.some((name) => isThere(headers, name));
}

/**
 * Reads the certificate that a trusted hop passes on in its one header. Anything that could be read in two ways is `unclear`: a
 * header of another format beside it, a repeat (Node joins them with a comma), several certificates, malformed base64 or PEM.
 */
export function forwardedCertificate(
  headers: IncomingHttpHeaders,
  format: CertificateHeader,
): ForwardedCertificate {
  const foreign = format === 'client-cert' ? ['x-ssl-client-cert'] : ['client-cert', 'client-cert-chain'];
  if (foreign.some((name) => isThere(headers, name))) return { kind: 'unclear' };
  return format === 'client-cert' ? readClientCert(headers) : readEscapedPem(headers);
}

/** `Client-Cert: :base64:` and `Client-Cert-Chain: :base64:, :base64:` (RFC 9440 §2). */
function readClientCert(headers: IncomingHttpHeaders): ForwardedCertificate {
  const text = textOf(headers, 'client-cert');
  const chainText = textOf(headers, 'client-cert-chain');
  if (text === '') return { kind: chainText === '' ? 'none' : 'unclear' };
  const der = byteSequence(text);
  const chain = chainText === '' ? [] : chainText.split(',').map((item) => byteSequence(item.trim()));
  const whole = chain.filter((one) => one !== undefined);
  const isClear = chain.length === whole.length && chain.length <= MAX_CHAIN;
  if (der === undefined || !isClear) return { kind: 'unclear' };
  return { kind: 'given', certificate: { der, chain: whole, via: 'proxy' } };
}

/** nginx: `$ssl_client_escaped_cert` and `$ssl_client_verify`, which is NONE, SUCCESS, or FAILED with a reason. */
function readEscapedPem(headers: IncomingHttpHeaders): ForwardedCertificate {
  const text = textOf(headers, 'x-ssl-client-cert');
  const verified = textOf(headers, VERIFY);
  if (text === '') return { kind: verified === '' || verified === 'NONE' ? 'none' : 'unclear' };
  const der = pemCertificate(unescaped(text));
  if (der === undefined || !VERDICT.test(verified)) return { kind: 'unclear' };
  const fault = verified === 'SUCCESS' ? {} : { fault: PROXY_REFUSED };
  return { kind: 'given', certificate: { der, chain: [], via: 'proxy', ...fault } };
}

function pemCertificate(pem: string): Uint8Array | undefined {
  const base64 = PEM.exec(pem)?.[1]?.replace(/[\r\n]/g, '');
  return base64 === undefined ? undefined : oneCertificate(base64);
}

function byteSequence(item: string): Uint8Array | undefined {
  const base64 = BYTE_SEQUENCE.exec(item)?.[1];
  return base64 === undefined ? undefined : oneCertificate(base64);
}

/** Exactly one certificate, its base64 in the one spelling there is. */
function oneCertificate(base64: string): Uint8Array | undefined {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) return undefined;
  try {
    return new X509Certificate(bytes).raw.equals(bytes) ? new Uint8Array(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function isThere(headers: IncomingHttpHeaders, name: string): boolean {
  return textOf(headers, name) !== '';
}

function textOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : (value ?? []).join(',');
}
