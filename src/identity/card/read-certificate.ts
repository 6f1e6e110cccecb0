import { X509Certificate } from 'node:crypto';
import { contentOf, context, integerHexOf, oidOf, TAG, textOf, timeOf } from './der-values.ts';
import { derChildren, DerFault, readDer, type DerNode } from './read-der.ts';
import { readExtensions, type CertificateExtensions } from './read-extensions.ts';
import { isStrongKey, signatureAlgorithmOf } from './signature-algorithm.ts';

/** A certificate taken apart (RFC 5280 §4.1). Nothing of it is believed yet. */
export interface ReadCertificate {
  readonly x509: X509Certificate;
  readonly der: Uint8Array;
  /** Name of the issuer and of the subject, DER in hex: compared byte for byte. */
  readonly issuer: string;
  readonly subject: string;
  /** Hex. */
  readonly serial: string;
  /** ms since the epoch; both ends are inside. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isStronglySigned: boolean;
  readonly hasStrongKey: boolean;
  /** `serialNumber` (X.520) of the subject, each that is there. */
  readonly subjectSerialNumbers: readonly string[];
  /** The subject's key as a bit string without its leading octet: what OCSP hashes (RFC 6960 §4.1.1). */
  readonly keyBytes: Uint8Array;
  readonly extensions: CertificateExtensions;
}

const SERIAL_NUMBER_ATTRIBUTE = '2.5.4.5';
const VERSION_3 = '02';
/** Beyond any certificate there is. */
const MAX_BYTES = 65_536;

/** Takes a certificate apart. Throws DerFault when it is not one certificate of version 3, spelt as DER demands. */
export function readCertificate(der: Uint8Array): ReadCertificate {
  if (der.length > MAX_BYTES) throw new DerFault('larger than a certificate');
  const [tbs, outerAlgorithm] = derChildren(readDer(der), TAG.sequence, 3);
  const fields = derChildren(tbs, TAG.sequence, 10);
  const [version, serial, innerAlgorithm, issuer, validity, subject, keyInfo] = fields;
  if (integerHexOf(derChildren(version, context(0), 1)[0]) !== VERSION_3) throw new DerFault('not version 3');
  // RFC 5280 §4.1.1.2: the two must be the same, or one could be read and the other used.
  if (!isSame(innerAlgorithm, outerAlgorithm)) throw new DerFault('two signature algorithms');
  const [notBefore, notAfter] = derChildren(validity, TAG.sequence, 2);
  const x509 = openX509(der);
  return {
    x509,
    der,
    issuer: nameOf(issuer),
    subject: nameOf(subject),
    serial: integerHexOf(serial),
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    isStronglySigned: signatureAlgorithmOf(innerAlgorithm) !== undefined,
    hasStrongKey: isStrongKey(x509.publicKey),
    subjectSerialNumbers: attributesOf(subject, SERIAL_NUMBER_ATTRIBUTE),
    keyBytes: contentOf(derChildren(keyInfo, TAG.sequence, 2)[1], TAG.bitString).subarray(1),
    extensions: readExtensions(fields.slice(7)),
  };
}

function openX509(der: Uint8Array): X509Certificate {
  try {
    const x509 = new X509Certificate(der);
    // Asked for once here, so that a key nobody can read is a fault of the certificate and not of whoever uses it.
    if (x509.raw.equals(der) && x509.publicKey.type === 'public') return x509;
  } catch (error: unknown) {
    throw new DerFault('no certificate', { cause: error });
  }
  throw new DerFault('no certificate');
}

function isSame(one: DerNode | undefined, other: DerNode | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.from(one.whole).equals(other.whole);
}

function nameOf(node: DerNode | undefined): string {
  if (node?.tag !== TAG.sequence) throw new DerFault('no name');
  return Buffer.from(node.whole).toString('hex');
}

/** RelativeDistinguishedNames of a Name (RFC 5280 §4.1.2.4), one attribute picked out. */
function attributesOf(name: DerNode | undefined, wanted: string): readonly string[] {
  const attributes = derChildren(name, TAG.sequence).flatMap((set) => derChildren(set, TAG.set));
  return attributes.flatMap((attribute) => {
    const [type, value] = derChildren(attribute, TAG.sequence, 2);
    if (oidOf(type) !== wanted) return [];
    // What cannot be read still counts as one, so that a second one beside it is seen.
    return [(value === undefined ? undefined : textOf(value)) ?? ''];
  });
}
