import { reasonChoices, type ReasonChoice } from '../domain/disposition-reasons.ts';
import { DISPOSITIONS, type Disposition } from '../domain/words.ts';
import { identifyPerson } from './identify-person.ts';
import type { IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';

/** Reasons to choose from, for one disposition. */
export interface DispositionReasons {
  readonly disposition: Disposition;
  readonly reasons: readonly ReasonChoice[];
}

/**
 * The coded reasons that each disposition can be given now, with those that the Trust's policy adds. The same for everybody who is signed
 * in. Throws NotIdentified, RegisterUnavailable.
 */
export async function listDispositionReasons(
  deps: { readonly identity: IdentityVerifier; readonly register: RegisterReader },
  { evidence }: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<readonly DispositionReasons[]> {
  await identifyPerson(deps, { evidence }, signal);
  const { policy } = deps.register.snapshot();
  return DISPOSITIONS.map((disposition) => ({ disposition, reasons: reasonChoices(disposition, policy) }));
}
