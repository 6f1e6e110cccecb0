import { createHash } from 'node:crypto';
import { context, TAG } from './der-values.ts';
import type { ReadCertificate } from './read-certificate.ts';

/** Names a certificate to a responder (RFC 6960 §4.1.1). All hex. */
export interface OcspCertificateId {
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly serial: string;
}

/** SHA-1 finds the certificate in the responder's index and protects nothing; every responder knows it (RFC 5019 §2.1.1). */
export const OCSP_ID_HASH = '1.3.14.3.2.26';
const SHA_1 = Buffer.from('300906052b0e03021a0500', 'hex');
/** id-pkix-ocsp-nonce, ready encoded, and in dotted form. */
const NONCE = Buffer.from('06092b0601050507300102', 'hex');
export const OCSP_NONCE = '1.3.6.1.5.5.7.48.1.2';

export function ocspCertificateId(certificate: ReadCertificate, issuer: ReadCertificate): OcspCertificateId {
  return {
    issuerNameHash: sha1(Buffer.from(issuer.subject, 'hex')),
    issuerKeyHash: sha1(issuer.keyBytes),
    serial: certificate.serial,
  };
}

/** An OCSPRequest for one certificate, with a nonce, unsigned (RFC 6960 §4.1.1, §4.4.1). DER. */
export function ocspRequest(id: OcspCertificateId, nonce: Uint8Array): Uint8Array {
  const name = encode(TAG.octetString, Buffer.from(id.issuerNameHash, 'hex'));
  const key = encode(TAG.octetString, Buffer.from(id.issuerKeyHash, 'hex'));
  const serial = encode(TAG.integer, Buffer.from(id.serial, 'hex'));
  const requests = encode(TAG.sequence, encode(TAG.sequence, encode(TAG.sequence, SHA_1, name, key, serial)));
  const octets = encode(TAG.octetString, encode(TAG.octetString, nonce));
  const extensions = encode(TAG.sequence, encode(TAG.sequence, NONCE, octets));
  return encode(TAG.sequence, encode(TAG.sequence, requests, encode(context(2), extensions)));
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** Tag, length, content; a request is far below 64 KiB. */
function encode(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}
