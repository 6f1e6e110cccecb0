import type { CredentialStanding } from './credential-status.ts';
import type { EvidenceType } from './evidence-types.ts';
import { credentialsFor } from './directed-credentials.ts';
import { NO_FINDINGS, together, type Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import { standingOfPerson, type PersonStanding } from './person-standing.ts';
import type { Duty } from './policy.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';
import { holds } from './walk-list.ts';
import type { ApprovalMode, CredentialStatus } from './words.ts';

/** Lowest is best. */
const PREFERENCE: Readonly<Record<CredentialStatus, number>> = {
  current: 0,
  'in-training': 1,
  lapsed: 2,
  suspended: 3,
  none: 4,
};

interface StandingQuestion {
  readonly practitioner: Practitioner;
  /** Schemes that would do. */
  readonly credentials: readonly string[];
  readonly modelFamily?: string;
}

/** The person's best standing among the schemes that would do; undefined when none of them is for their profession. */
export function bestStanding(
  { practitioner, credentials, modelFamily }: StandingQuestion,
  register: RegisterSnapshot,
  now: Instant,
): CredentialStanding | undefined {
  return bestOf(standingOfPerson(register, practitioner, now), credentials, modelFamily);
}

/** Of two that are equal the one that lets a person work alone, then the one that the policy names first. */
function bestOf(
  person: PersonStanding,
  credentials: readonly string[],
  modelFamily: string | undefined,
): CredentialStanding | undefined {
  const { schemes } = person.policy;
  let best: CredentialStanding | undefined;
  for (let place = 0; place < schemes.length; place += 1) {
    if (!holds(credentials, schemes[place]?.id)) continue;
    const standing = person.byPlace[place]?.inFamily(modelFamily);
    if (isBetter(standing, best)) best = standing;
  }
  return best;
}

function isBetter(one: CredentialStanding | undefined, other: CredentialStanding | undefined): boolean {
  return one !== undefined && (other === undefined || placeOf(one) < placeOf(other));
}

function placeOf({ status, scheme }: CredentialStanding): number {
  return PREFERENCE[status] + (scheme.supervisedOnly ? 0.5 : 0);
}

/** The standing of a person that counts for the function asked for; undefined when it is no duty of their profession. */
export function standingFor(
  { duty, modelVersion, question }: Matter,
  person: PersonStanding | undefined,
): CredentialStanding | undefined {
  if (person === undefined || duty === undefined) return undefined;
  return bestOf(person, credentialsFor(duty, question.model), modelVersion?.family);
}

/**
 * Whether a person's credential allows the function (current, or in training where the approval's mode is sandbox or
 * supervised), with the further evidence and the guideline that go with it. `standing` is the person's for this function.
 */
export function judgeCredential(
  matter: Matter,
  person: PersonStanding | undefined,
  standing: CredentialStanding | undefined,
  mode: ApprovalMode | undefined,
): readonly Finding[] {
  const { duty } = matter;
  if (duty === undefined) return [outsideDuty(matter)];
  if (person === undefined) return NO_FINDINGS;
  if (standing === undefined) return [outsideDuty(matter)];
  return together(
    allows(standing, mode) ? NO_FINDINGS : standing.findings,
    judgeReach(standing, mode),
    together(judgeEvidence(duty, person), judgeGuideline(matter, person)),
  );
}

function outsideDuty(matter: Matter): Finding {
  return { code: 'function-not-in-duty', facts: namesOf(matter) };
}

function allows({ status }: CredentialStanding, mode: ApprovalMode | undefined): boolean {
  const isLearning = mode === 'sandbox' || mode === 'supervised';
  return status === 'current' || (status === 'in-training' && isLearning);
}

/** Whether a credential reaches as far as the approval: some never let a person work alone. */
function judgeReach({ scheme }: CredentialStanding, mode: ApprovalMode | undefined): readonly Finding[] {
  if (!scheme.supervisedOnly || mode !== 'independent') return NO_FINDINGS;
  return [{ code: 'credential-supervised-only', facts: { credential: scheme.title } }];
}

function judgeEvidence({ evidence }: Duty, { dutyEvidence }: PersonStanding): readonly Finding[] {
  if (evidence.length === 0) return NO_FINDINGS;
  return evidence.filter((type) => !dutyEvidence.includes(type)).map(missingEvidence);
}

function missingEvidence(type: EvidenceType): Finding {
  return { code: 'requirement-missing', facts: { detail: type.replaceAll('-', ' ') } };
}

function judgeGuideline(matter: Matter, { acknowledged }: PersonStanding): readonly Finding[] {
  if (matter.guideline === undefined) return NO_FINDINGS;
  const { id, version } = matter.guideline;
  if (holds(acknowledged.get(id) ?? NO_VERSIONS, version)) return NO_FINDINGS;
  const detail = `${id}, version ${version}`;
  return [{ code: 'guideline-unacknowledged', facts: { ...namesOf(matter), detail } }];
}

const NO_VERSIONS: readonly string[] = Object.freeze([]);
