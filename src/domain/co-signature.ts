import { bestStanding } from './decide-credential.ts';
import { judgeLogin, judgeMapping, judgePerson, judgeSession } from './decide-identity.ts';
import { judgeLife, judgeModel } from './decide-model.ts';
import type { Question } from './decision.ts';
import { explain, NO_FINDINGS, type Finding } from './finding.ts';
import type { PractitionerId } from './identifiers.ts';
import { gatherMatter, namesOf, type Matter } from './matter.ts';
import type { CoSigners, Policy } from './policy.ts';
import type { Reason, ReasonInstance } from './reasons.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';
import type { AiFunction } from './words.ts';

/** How a co-signer can answer. */
export const CO_SIGNATURES = ['co-signed', 'refused'] as const;
export type CoSignature = (typeof CO_SIGNATURES)[number];

/** How long a sealed result waits for its second signature, and can be read after it, where the policy says nothing. */
const DEFAULT_HOURS = 24;

/** What is asked: may this person see a sealed result, or answer it? */
export interface CoSignQuestion extends Pick<
  Question,
  'caller' | 'function' | 'model' | 'version' | 'study'
> {
  /** Who asked for the result; absent once that was erased, and then nobody may. */
  readonly asker?: PractitionerId;
  /**
   * `list`: that it waits, and for what. `refused` is the safe direction, so nothing about the model or the study stands in its way.
   */
  readonly to: 'list' | 'see' | CoSignature;
}

/** Permit or deny, with every reason that applies. */
export interface CoSignDecision {
  readonly permitted: boolean;
  /** Empty exactly when permitted. */
  readonly reasons: readonly ReasonInstance<Reason>[];
  readonly practitioner?: Practitioner;
}

/**
 * What a call asks where the policy wants a second signature: to run, with its result sealed until that is given. To be part of the
 * question of every list and every call alike.
 */
export function sealedWhereWanted(
  fn: AiFunction,
  { duties }: Pick<Policy, 'duties'>,
): Pick<Question, 'coSignature'> {
  const isWanted = duties.some((duty) => duty.function === fn && duty.coSignature);
  return isWanted ? { coSignature: 'to-come' } : {};
}

/** How long a result of this function stays sealed and readable, ms. */
export function sealedForMs(fn: AiFunction, { duties }: Pick<Policy, 'duties'>): number {
  const hours = duties.find((duty) => duty.function === fn)?.coSigners?.withinHours ?? DEFAULT_HOURS;
  return hours * 3_600_000;
}

/**
 * Whether the person may co-sign what somebody else asked for, or see what they would sign: another person, with a credential that the
 * policy names for it, current, and as strongly and freshly signed in as it says; and the version still in use, with no stop-use in force.
 */
export function decideCoSignature(
  question: CoSignQuestion,
  register: RegisterSnapshot,
  now: Instant,
): CoSignDecision {
  const { caller, to, asker: _asker, ...asked } = question;
  const matter = gatherMatter({ ...asked, caller, coSignature: 'to-come' }, register, now);
  const person = matter.practitioner;
  const coSigners = matter.duty?.coSigners;
  const isAboutResult = to === 'see' || to === 'co-signed';
  const reasons = explain([
    ...judgeMapping(caller, register),
    ...judgeSession(caller),
    ...(coSigners === undefined ? [outsideDuty(matter)] : judgeLogin(caller, coSigners, now)),
    ...(isAboutResult ? [...judgeModel(matter), ...judgeLife(matter, 'independent')] : []),
    ...(person === undefined ? [] : judgeCoSigner({ matter, person, question, coSigners })),
  ]);
  const permitted = reasons.length === 0;
  return { permitted, reasons, ...(person === undefined ? {} : { practitioner: person }) };
}

interface Signing {
  readonly matter: Matter;
  readonly person: Practitioner;
  readonly question: CoSignQuestion;
  readonly coSigners: CoSigners | undefined;
}

function judgeCoSigner({ matter, person, question, coSigners }: Signing): readonly Finding[] {
  const { register, now } = matter;
  const isAnother = question.asker !== undefined && question.asker !== person.id;
  return [
    ...judgePerson(person, register, now),
    ...(isAnother ? [] : [SAME_PERSON]),
    ...(coSigners === undefined ? [] : judgeStanding(matter, person, coSigners)),
  ];
}

const SAME_PERSON: Finding = { code: 'co-signer-is-asker' };

/** Whom the credential never lets work alone cannot stand in for a second person either. */
function judgeStanding(
  matter: Matter,
  practitioner: Practitioner,
  { credentials }: CoSigners,
): readonly Finding[] {
  const { register, now } = matter;
  const standing = bestStanding({ practitioner, credentials }, register, now);
  if (standing === undefined) return [outsideDuty(matter)];
  if (standing.status !== 'current') return standing.findings;
  const { supervisedOnly, title } = standing.scheme;
  return supervisedOnly
    ? [{ code: 'credential-supervised-only', facts: { credential: title } }]
    : NO_FINDINGS;
}

function outsideDuty(matter: Matter): Finding {
  return { code: 'function-not-in-duty', facts: { ...namesOf(matter), function: 'co-signing' } };
}
