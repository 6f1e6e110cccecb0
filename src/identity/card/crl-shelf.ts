import { createHash } from 'node:crypto';
import { pemBlocks, pemOf } from './pem-blocks.ts';
import type { ReadCertificate } from './read-certificate.ts';
import { readRevocationList, type RevocationList } from './revocation-list.ts';

/** What revocation lists say of a certificate; `unknown`: there is none that speaks of it today. */
export type RevocationStatus = 'good' | 'revoked' | 'unknown';

/** The revocation lists as they are now. */
export interface CrlShelf {
  /** Whether this authority, which issued the certificate, has revoked it. */
  readonly statusOf: (
    certificate: ReadCertificate,
    issuer: ReadCertificate,
    nowMs: number,
  ) => RevocationStatus;
  /** Lists that this authority signed. */
  readonly listsOf: (ca: ReadCertificate) => readonly RevocationList[];
  /** All that an authority signed, one PEM each: for the TLS listener, which another with the same name would lead astray. */
  readonly pems: () => readonly string[];
}

/** Contents of the files as they were last read. The same array means that nothing has changed. */
export type CrlSource = () => readonly Uint8Array[];

interface Held {
  readonly from: readonly Uint8Array[];
  readonly byDigest: ReadonlyMap<string, RevocationList>;
  readonly ofAuthority: ReadonlyMap<ReadCertificate, readonly RevocationList[]>;
}

/** SEQUENCE: a file that is not text. */
const DER_START = 0x30;

/**
 * Keeps lists parsed and their signatures checked, anew only when the source has something new. A list that cannot be read is
 * left out and told of: whom it speaks of is then `unknown`.
 */
export function createCrlShelf(
  source: CrlSource,
  authorities: readonly ReadCertificate[],
  onWarn: (message: string) => void,
): CrlShelf {
  let held: Held = { from: [], byDigest: new Map(), ofAuthority: new Map() };
  const now = (): Held => {
    const from = source();
    if (from !== held.from) held = shelve(from, held, { authorities, onWarn });
    return held;
  };
  const listsOf = (ca: ReadCertificate): readonly RevocationList[] => now().ofAuthority.get(ca) ?? [];
  return {
    listsOf,
    statusOf: (certificate, issuer, nowMs) =>
      statusIn(
        listsOf(issuer).filter((list) => isCurrent(list, nowMs) && list.covers(certificate)),
        certificate,
      ),
    pems: () => distinct([...now().ofAuthority.values()].flat()).map(({ der }) => pemOf(der, 'X509 CRL')),
  };
}

function distinct(lists: readonly RevocationList[]): readonly RevocationList[] {
  return [...new Set(lists)];
}

/** Of several that speak today each counts: revoked in one is revoked. */
function statusIn(lists: readonly RevocationList[], { serial }: ReadCertificate): RevocationStatus {
  if (lists.length === 0) return 'unknown';
  return lists.some(({ serials }) => serials.has(serial)) ? 'revoked' : 'good';
}

function isCurrent({ thisUpdate, nextUpdate }: RevocationList, nowMs: number): boolean {
  return nextUpdate !== undefined && thisUpdate <= nowMs && nowMs < nextUpdate;
}

function shelve(
  from: readonly Uint8Array[],
  before: Held,
  { authorities, onWarn }: { readonly authorities: readonly ReadCertificate[]; readonly onWarn: Warn },
): Held {
  const byDigest = new Map<string, RevocationList>();
  for (const der of from.flatMap(listsInFile)) {
    const digest = createHash('sha256').update(der).digest('hex');
    const list = before.byDigest.get(digest) ?? readOrWarn(der, onWarn);
    if (list !== undefined) byDigest.set(digest, list);
  }
  const lists = [...byDigest.values()];
  const signedBy = (ca: ReadCertificate): readonly RevocationList[] =>
    lists.filter((list) => list.issuer === ca.subject && list.isSignedBy(ca));
  return { from, byDigest, ofAuthority: new Map(authorities.map((ca) => [ca, signedBy(ca)])) };
}

type Warn = (message: string) => void;

function readOrWarn(der: Uint8Array, onWarn: Warn): RevocationList | undefined {
  try {
    return readRevocationList(der);
  } catch {
    onWarn('A revocation list cannot be read, or tells only part of what is revoked. It is left out.');
    return undefined;
  }
}

function listsInFile(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes[0] === DER_START) return [bytes];
  const blocks = pemBlocks(Buffer.from(bytes).toString('latin1'), ['X509 CRL']);
  return blocks.length === 0 ? [bytes] : blocks;
}
