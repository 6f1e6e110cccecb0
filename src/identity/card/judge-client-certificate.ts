import type { PresentedCertificate } from '../../domain/hop.ts';
import { demand, SignInRefused } from '../sign-in-refusal.ts';
import { askOcsp } from './ask-ocsp.ts';
import { chainTo } from './certificate-chain.ts';
import type { CertificateTrust } from './certificate-trust.ts';
import { readCertificate, type ReadCertificate } from './read-certificate.ts';
import { KEY_USAGE } from './read-extensions.ts';
import { isCrlFault, refusalOfTlsFault } from './tls-fault.ts';

/** What a certificate must be good for, besides being trusted. */
export interface CertificateWants {
  /** Extended key usages, dotted: all of them. */
  readonly ekus: readonly string[];
  /** Certificate policies, dotted: at least one of them. Absent or empty: any, and none. */
  readonly policyOids?: readonly string[];
  /** True for machines, whose certificates may lack the extension keyUsage; where it is there it must say digitalSignature. */
  readonly isKeyUsageOptional?: boolean;
}

/** A certificate that holds. */
export interface JudgedCertificate {
  /** SHA-256 of the certificate, lower-case hex without separators. */
  readonly fingerprint256: string;
  /** Distinguished name as Node writes it, one attribute a line. For people to read, not to compare. */
  readonly subject: string;
  readonly certificate: ReadCertificate;
}

/** Wildcards (RFC 5280 §4.2.1.4, §4.2.1.12): they count for authorities, never for the certificate itself. */
const ANY_EKU = '2.5.29.37.0';
const ANY_POLICY = '2.5.29.32.0';

/**
 * Judges a client certificate, in the same way whether this process did the TLS handshake or a proxy says it did: chain to a root
 * of the config, dates, purpose, policy, and revocation of every link (RFC 5280 §6). Throws SignInRefused: `card-not-trusted`,
 * `card-expired`, `card-policy`, `card-revoked`, `card-unchecked`. What TLS itself found wrong is always refused.
 */
export async function judgeClientCertificate(
  trust: CertificateTrust,
  presented: PresentedCertificate,
  wants: CertificateWants,
): Promise<JudgedCertificate> {
  const nowMs = trust.clock.nowMs();
  const certificate = readOrRefuse(presented.der);
  const chain = chainTo(trust.authorities, certificate, nowMs);
  demand(chain !== undefined, 'card-not-trusted');
  const isInTime = certificate.notBefore <= nowMs && nowMs <= certificate.notAfter;
  demand(isInTime, 'card-expired');
  demand(isFit(certificate, wants) && isGoodFor(chain, wants), 'card-policy');
  judgeLists(trust, chain, nowMs);
  await judgeOnline(trust, chain);
  judgeTls(trust, presented.fault);
  const fingerprint256 = certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase();
  return { fingerprint256, subject: certificate.x509.subject, certificate };
}

function readOrRefuse(der: Uint8Array): ReadCertificate {
  try {
    return readCertificate(der);
  } catch (error: unknown) {
    throw new SignInRefused('card-not-trusted', error);
  }
}

/** A certificate of a key that signs, not of an authority, with nothing critical that is not understood. */
function isFit(
  { hasStrongKey, extensions }: ReadCertificate,
  { isKeyUsageOptional = false }: CertificateWants,
): boolean {
  const { keyUsage, unknownCritical, basicConstraints } = extensions;
  const maySign = keyUsage?.includes(KEY_USAGE.digitalSignature) ?? isKeyUsageOptional;
  return hasStrongKey && unknownCritical.length === 0 && basicConstraints?.isCa !== true && maySign;
}

/** The certificate says so itself, and no authority above it is limited to something else. */
function isGoodFor(
  [leaf, ...authorities]: readonly ReadCertificate[],
  { ekus, policyOids = [] }: CertificateWants,
): boolean {
  if (leaf === undefined) return false;
  const { extendedKeyUsage = [], policies = [] } = leaf.extensions;
  const hasUsage = ekus.every((eku) => extendedKeyUsage.includes(eku));
  if (!hasUsage || !authorities.every((ca) => allowsUsage(ca, ekus))) return false;
  const isGranted = (oid: string): boolean =>
    policies.includes(oid) && authorities.every((ca) => allowsPolicy(ca, oid));
  return policyOids.length === 0 || policyOids.some(isGranted);
}

function allowsUsage(
  { extensions: { extendedKeyUsage } }: ReadCertificate,
  ekus: readonly string[],
): boolean {
  if (extendedKeyUsage === undefined || extendedKeyUsage.includes(ANY_EKU)) return true;
  return ekus.every((eku) => extendedKeyUsage.includes(eku));
}

/** Roots are believed whatever they say; an authority that names no policy limits none, as Windows has it. */
function allowsPolicy(ca: ReadCertificate, oid: string): boolean {
  const { policies } = ca.extensions;
  if (policies === undefined || ca.issuer === ca.subject) return true;
  return policies.includes(ANY_POLICY) || policies.includes(oid);
}

/** Each link by the list of whoever issued it. An authority that was revoked takes the trust with it. */
function judgeLists(
  { shelf, isCrlRequired }: CertificateTrust,
  chain: readonly ReadCertificate[],
  nowMs: number,
): void {
  const statuses = chain.slice(0, -1).map((certificate, index) => {
    const issuer = chain[index + 1];
    return issuer === undefined ? 'unknown' : shelf.statusOf(certificate, issuer, nowMs);
  });
  const [ofLeaf, ...ofAuthorities] = statuses;
  demand(ofLeaf !== 'revoked', 'card-revoked');
  demand(!ofAuthorities.includes('revoked'), 'card-not-trusted');
  demand(!isCrlRequired || !statuses.includes('unknown'), 'card-unchecked');
}

async function judgeOnline(trust: CertificateTrust, chain: readonly ReadCertificate[]): Promise<void> {
  const { ocsp, clock, randomBytes, shelf } = trust;
  const [leaf, issuer] = chain;
  if (ocsp === undefined || leaf === undefined || issuer === undefined) return;
  const status = await askOcsp({ ...ocsp, clock, randomBytes, shelf }, leaf, issuer);
  demand(status !== 'revoked', 'card-revoked');
  demand(status === 'good' || !ocsp.isRequired, 'card-unchecked');
}

/** Where no list is wanted, TLS may miss one. */
function judgeTls({ isCrlRequired }: CertificateTrust, fault: string | undefined): void {
  if (fault === undefined || (!isCrlRequired && isCrlFault(fault))) return;
  throw new SignInRefused(refusalOfTlsFault(fault));
}
