import { GatewayError } from '../../domain/errors.ts';
import { pemBlocks } from './pem-blocks.ts';
import { readCertificate, type ReadCertificate } from './read-certificate.ts';
import { KEY_USAGE } from './read-extensions.ts';

/** The authorities of a config, taken apart. */
export interface Authorities {
  /** Only these may have issued the certificate itself: a name is as good as whoever gave it. */
  readonly issuers: readonly ReadCertificate[];
  /** All of them, roots included. */
  readonly all: readonly ReadCertificate[];
  readonly roots: readonly ReadCertificate[];
}

/** Longest chain, the certificate and the root included. */
const MAX_CHAIN = 6;
const LABELS = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];

/**
 * Reads the authorities of a config and checks that each can be what it should be. Throws GatewayError('internal') that names the
 * one which is not: no authority, weak, under constraints that are not known here, an issuer without a way to a root.
 */
export function readAuthorities(pems: {
  readonly issuerPems: readonly string[];
  readonly caPems: readonly string[];
}): Authorities {
  const issuers = distinct(pems.issuerPems.flatMap(readPem));
  const all = distinct([...issuers, ...pems.caPems.flatMap(readPem)]);
  for (const ca of all) checkAuthority(ca);
  const authorities = { issuers, all, roots: all.filter(isSelfSigned) };
  if (issuers.length === 0) throw unfit('No issuing authority is named, so no card could ever be accepted.');
  for (const issuer of issuers) {
    const isRooted = climb(authorities, [issuer], () => true) !== undefined;
    if (!isRooted) throw unfit(`No root is given for ${nameOf(issuer)}. Add the authorities above it.`);
  }
  return authorities;
}

/**
 * The chain from a certificate up to a root, both included, through authorities of the config only: what the caller sent along
 * is not looked at. Every signature holds and every authority is one, within its dates and its path length (RFC 5280 §6.1).
 * Undefined where there is none.
 */
export function chainTo(
  authorities: Authorities,
  leaf: ReadCertificate,
  nowMs: number,
): readonly ReadCertificate[] | undefined {
  const isInTime = (ca: ReadCertificate): boolean => ca.notBefore <= nowMs && nowMs <= ca.notAfter;
  for (const issuer of authorities.issuers) {
    if (!mayStandAbove(issuer, [leaf], isInTime)) continue;
    const chain = climb(authorities, [leaf, issuer], isInTime);
    if (chain !== undefined) return chain;
  }
  return undefined;
}

function climb(
  authorities: Authorities,
  chain: readonly ReadCertificate[],
  isInTime: (ca: ReadCertificate) => boolean,
): readonly ReadCertificate[] | undefined {
  const last = chain.at(-1);
  if (last === undefined || authorities.roots.includes(last)) return chain;
  if (chain.length >= MAX_CHAIN) return undefined;
  for (const ca of authorities.all) {
    if (chain.includes(ca) || !mayStandAbove(ca, chain, isInTime)) continue;
    const whole = climb(authorities, [...chain, ca], isInTime);
    if (whole !== undefined) return whole;
  }
  return undefined;
}

function mayStandAbove(
  ca: ReadCertificate,
  chain: readonly ReadCertificate[],
  isInTime: (ca: ReadCertificate) => boolean,
): boolean {
  const last = chain.at(-1);
  return last !== undefined && isInTime(ca) && hasIssued(ca, last) && isLongEnough(ca, chain);
}

/** Names fit, and the signature is that of this key. */
export function hasIssued(ca: ReadCertificate, other: ReadCertificate): boolean {
  return (
    ca.subject === other.issuer &&
    other.isStronglySigned &&
    other.x509.checkIssued(ca.x509) &&
    other.x509.verify(ca.x509.publicKey)
  );
}

/** pathLenConstraint counts authorities in between that are not self-issued (RFC 5280 §4.2.1.9). */
function isLongEnough(ca: ReadCertificate, below: readonly ReadCertificate[]): boolean {
  const { pathLength = MAX_CHAIN } = ca.extensions.basicConstraints ?? {};
  const between = below.filter(
    ({ extensions, issuer, subject }) => extensions.basicConstraints?.isCa === true && issuer !== subject,
  );
  return between.length <= pathLength;
}

function checkAuthority(ca: ReadCertificate): void {
  const { unknownCritical } = ca.extensions;
  if (!mayIssue(ca))
    throw unfit(`${nameOf(ca)} is not the certificate of an authority that may issue others.`);
  if (!ca.hasStrongKey) throw unfit(`${nameOf(ca)} has a weak key: RSA from 2,048 bits, or P-256 and up.`);
  if (unknownCritical.length > 0) {
    throw unfit(`${nameOf(ca)} has constraints that cannot be checked here (${unknownCritical.join(', ')}).`);
  }
  // A root is believed for being in the config, not for its own signature.
  if (!ca.isStronglySigned && ca.issuer !== ca.subject) {
    throw unfit(`${nameOf(ca)} is signed with a weak algorithm: SHA-256 or better is needed.`);
  }
}

function mayIssue({ extensions: { basicConstraints, keyUsage } }: ReadCertificate): boolean {
  return basicConstraints?.isCa === true && keyUsage?.includes(KEY_USAGE.keyCertSign) === true;
}

function isSelfSigned(ca: ReadCertificate): boolean {
  return ca.issuer === ca.subject && ca.x509.verify(ca.x509.publicKey);
}

function readPem(pem: string): readonly ReadCertificate[] {
  const blocks = pemBlocks(pem, LABELS);
  if (blocks.length === 0) throw unfit('A file of card authorities holds no certificate in PEM form.');
  return blocks.map((der) => {
    try {
      return readCertificate(der);
    } catch (error: unknown) {
      throw unfit('A certificate of the card authorities cannot be read.', error);
    }
  });
}

/** The first of each: issuers are the same objects in both lists. */
function distinct(certificates: readonly ReadCertificate[]): readonly ReadCertificate[] {
  const seen = new Map<string, ReadCertificate>();
  for (const one of certificates) {
    const { fingerprint256 } = one.x509;
    if (!seen.has(fingerprint256)) seen.set(fingerprint256, one);
  }
  return [...seen.values()];
}

function nameOf({ x509 }: ReadCertificate): string {
  return `“${x509.subject.replaceAll('\n', ', ')}”`;
}

function unfit(detail: string, cause?: unknown): GatewayError {
  return new GatewayError('internal', { detail: `Smart cards: ${detail}`, cause });
}
