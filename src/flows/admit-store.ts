import { GatewayError } from '../domain/errors.ts';
import type { Machine, Principal } from '../domain/principal.ts';
import type { Profession } from '../domain/words.ts';
import type { IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';

/** What admitting somebody who stores needs. */
export interface AdmitStoreDeps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  /** Professions whose members may store; nobody does where there are none. */
  readonly storingProfessions: readonly Profession[];
}

/** Who stores, as far as it matters to what they store. What a machine for results stores is made by AI, whatever it says itself. */
export type Storer =
  | { readonly kind: 'person' }
  | { readonly kind: 'modality' }
  | { readonly kind: 'ai-results'; readonly machine: string; readonly models: Machine['models'] };

/**
 * Who may store objects: machines of the config that store results or images, and people of the professions that the config names.
 * Throws NotIdentified; GatewayError('not-permitted') for anybody else; GatewayError('scope-missing') for a person's bearer token,
 * which reads; RegisterUnavailable where the register cannot say who somebody is.
 */
export async function admitStore(
  deps: AdmitStoreDeps,
  evidence: LoginEvidence,
  signal: AbortSignal,
): Promise<Storer> {
  const caller = await deps.identity.verifyEvidence(evidence, signal);
  if (caller.kind === 'person') return admitPerson(deps, caller);
  if (caller.kind === 'study-reader') {
    const detail = 'This token reads one study. Store results with the key or certificate of the machine.';
    throw new GatewayError('not-permitted', { detail, caseId: caller.caseId });
  }
  const { id, purpose, models } = caller;
  if (purpose === 'truth') throw refused('This machine reports what was found and stores nothing.');
  if (purpose === 'pacs-events') throw refused('This machine reports changes and stores nothing.');
  return purpose === 'modality' ? { kind: 'modality' } : { kind: purpose, machine: id, models };
}

function admitPerson({ register, storingProfessions }: AdmitStoreDeps, caller: Principal): Storer {
  if (caller.scopes !== undefined) {
    const detail = 'A person’s token reads. Store from a browser session, or with the key of a machine.';
    throw new GatewayError('scope-missing', { detail });
  }
  const isSure = caller.method !== 'break-glass' && caller.unconfirmed !== true;
  const people =
    isSure && storingProfessions.length > 0
      ? register.snapshot().practitionersByIdentity(caller.provider, caller.subject)
      : [];
  const [person] = people;
  if (people.length === 1 && person !== undefined && storingProfessions.includes(person.profession))
    return { kind: 'person' };
  throw refused('You may not store objects here. IT says in the gateway’s configuration who may.');
}

function refused(detail: string): GatewayError {
  return new GatewayError('not-permitted', { detail });
}
