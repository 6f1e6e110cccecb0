import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import type { PresentedCertificate } from '../../domain/hop.ts';
import type { Machine } from '../../domain/principal.ts';
import type { Clock } from '../../flows/ports.ts';
import type { AuthEvent } from '../auth-event.ts';
import { secretHash } from '../secret-hash.ts';
import { parseAddressRanges, type AddressRanges } from './address-ranges.ts';
import { checkMachines, type MachineSettings } from './machine-settings.ts';

export interface MachineOptions {
  readonly machines: readonly MachineSettings[];
  readonly clock: Clock;
  /** Must not throw. */
  readonly onEvent: (event: AuthEvent) => void;
  /**
   * Judges chain and revocation of a certificate that is pinned. Without it a pinned certificate is enough where this process did
   * the handshake, and a certificate that a proxy passes on is not taken.
   */
  readonly judgeCertificate?: (certificate: PresentedCertificate) => Promise<boolean>;
}

/** Machines of the Trust. A right key from a wrong address is nobody, and is told as an event. */
export interface Machines {
  readonly byKey: (key: string, address: string | undefined) => Machine | undefined;
  readonly byCertificate: (
    certificate: PresentedCertificate,
    address: string | undefined,
  ) => Promise<Machine | undefined>;
}

interface Entry extends Pick<MachineSettings, 'id' | 'purpose' | 'models'> {
  readonly addresses: AddressRanges | undefined;
  readonly keyHashes: readonly Buffer[];
  readonly fingerprints: readonly Buffer[];
}

type Proof = Machine['proof'];

const DOOR = 'urn:countersign:machines';
/** A machine that was moved calls all day long; once a minute says it, too. */
const EVENT_GAP_MS = 60_000;
/** Faults that being pinned does not heal. A TLS session that was taken up again proves nothing of the key. */
const HARD_FAULTS: readonly string[] = [
  'CERT_REVOKED',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'SESSION_REUSED',
];

/** Knows the machines of the config by key or certificate. Throws GatewayError('internal') when they are not fit to use. */
export function createMachines(options: MachineOptions): Machines {
  checkMachines(options.machines);
  const entries = options.machines.map(entryOf);
  const admit = admitter(options);
  return {
    byKey: (key, address) => {
      const hash = Buffer.from(secretHash(key), 'hex');
      return admit(pick(entries, 'key', hash), 'key', address);
    },
    byCertificate: async (certificate, address) => {
      const hash = createHash('sha256').update(certificate.der).digest();
      const entry = pick(entries, 'certificate', hash);
      if (entry === undefined || !(await isGood(options, certificate))) return undefined;
      return admit(entry, 'certificate', address);
    },
  };
}

function entryOf(machine: MachineSettings): Entry {
  const { id, purpose, models, keyHash, certificateFingerprints = [] } = machine;
  const bytes = (hex: string): Buffer => Buffer.from(hex.trim(), 'hex');
  return {
    id,
    purpose,
    models,
    addresses: parseAddressRanges(machine.addresses),
    keyHashes: keyHash === undefined ? [] : [bytes(keyHash)],
    fingerprints: certificateFingerprints.map(bytes),
  };
}

/** Compares with every entry, whichever it is, so that time tells nothing about how far a guess came. */
function pick(entries: readonly Entry[], proof: Proof, hash: Buffer): Entry | undefined {
  const hits = entries.filter((entry) => {
    const known = proof === 'key' ? entry.keyHashes : entry.fingerprints;
    return known.filter((one) => timingSafeEqual(one, hash)).length > 0;
  });
  return hits[0];
}

function admitter({ clock, onEvent }: MachineOptions) {
  // One for each machine of the config at most.
  const toldAt = new Map<string, number>();
  return (entry: Entry | undefined, proof: Proof, address: string | undefined): Machine | undefined => {
    if (entry === undefined) return undefined;
    const { id, purpose, models, addresses } = entry;
    if (addresses?.include(address) === true) return { kind: 'machine', id, purpose, models, proof };
    const now = clock.monotonicMs();
    if (now - (toldAt.get(id) ?? -Infinity) >= EVENT_GAP_MS) {
      toldAt.set(id, now);
      onEvent({ outcome: 'refused', provider: DOOR, subject: id, method: 'machine', code: 'wrong-address' });
    }
    return undefined;
  };
}

async function isGood(
  { judgeCertificate, clock }: MachineOptions,
  certificate: PresentedCertificate,
): Promise<boolean> {
  if (HARD_FAULTS.includes(certificate.fault ?? '') || !isInDate(certificate, clock.nowMs())) return false;
  if (judgeCertificate !== undefined) return await judgeCertificate(certificate);
  return certificate.via === 'tls';
}

function isInDate({ der }: PresentedCertificate, nowMs: number): boolean {
  try {
    const { validFromDate, validToDate } = new X509Certificate(der);
    return validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime();
  } catch {
    return false;
  }
}
