import {
  contentOf,
  context,
  integerHexOf,
  oidOf,
  plainContext,
  smallIntegerOf,
  TAG,
  timeOf,
  wholeBytesOf,
} from './der-values.ts';
import { OCSP_ID_HASH, OCSP_NONCE, type OcspCertificateId } from './ocsp-request.ts';
import { derChildren, DerFault, readDer, type DerNode } from './read-der.ts';
import { extensionsIn } from './read-extensions.ts';
import { signatureAlgorithmOf, type SignatureAlgorithm } from './signature-algorithm.ts';

/** A responder's answer taken apart (RFC 6960 §4.2). Nothing of it is believed yet. */
export interface OcspAnswer {
  readonly signed: { readonly bytes: Uint8Array; readonly signature: Uint8Array };
  /** Undefined for one that is weak or unknown. */
  readonly algorithm: SignatureAlgorithm | undefined;
  /** Certificates that came with it, DER. */
  readonly certificates: readonly Uint8Array[];
  readonly singles: readonly OcspSingle[];
  /** As we sent it, where the responder gives it back. */
  readonly nonce: Uint8Array | undefined;
}

export interface OcspSingle {
  readonly id: OcspCertificateId;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** ms since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
}

const BASIC = '1.3.6.1.5.5.7.48.1.1';
const SUCCESSFUL = 0;
const MAX_CERTIFICATES = 5;
const MAX_SINGLES = 20;
const STATUS: Readonly<Record<number, OcspSingle['status']>> = {
  [plainContext(0)]: 'good',
  [context(1)]: 'revoked',
  [plainContext(2)]: 'unknown',
};

/** Takes an OCSPResponse apart. Throws DerFault, also for one that says it did not succeed. */
export function readOcspAnswer(der: Uint8Array): OcspAnswer {
  const [status, wrapped] = derChildren(readDer(der), TAG.sequence, 2);
  if (smallIntegerOf(status, TAG.enumerated) !== SUCCESSFUL) throw new DerFault('the responder declined');
  const [type, octets] = derChildren(derChildren(wrapped, context(0), 1)[0], TAG.sequence, 2);
  if (oidOf(type) !== BASIC) throw new DerFault('not a basic answer');
  const basic = derChildren(readDer(contentOf(octets, TAG.octetString)), TAG.sequence, 4);
  const [data, algorithm, signature, certificates] = basic;
  if (data === undefined) throw new DerFault('no answer');
  return {
    signed: { bytes: data.whole, signature: wholeBytesOf(signature) },
    algorithm: signatureAlgorithmOf(algorithm),
    certificates: certificatesIn(certificates),
    ...readData(data),
  };
}

/** ResponseData: version and extensions are optional, the responder's name is not needed where its key is known. */
function readData(data: DerNode): Pick<OcspAnswer, 'singles' | 'nonce'> {
  const fields = derChildren(data, TAG.sequence, 5);
  const responses = fields.find(({ tag }) => tag === TAG.sequence);
  const last = fields.at(-1);
  // The responder's name is `[1]` too, but never last.
  const extensions = extensionsIn(last?.tag === context(1) ? last : undefined);
  const nonce = extensions.find(({ oid }) => oid === OCSP_NONCE);
  return {
    singles: derChildren(responses, TAG.sequence, MAX_SINGLES).map(readSingle),
    nonce: nonce === undefined ? undefined : contentOf(readDer(nonce.octets), TAG.octetString),
  };
}

function readSingle(node: DerNode): OcspSingle {
  const [id, status, thisUpdate, ...rest] = derChildren(node, TAG.sequence, 5);
  const [hash, name, key, serial] = derChildren(id, TAG.sequence, 4);
  if (oidOf(derChildren(hash, TAG.sequence, 2)[0]) !== OCSP_ID_HASH) throw new DerFault('another hash');
  const next = rest.find(({ tag }) => tag === context(0));
  return {
    id: { issuerNameHash: octetsHex(name), issuerKeyHash: octetsHex(key), serial: integerHexOf(serial) },
    status: STATUS[status?.tag ?? 0] ?? 'unknown',
    thisUpdate: timeOf(thisUpdate),
    nextUpdate: next === undefined ? undefined : timeOf(readDer(next.content)),
  };
}

function octetsHex(node: DerNode | undefined): string {
  return Buffer.from(contentOf(node, TAG.octetString)).toString('hex');
}

function certificatesIn(field: DerNode | undefined): readonly Uint8Array[] {
  if (field === undefined) return [];
  const [list] = derChildren(field, context(0), 1);
  return derChildren(list, TAG.sequence, MAX_CERTIFICATES).map(({ whole }) => whole);
}
