import type { Profession, RegisterRole } from '../domain/words.ts';
import type { Principal } from '../domain/principal.ts';
import { identifyPerson } from './identify-person.ts';
import type { IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
}

export interface WhoAmI {
  readonly principal: Principal;
  /** Absent when the login names nobody in the register, or more than one person. */
  readonly practitioner?: {
    readonly id: string;
    readonly name: string;
    readonly profession: Profession;
    readonly roles: readonly RegisterRole[];
  };
}

/** Who is signed in, and which practitioner of the register that is. Throws NotIdentified. */
export async function whoAmI(
  deps: Deps,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<WhoAmI> {
  const principal = await identifyPerson(deps, input, signal);
  const [practitioner, ...others] = deps.register
    .snapshot()
    .practitionersByIdentity(principal.provider, principal.subject);
  if (practitioner === undefined || others.length > 0) return { principal };
  const { id, name, profession, roles } = practitioner;
  return { principal, practitioner: { id, name, profession, roles } };
}
