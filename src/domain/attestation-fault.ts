import type { Reason } from './reasons.ts';

/** Reasons that are the endpoint's own: what answered is not what was asked, or did not prove to be. */
const FAULTS = ['attestation-mismatch', 'attestation-missing'] as const satisfies readonly Reason[];

/** The fault of the endpoint among codes; undefined where they name none. */
export function attestationFault(codes: readonly string[]): (typeof FAULTS)[number] | undefined {
  return FAULTS.find((fault) => codes.includes(fault));
}

/** What a case is closed with whose result stays in: as failed where the endpoint is at fault, else as withheld. */
export function errOfHeldBack(reasons: readonly string[]): string {
  return attestationFault(reasons) ?? 'withheld';
}
