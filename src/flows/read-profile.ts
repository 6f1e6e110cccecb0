import { offerOf, type ActOffer } from '../domain/act-offer.ts';
import { attestableTypes } from '../domain/attestable-types.ts';
import { GatewayError } from '../domain/errors.ts';
import type { PractitionerId } from '../domain/identifiers.ts';
import { describePerson, type Profile } from '../domain/profile.ts';
import { OWN_ACTS, type RegisterActName } from '../domain/register-acts.ts';
import type { RegisterRecords } from './ports-register.ts';
import type { LoginEvidence } from './ports.ts';
import {
  identifyKeeper,
  identifyVisitor,
  personOf,
  type Visitor,
  type VisitorDeps,
} from './register-visitor.ts';

interface Deps extends VisitorDeps {
  readonly register: VisitorDeps['register'] & Pick<RegisterRecords, 'find'>;
}

/** What is done about one other person. */
const ABOUT_ONE: readonly RegisterActName[] = [
  'change-practitioner',
  'attest-evidence',
  'correct-evidence',
  'withdraw-evidence',
  'award-credential',
  'suspend',
  'lift-suspension',
  'grant-approval',
  'end-approval',
];

/**
 * What the register knows of a person: what stands, what falls due, and why; one's own where nobody is named.
 * Throws NotIdentified, GatewayError('not-permitted' | 'not-found'), RegisterUnavailable.
 */
export async function readProfile(
  deps: Deps,
  input: { readonly evidence: LoginEvidence; readonly practitioner?: PractitionerId },
  signal: AbortSignal,
): Promise<Profile> {
  const visitor = await visitorFor(deps, input, signal);
  const { person, register, now } = visitor;
  const practitioner = personOf(register, input.practitioner ?? person.id);
  const record = await deps.register.find('practitioner', practitioner.id);
  if (record === undefined) {
    throw new GatewayError('not-found', { detail: 'This person was taken out of the register just now.' });
  }
  const isOwn = practitioner.id === person.id;
  return {
    now,
    practitioner,
    etag: record.etag,
    isOwn,
    ...describePerson(register, practitioner, now),
    offers: offersTo(visitor, isOwn ? OWN_ACTS : ABOUT_ONE),
    attestable: isOwn ? [] : attestableTypes(person, register, now),
  };
}

function visitorFor(
  deps: Deps,
  { evidence, practitioner }: { readonly evidence: LoginEvidence; readonly practitioner?: PractitionerId },
  signal: AbortSignal,
): Promise<Visitor> {
  if (practitioner === undefined) return identifyVisitor(deps, evidence, signal);
  return identifyKeeper(deps, evidence, signal);
}

function offersTo(
  { principal, register, now }: Visitor,
  acts: readonly RegisterActName[],
): readonly ActOffer[] {
  return acts.map((act) => offerOf(act, principal, register, now));
}
