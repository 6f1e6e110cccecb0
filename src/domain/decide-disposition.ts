import type { CredentialStanding } from './credential-status.ts';
import { bestStanding } from './decide-credential.ts';
import { judgeLogin, judgeMapping, judgePerson, judgeSession } from './decide-identity.ts';
import { explain, NO_FINDINGS, type Finding } from './finding.ts';
import type { PractitionerId } from './identifiers.ts';
import type { DispositionDuty } from './policy.ts';
import type { Principal } from './principal.ts';
import type { Reason, ReasonInstance } from './reasons.ts';
import { isToReview, type ReviewedCase } from './review-for-operator.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';
import { FINAL_DISPOSITIONS, type Disposition } from './words.ts';

/** What is asked: may this person say that of this case? */
export interface DispositionQuestion extends ReviewedCase {
  readonly caller: Principal;
  readonly disposition: Disposition;
  /** Whose case it is; absent once that was erased, and then nobody may. */
  readonly caseOwner?: PractitionerId;
  /** The supervisor the case was worked under, where its approval was a supervised one. */
  readonly supervisor?: PractitionerId;
}

/** Permit or deny, with every reason that applies. */
export interface DispositionDecision {
  readonly permitted: boolean;
  /** Empty exactly when permitted. */
  readonly reasons: readonly ReasonInstance<Reason>[];
  readonly practitioner?: Practitioner;
}

/**
 * Whether the person may say what became of an AI result. Only the case's own practitioner or their supervisor may, and only
 * with a credential that the policy names for it: a final interpretation (accepted, edited, overridden) is the Responsible
 * Clinician's, who is "legally empowered to accept or override algorithmic advice"; an operator may ignore or flag.
 * Somebody in training holds no such title yet, so in their supervised cases they may ignore or flag, which keeps a doubt from
 * going unsaid, while the final interpretation is their supervisor's to record. Nor may somebody record it whose credential never
 * lets them work alone. What an operator prepared is reviewed by a Responsible Clinician with an approval for it (`isToReview`).
 */
export function decideDisposition(
  question: DispositionQuestion,
  register: RegisterSnapshot,
  now: Instant,
): DispositionDecision {
  const person = personOf(question, register);
  const reasons = explain(judgeDisposition(question, register, now));
  return {
    permitted: reasons.length === 0,
    reasons,
    ...(person === undefined ? {} : { practitioner: person }),
  };
}

function personOf({ caller }: DispositionQuestion, register: RegisterSnapshot): Practitioner | undefined {
  const [practitioner, ...others] = register.practitionersByIdentity(caller.provider, caller.subject);
  return others.length > 0 ? undefined : practitioner;
}

/** The same before it is put into words: nothing where the person may. */
export function judgeDisposition(
  question: DispositionQuestion,
  register: RegisterSnapshot,
  now: Instant,
): readonly Finding[] {
  const { caller, disposition } = question;
  const person = personOf(question, register);
  const duty = register.policy.dispositions.find((one) => one.disposition === disposition);
  return [
    ...judgeMapping(caller, register),
    ...judgeSession(caller),
    ...(duty === undefined ? [outsideDuty(disposition)] : judgeLogin(caller, duty, now)),
    ...(person === undefined ? [] : judgePerson(person, register, now)),
    ...(person === undefined ? [] : judgeOwnership(question, person, { register, now })),
    ...(person === undefined || duty === undefined
      ? []
      : judgeStanding({ question, person, duty }, register, now)),
  ];
}

/** Whether a person could say that of a case of their own, were they signed in for it. */
export function couldSay(
  { person, disposition }: { readonly person: Practitioner; readonly disposition: Disposition },
  register: RegisterSnapshot,
  now: Instant,
): boolean {
  const duty = register.policy.dispositions.find((one) => one.disposition === disposition);
  if (duty === undefined || judgePerson(person, register, now).length > 0) return false;
  const question = { disposition, caseOwner: person.id };
  return judgeStanding({ question, person, duty }, register, now).length === 0;
}

/** What people of somebody's profession say of results at all; whether they may now, `decideDisposition` says, and why not. */
export function answersOf(
  person: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): readonly Disposition[] {
  return register.policy.dispositions
    .filter(
      ({ credentials }) => bestStanding({ practitioner: person, credentials }, register, now) !== undefined,
    )
    .map(({ disposition }) => disposition);
}

function outsideDuty(disposition: Disposition): Finding {
  return { code: 'function-not-in-duty', facts: { function: `marking a result as ${disposition}` } };
}

function judgeOwnership(
  question: DispositionQuestion,
  person: Practitioner,
  { register, now }: { readonly register: RegisterSnapshot; readonly now: Instant },
): readonly Finding[] {
  const { caseOwner, supervisor, disposition } = question;
  const isTheirs = person.id === caseOwner || person.id === supervisor;
  return isTheirs || isToReview(question, { person, disposition }, register, now)
    ? []
    : [{ code: 'case-of-another' }];
}

interface StandingMatter {
  readonly question: Omit<DispositionQuestion, 'caller'>;
  readonly person: Practitioner;
  readonly duty: DispositionDuty;
}

function judgeStanding(
  { question, person, duty }: StandingMatter,
  register: RegisterSnapshot,
  now: Instant,
): readonly Finding[] {
  const standing = bestStanding({ practitioner: person, credentials: duty.credentials }, register, now);
  if (standing === undefined) return [outsideDuty(question.disposition)];
  const isFinal = FINAL_DISPOSITIONS.includes(question.disposition);
  const isEnough =
    standing.status === 'current' || (!isFinal && isSupervisedTrainee(question, person, standing));
  if (!isEnough) return standing.findings;
  const { supervisedOnly, title } = standing.scheme;
  if (!isFinal || !supervisedOnly) return NO_FINDINGS;
  return [{ code: 'credential-supervised-only', facts: { credential: title } }];
}

function isSupervisedTrainee(
  { supervisor, caseOwner }: Omit<DispositionQuestion, 'caller'>,
  person: Practitioner,
  { status }: CredentialStanding,
): boolean {
  return status === 'in-training' && supervisor !== undefined && person.id === caseOwner;
}
