import { GatewayError, NotPermitted } from '../domain/errors.ts';
import type { PractitionerId } from '../domain/identifiers.ts';
import { mayReadRecordsOf } from '../domain/judge-roles.ts';
import { mayReadPeople } from '../domain/may-read-people.ts';
import type { Principal } from '../domain/principal.ts';
import { reasonOf } from '../domain/reason-texts.ts';
import type { Instant, Practitioner, RegisterSnapshot } from '../domain/register.ts';
import { identifyPerson } from './identify-person.ts';
import type { Clock, IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';

export interface VisitorDeps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly clock: Clock;
}

/** Somebody of the register who looks at it, and the register as it stands while they do. */
export interface Visitor {
  readonly principal: Principal;
  readonly person: Practitioner;
  readonly register: RegisterSnapshot;
  readonly now: Instant;
}

/** Who looks at the register. Throws NotIdentified, NotPermitted for a login that names nobody or more than one person. */
export async function identifyVisitor(
  deps: VisitorDeps,
  evidence: LoginEvidence,
  signal: AbortSignal,
): Promise<Visitor> {
  const principal = await identifyPerson(deps, { evidence, scope: 'records' }, signal);
  const register = deps.register.snapshot();
  const [person, ...others] = register.practitionersByIdentity(principal.provider, principal.subject);
  if (person === undefined) throw new NotPermitted([reasonOf('identity-unmapped')]);
  if (others.length > 0) throw new NotPermitted([reasonOf('identity-ambiguous')]);
  return { principal, person, register, now: deps.clock.nowMs() };
}

/** The same for somebody who looks at others. Throws GatewayError('not-permitted') also for those who may not. */
export async function identifyKeeper(
  deps: VisitorDeps,
  evidence: LoginEvidence,
  signal: AbortSignal,
): Promise<Visitor> {
  const visitor = await identifyVisitor(deps, evidence, signal);
  if (mayReadPeople(visitor.person, visitor.register, visitor.now)) return visitor;
  throw new GatewayError('not-permitted', {
    detail:
      'Other people’s entries are for those who keep the register. Your own is on the page “My profile”.',
  });
}

/** The same for somebody who looks at the evidence of one person, whoever lets them look people up. */
export async function identifyEvidenceReader(
  deps: VisitorDeps,
  input: { readonly evidence: LoginEvidence; readonly practitioner?: PractitionerId },
  signal: AbortSignal,
): Promise<Visitor> {
  const visitor = await identifyVisitor(deps, input.evidence, signal);
  const { person } = visitor;
  if (mayReadRecordsOf(person, input.practitioner ?? person.id)) return visitor;
  throw new GatewayError('not-permitted', {
    detail:
      'Other people’s evidence is for those with a duty around the register. Your own is on the page “My profile”.',
  });
}

/** Somebody of the register by their identifier. Throws GatewayError('not-found'). */
export function personOf(register: RegisterSnapshot, id: PractitionerId): Practitioner {
  const person = register.practitioner(id);
  if (person !== undefined) return person;
  throw new GatewayError('not-found', { detail: 'The register holds nobody of that name.' });
}
