import { GatewayError } from '../../domain/errors.ts';
import type { Machine } from '../../domain/principal.ts';
import { parseAddressRanges } from './address-ranges.ts';

/** A machine of the Trust as the config says it. */
export interface MachineSettings {
  readonly id: string;
  readonly purpose: Machine['purpose'];
  /** Exact versions it may store results of: at least one for `ai-results`, none for others. */
  readonly models: Machine['models'];
  /** Addresses and networks it may come from. */
  readonly addresses: readonly string[];
  /** SHA-256 of its key, hex. */
  readonly keyHash?: string;
  /** SHA-256 of its client certificates, hex; two while it changes from one to the next. */
  readonly certificateFingerprints?: readonly string[];
}

const SHA_256 = /^[0-9a-f]{64}$/i;
/** What would let another version in than the one that was approved. */
const VAGUE_VERSION = /^(?:|\*|latest)$/i;

/** Refuses machines that could not come in, or could be taken for each other. Says all faults at once. Throws GatewayError('internal'). */
export function checkMachines(machines: readonly MachineSettings[]): void {
  const faults = [...machines.flatMap(faultsOf), ...faultsBetween(machines)];
  if (faults.length === 0) return;
  throw new GatewayError('internal', { detail: `The machines are not fit to use: ${faults.join('; ')}.` });
}

function faultsOf(machine: MachineSettings): readonly string[] {
  const { id, purpose, models, addresses } = machine;
  const secrets = secretsOf(machine);
  const checks: readonly (readonly [boolean, string])[] = [
    [parseAddressRanges(addresses) === undefined, `the addresses of "${id}" are not addresses or networks`],
    [secrets.length === 0, `"${id}" has neither a key nor a certificate`],
    [!secrets.every((hash) => SHA_256.test(hash)), `a hash of "${id}" is not a SHA-256 in hex`],
    [purpose === 'ai-results' && models.length === 0, `"${id}" stores results of no model`],
    [purpose === 'pacs-events' && models.length > 0, `"${id}" is a PACS and has no models`],
    [purpose === 'modality' && models.length > 0, `"${id}" stores images and has no models`],
    [purpose === 'truth' && models.length > 0, `"${id}" reports what was found and has no models`],
    [models.some(({ version }) => VAGUE_VERSION.test(version)), `a version of "${id}" is not exact`],
  ];
  return checks.flatMap(([isFault, text]) => (isFault ? [text] : []));
}

function faultsBetween(machines: readonly MachineSettings[]): readonly string[] {
  const faults: string[] = [];
  if (hasRepeat(machines.map(({ id }) => id))) faults.push('two machines have the same id');
  if (hasRepeat(machines.flatMap(secretsOf).map((hash) => hash.toLowerCase())))
    faults.push('a key or certificate stands twice');
  return faults;
}

function hasRepeat(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}

function secretsOf({ keyHash, certificateFingerprints = [] }: MachineSettings): readonly string[] {
  return [...(keyHash === undefined ? [] : [keyHash.trim()]), ...certificateFingerprints];
}
