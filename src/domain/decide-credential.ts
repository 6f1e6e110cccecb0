import { credentialStatus, type CredentialStanding } from './credential-status.ts';
import { isInForce } from './evidence-count.ts';
import type { EvidenceType } from './evidence-types.ts';
import type { Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';
import type { ApprovalMode, CredentialStatus } from './words.ts';

/** Best first. */
const PREFERENCE: readonly CredentialStatus[] = ['current', 'in-training', 'lapsed', 'suspended', 'none'];

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
  const evidence = register.evidenceOf(practitioner.id);
  const family = modelFamily === undefined ? {} : { modelFamily };
  const standings = register.policy.schemes
    .filter(
      ({ id, professions }) => credentials.includes(id) && professions.includes(practitioner.profession),
    )
    .map((scheme) => credentialStatus({ practitioner, scheme, evidence, ...family }, now));
  return PREFERENCE.flatMap((status) => standings.filter((standing) => standing.status === status))[0];
}

/** The standing that counts for the function asked for; undefined when it is no duty of this person's profession. */
export function standingFor(matter: Matter): CredentialStanding | undefined {
  const { practitioner, duty, modelVersion, register, now } = matter;
  if (practitioner === undefined || duty === undefined) return undefined;
  const family = modelVersion === undefined ? {} : { modelFamily: modelVersion.family };
  return bestStanding({ practitioner, credentials: duty.credentials, ...family }, register, now);
}

/**
 * Whether a credential allows the function (current, or in training where the approval's mode is sandbox or supervised), with
 * the further evidence and the guideline that go with it.
 */
export function judgeCredential(
  matter: Matter,
  standing: CredentialStanding | undefined,
  mode: ApprovalMode | undefined,
): readonly Finding[] {
  const { practitioner, duty, question } = matter;
  const facts = namesOf(question);
  if (duty === undefined) return [{ code: 'function-not-in-duty', facts }];
  const coSignature: readonly Finding[] = duty.coSignature ? [{ code: 'co-signature-missing', facts }] : [];
  if (practitioner === undefined) return coSignature;
  if (standing === undefined) return [{ code: 'function-not-in-duty', facts }, ...coSignature];
  return [
    ...(allows(standing, mode) ? [] : standing.findings),
    ...duty.evidence.filter((type) => !hasInForce(matter, practitioner, type)).map(missingEvidence),
    ...guideline(matter, practitioner),
    ...coSignature,
  ];
}

function allows({ status }: CredentialStanding, mode: ApprovalMode | undefined): boolean {
  const isLearning = mode === 'sandbox' || mode === 'supervised';
  return status === 'current' || (status === 'in-training' && isLearning);
}

function hasInForce({ register, now }: Matter, { id }: Practitioner, type: EvidenceType): boolean {
  return register.evidenceOf(id).some((piece) => piece.type === type && isInForce(piece, now));
}

function missingEvidence(type: EvidenceType): Finding {
  return { code: 'requirement-missing', facts: { detail: type.replaceAll('-', ' ') } };
}

/** The guideline of the model must have been acknowledged at its current version; a model without one asks for nothing. */
function guideline(matter: Matter, practitioner: Practitioner): readonly Finding[] {
  const wanted = matter.modelVersion?.guideline;
  if (wanted === undefined) return [];
  const name = `${wanted.id}@${wanted.version}`;
  const isAcknowledged = matter.register
    .evidenceOf(practitioner.id)
    .some(
      (piece) =>
        piece.type === 'guideline-acknowledgement' &&
        piece.guideline === name &&
        isInForce(piece, matter.now),
    );
  const detail = `${wanted.id}, version ${wanted.version}`;
  return isAcknowledged
    ? []
    : [{ code: 'guideline-unacknowledged', facts: { ...namesOf(matter.question), detail } }];
}
