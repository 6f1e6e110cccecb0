import { booleanOf, context, integerHexOf, plainContext, TAG, timeOf, wholeBytesOf } from './der-values.ts';
import { derChildren, DerFault, eachDer, readDer, type DerNode } from './read-der.ts';
import { isSignedBy, signatureAlgorithmOf } from './signature-algorithm.ts';
import type { ReadCertificate } from './read-certificate.ts';
import { distributionUrls, extensionsIn, KEY_USAGE } from './read-extensions.ts';

/** A certificate revocation list taken apart (RFC 5280 §5). Nothing of it is believed yet. */
export interface RevocationList {
  readonly der: Uint8Array;
  /** Name of the issuer, DER in hex. */
  readonly issuer: string;
  /** ms since the epoch. */
  readonly thisUpdate: number;
  /** A list without one says nothing about today. */
  readonly nextUpdate: number | undefined;
  /** Serial numbers in hex. */
  readonly serials: ReadonlySet<string>;
  /** The same for lists that follow one another. */
  readonly scope: string;
  readonly isSignedBy: (ca: ReadCertificate) => boolean;
  /** Whether it speaks of this certificate: lists may be split by address, or into people and authorities. */
  readonly covers: (certificate: ReadCertificate) => boolean;
}

interface Scope {
  readonly kind: 'all' | 'people' | 'authorities';
  /** The list is one of several; a certificate says in cRLDistributionPoints which is its own. Absent: the only one. */
  readonly urls?: readonly string[];
}

const OID = { crlNumber: '2.5.29.20', issuingDistributionPoint: '2.5.29.28' } as const;
const VERSION_2 = '01';
/** Critical extensions of an entry change whose certificate it names (indirect lists, §5.3.3). */
const MAX_ENTRY_FIELDS = 3;

/**
 * Takes one list apart: only what is needed of each entry, so that a list of a million costs seconds and not memory. Throws
 * DerFault for what is not one list of version 2, and for delta lists, indirect lists and lists by reason (§5.2.4, §5.2.5):
 * each tells half of what must be known.
 */
export function readRevocationList(der: Uint8Array): RevocationList {
  const [tbs, algorithm, signature] = derChildren(readDer(der), TAG.sequence, 3);
  const { inner, issuer, thisUpdate, rest } = fieldsOf(tbs);
  if (!Buffer.from(whole(inner)).equals(whole(algorithm))) throw new DerFault('two signature algorithms');
  const strong = signatureAlgorithmOf(algorithm);
  const signed = { bytes: whole(tbs), signature: wholeBytesOf(signature) };
  const nextUpdate = rest.find(({ tag }) => tag === TAG.utcTime || tag === TAG.generalizedTime);
  const scope = scopeOf(rest.find(({ tag }) => tag === context(0)));
  return {
    der,
    issuer: Buffer.from(whole(issuer)).toString('hex'),
    thisUpdate: timeOf(thisUpdate),
    nextUpdate: nextUpdate === undefined ? undefined : timeOf(nextUpdate),
    serials: serialsIn(rest.find(({ tag }) => tag === TAG.sequence)),
    scope: [scope.kind, ...(scope.urls ?? [])].join(' '),
    isSignedBy: (ca) =>
      strong !== undefined && maySignLists(ca) && isSignedBy(ca.x509.publicKey, strong, signed),
    covers: (certificate) => isInScope(scope, certificate),
  };
}

/** TBSCertList (§5.1.2); `rest` is told apart by its tags. */
function fieldsOf(tbs: DerNode | undefined): ListFields {
  const [version, inner, issuer, thisUpdate, ...rest] = derChildren(tbs, TAG.sequence, 7);
  if (integerHexOf(version) !== VERSION_2) throw new DerFault('no list of version 2');
  if (issuer?.tag !== TAG.sequence) throw new DerFault('no issuer');
  return { inner, issuer, thisUpdate, rest };
}

interface ListFields {
  readonly inner: DerNode | undefined;
  readonly issuer: DerNode;
  readonly thisUpdate: DerNode | undefined;
  readonly rest: readonly DerNode[];
}

function whole(node: DerNode | undefined): Uint8Array {
  if (node === undefined) throw new DerFault('less than a list');
  return node.whole;
}

function maySignLists({ extensions: { keyUsage } }: ReadCertificate): boolean {
  return keyUsage?.includes(KEY_USAGE.cRLSign) === true;
}

function serialsIn(entries: DerNode | undefined): ReadonlySet<string> {
  const serials = new Set<string>();
  for (const entry of eachDer(entries?.content ?? new Uint8Array())) {
    const [serial, , extensions] = derChildren(entry, TAG.sequence, MAX_ENTRY_FIELDS);
    const isCritical = extensions !== undefined && hasCritical(extensions);
    if (isCritical) throw new DerFault('an entry that is not about this issuer');
    serials.add(integerHexOf(serial));
  }
  return serials;
}

/** The usual entry has a reason or a date in its extensions, neither critical. */
function hasCritical(extensions: DerNode): boolean {
  return derChildren(extensions, TAG.sequence).some((extension) => {
    const [, second] = derChildren(extension, TAG.sequence, 3);
    return second?.tag === TAG.boolean && booleanOf(second);
  });
}

function scopeOf(field: DerNode | undefined): Scope {
  const extensions = extensionsIn(field);
  const isUnknown = extensions.some(
    ({ oid, isCritical }) => isCritical && oid !== OID.issuingDistributionPoint && oid !== OID.crlNumber,
  );
  if (isUnknown) throw new DerFault('a delta list, or one with rules that are not known here');
  const point = extensions.find(({ oid }) => oid === OID.issuingDistributionPoint);
  return point === undefined ? { kind: 'all' } : distributionPoint(readDer(point.octets));
}

/** IssuingDistributionPoint (§5.2.5). */
function distributionPoint(value: DerNode): Scope {
  const fields = derChildren(value, TAG.sequence, 6);
  const isSet = (number: number): boolean =>
    fields.some((field) => field.tag === plainContext(number) && booleanOf(field, plainContext(number)));
  const hasReasons = fields.some(({ tag }) => tag === plainContext(3));
  const isIndirect = isSet(4);
  const isForAttributes = isSet(5);
  if (hasReasons || isIndirect || isForAttributes) throw new DerFault('a list of only some revocations');
  const name = fields.find(({ tag }) => tag === context(0));
  const kind = isSet(1) ? 'people' : isSet(2) ? 'authorities' : 'all';
  return name === undefined ? { kind } : { kind, urls: distributionUrls(name) };
}

function isInScope({ kind, urls }: Scope, { extensions }: ReadCertificate): boolean {
  const isCa = extensions.basicConstraints?.isCa === true;
  if (kind !== 'all' && isCa !== (kind === 'authorities')) return false;
  return urls === undefined || urls.some((url) => extensions.crlUrls.includes(url));
}
