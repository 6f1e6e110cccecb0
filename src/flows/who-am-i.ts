import type { Profession, RegisterRole } from '../domain/words.ts';
import { NotIdentified } from '../domain/errors.ts';
import { decideClassification } from '../domain/decide-classification.ts';
import { mayReadPeople } from '../domain/may-read-people.ts';
import type { Machine, Principal } from '../domain/principal.ts';
import { identifyPerson } from './identify-person.ts';
import type { Clock, IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly clock: Clock;
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
  /** True for those who may look other people up in the register. */
  readonly mayReadPeople?: boolean;
  /** True for those who may see stored objects that nobody has named yet. */
  readonly maySeeUnnamed?: boolean;
}

/** Who is signed in, and which practitioner of the register that is. Throws NotIdentified. */
export async function whoAmI(
  deps: Deps,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<WhoAmI> {
  return personOf(deps, await identifyPerson(deps, input, signal));
}

/** Who calls: a person, as `whoAmI` tells it, or a machine. Throws NotIdentified; also for a token that reads one study. */
export async function whoCalls(
  deps: Deps,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<WhoAmI | Machine> {
  const caller = await deps.identity.verifyEvidence(input.evidence, signal);
  if (caller.kind === 'machine') return caller;
  if (caller.kind === 'person') return personOf(deps, caller);
  throw new NotIdentified('This token opens one study and nothing else.');
}

/** The login alone, whatever the register knows of it: what is left to say when the register is away. Throws NotIdentified. */
export async function whoSignedIn(
  deps: Pick<Deps, 'identity'>,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<Principal> {
  return identifyPerson(deps, input, signal);
}

function personOf({ register, clock }: Deps, principal: Principal): WhoAmI {
  const snapshot = register.snapshot();
  const [practitioner, ...others] = snapshot.practitionersByIdentity(principal.provider, principal.subject);
  if (practitioner === undefined || others.length > 0) return { principal };
  const { id, name, profession, roles } = practitioner;
  const now = clock.nowMs();
  return {
    principal,
    practitioner: { id, name, profession, roles },
    mayReadPeople: mayReadPeople(practitioner, snapshot, now),
    maySeeUnnamed: decideClassification({ caller: principal, to: 'see' }, snapshot, now).permitted,
  };
}
