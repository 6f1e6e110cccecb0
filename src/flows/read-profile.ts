import { offerOf, type ActOffer } from '../domain/act-offer.ts';
import { attestableTypes } from '../domain/attestable-types.ts';
import { GatewayError } from '../domain/errors.ts';
import type { PractitionerId } from '../domain/identifiers.ts';
import { mayReadRecordsOf } from '../domain/judge-roles.ts';
import { maySeeRecordOf, personSeenBy } from '../domain/person-seen-by.ts';
import { describePerson, type Profile } from '../domain/profile.ts';
import { OWN_ACTS, type RegisterActName } from '../domain/register-acts.ts';
import type { Practitioner } from '../domain/register.ts';
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
 * What the register knows of a person: what stands, what falls due, and why; one's own where nobody is named. Whoever may look
 * people up and has no duty around the register sees how others stand, and neither their evidence, nor their number and logins.
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
  const isPartial = !maySeeRecordOf(person, practitioner, register, now);
  return {
    now,
    practitioner: personSeenBy(person, practitioner, register, now),
    ...(isPartial ? { isPartial } : {}),
    etag: record.etag,
    isOwn,
    ...describedFor(person, practitioner, describePerson(register, practitioner, now)),
    offers: offersTo(visitor, isOwn ? OWN_ACTS : ABOUT_ONE),
    attestable: isOwn ? [] : attestableTypes(person, register, now),
  };
}

type Described = ReturnType<typeof describePerson>;

/** Whoever may look somebody up but not read what stands for them sees how they stand, and not what that rests on. */
function describedFor(reader: Practitioner, { id }: Practitioner, described: Described): Described {
  if (mayReadRecordsOf(reader, id)) return described;
  const standings = described.standings.map((one) => ({ ...one, findings: [], requirements: [] }));
  return { ...described, standings, suspensions: [], evidence: [], guidelinesWanted: [], fallingDue: [] };
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
