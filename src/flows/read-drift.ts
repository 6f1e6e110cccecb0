import { GatewayError } from '../domain/errors.ts';
import { identifyPerson } from './identify-person.ts';
import type { IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';
import type { DriftReader } from './ports-drift.ts';
import type { DriftCell } from '../domain/drift-cells.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly driftReader: DriftReader;
}

/** Counters per model version × site × slice × day, for anyone in the register. Throws NotIdentified, GatewayError(not-permitted). */
export async function readDrift(
  deps: Deps,
  input: { readonly evidence: LoginEvidence; readonly filter: Parameters<DriftReader['read']>[0] },
  signal: AbortSignal,
): Promise<readonly DriftCell[]> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'records' }, signal);
  const people = deps.register.snapshot().practitionersByIdentity(caller.provider, caller.subject);
  if (people.length !== 1) {
    throw new GatewayError('not-permitted', { detail: 'Drift figures are for people in the AI register.' });
  }
  return await deps.driftReader.read(input.filter);
}
