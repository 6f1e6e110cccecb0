import { NotIdentified } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { IdentityVerifier, LoginEvidence } from './ports.ts';

/** Who is at the screen. Throws NotIdentified for nobody, and for a token that reads one study only. */
export async function identifyPerson(
  deps: { readonly identity: IdentityVerifier },
  evidence: LoginEvidence,
  signal: AbortSignal,
): Promise<Principal> {
  const caller = await deps.identity.verifyEvidence(evidence, signal);
  if (caller.kind !== 'person') throw new NotIdentified('This token opens one study and nothing else.');
  return caller;
}
