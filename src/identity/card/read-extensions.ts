import {
  booleanOf,
  contentOf,
  context,
  namedBitsOf,
  oidOf,
  plainContext,
  smallIntegerOf,
  TAG,
  textOf,
} from './der-values.ts';
import { derChildren, DerFault, readDer, type DerNode } from './read-der.ts';

/** Bits of keyUsage that are looked at here (RFC 5280 §4.2.1.3). */
export const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

/** What the extensions of a certificate say (RFC 5280 §4.2). A list is absent where the extension is. */
export interface CertificateExtensions {
  readonly basicConstraints: { readonly isCa: boolean; readonly pathLength?: number } | undefined;
  /** Numbers of the bits that are set. */
  readonly keyUsage: readonly number[] | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly policies: readonly string[] | undefined;
  /** User principal names and URIs in subjectAltName; '' for one that cannot be read. */
  readonly upns: readonly string[];
  readonly uris: readonly string[];
  /** Where its revocation list is (cRLDistributionPoints). */
  readonly crlUrls: readonly string[];
  /** Where to ask about it (authorityInfoAccess, OCSP). */
  readonly ocspUrls: readonly string[];
  /** Critical extensions that nothing here understands; whoever has one must not be believed (RFC 5280 §4.2). */
  readonly unknownCritical: readonly string[];
}

const OID = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlDistributionPoints: '2.5.29.31',
  policies: '2.5.29.32',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  nameConstraints: '2.5.29.30',
} as const;
/** policyConstraints asks for a policy (here one is always asked for) and forbids mappings (none is ever followed). */
const UNDERSTOOD: readonly string[] = Object.values(OID).filter((oid) => oid !== OID.nameConstraints);
const UPN = '1.3.6.1.4.1.311.20.2.3';
const OCSP_METHOD = '1.3.6.1.5.5.7.48.1';
const URI_NAME = plainContext(6);
const MAX_EXTENSIONS = 64;

interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  /** DER of its own, read only where it is understood. */
  readonly octets: Uint8Array;
}

/** Reads the optional fields at the end of a TBSCertificate. Throws DerFault, also for an extension that is there twice. */
export function readExtensions(optionalFields: readonly DerNode[]): CertificateExtensions {
  const extensions = extensionsIn(optionalFields.find(({ tag }) => tag === context(3)));
  const optional = <T>(oid: string, read: (value: DerNode) => T): T | undefined => {
    const found = extensions.find((extension) => extension.oid === oid);
    return found === undefined ? undefined : read(readDer(found.octets));
  };
  const names = optional(OID.subjectAltName, (value) => derChildren(value, TAG.sequence)) ?? [];
  return {
    basicConstraints: optional(OID.basicConstraints, basicConstraintsOf),
    keyUsage: optional(OID.keyUsage, namedBitsOf),
    extendedKeyUsage: optional(OID.extendedKeyUsage, (value) => derChildren(value, TAG.sequence).map(oidOf)),
    policies: optional(OID.policies, policiesOf),
    upns: names.flatMap(upnOf),
    uris: names.flatMap(uriOf),
    crlUrls: optional(OID.crlDistributionPoints, crlUrlsOf) ?? [],
    ocspUrls: optional(OID.authorityInfoAccess, ocspUrlsOf) ?? [],
    // Of name constraints even one that is not marked critical would have to be obeyed (RFC 5280 §4.2.1.10).
    unknownCritical: extensions
      .filter(
        ({ oid, isCritical }) => oid === OID.nameConstraints || (isCritical && !UNDERSTOOD.includes(oid)),
      )
      .map(({ oid }) => oid),
  };
}

/** Also of a revocation list and its entries, which have the same shape (RFC 5280 §5.2). Throws DerFault. */
export function extensionsIn(field: DerNode | undefined): readonly Extension[] {
  if (field === undefined) return [];
  const extensions = derChildren(readDer(field.content), TAG.sequence, MAX_EXTENSIONS).map((node) => {
    const [oid, ...rest] = derChildren(node, TAG.sequence, 3);
    const isCritical = rest.length === 2 && booleanOf(rest[0]);
    return { oid: oidOf(oid), isCritical, octets: contentOf(rest.at(-1), TAG.octetString) };
  });
  if (new Set(extensions.map(({ oid }) => oid)).size < extensions.length) {
    throw new DerFault('an extension is there twice');
  }
  return extensions;
}

function basicConstraintsOf(value: DerNode): { readonly isCa: boolean; readonly pathLength?: number } {
  const fields = derChildren(value, TAG.sequence, 2);
  const length = fields.find(({ tag }) => tag === TAG.integer);
  const isCa = fields[0]?.tag === TAG.boolean && booleanOf(fields[0]);
  return { isCa, ...(length === undefined ? {} : { pathLength: smallIntegerOf(length) }) };
}

function policiesOf(value: DerNode): readonly string[] {
  return derChildren(value, TAG.sequence).map((policy) => oidOf(derChildren(policy, TAG.sequence, 2)[0]));
}

/** otherName [0] { type-id, [0] EXPLICIT value } (RFC 5280 §4.2.1.6). */
function upnOf(name: DerNode): readonly string[] {
  if (name.tag !== context(0)) return [];
  const [type, wrapped] = derChildren(name, context(0), 2);
  if (oidOf(type) !== UPN) return [];
  const [value] = derChildren(wrapped, context(0), 1);
  return [(value === undefined ? undefined : textOf(value)) ?? ''];
}

function uriOf(name: DerNode): readonly string[] {
  if (name.tag !== URI_NAME) return [];
  return [textOf({ ...name, tag: TAG.ia5String }) ?? ''];
}

/** DistributionPoint { [0] { [0] fullName }, [1] reasons, [2] cRLIssuer } (§4.2.1.13): plain ones with a full name. */
function crlUrlsOf(value: DerNode): readonly string[] {
  return derChildren(value, TAG.sequence).flatMap((point) => {
    const [name, ...limits] = derChildren(point, TAG.sequence, 3);
    return name === undefined || limits.length > 0 ? [] : distributionUrls(name);
  });
}

/** The URIs of a DistributionPointName in its `[0]`. Throws DerFault. */
export function distributionUrls(name: DerNode): readonly string[] {
  const [full] = derChildren(name, context(0), 1);
  return full?.tag === context(0) ? derChildren(full, context(0)).flatMap(uriOf) : [];
}

function ocspUrlsOf(value: DerNode): readonly string[] {
  return derChildren(value, TAG.sequence).flatMap((access) => {
    const [method, location] = derChildren(access, TAG.sequence, 2);
    return oidOf(method) === OCSP_METHOD && location !== undefined ? uriOf(location) : [];
  });
}
