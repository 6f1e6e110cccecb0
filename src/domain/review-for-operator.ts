import { bestStanding } from './decide-credential.ts';
import type { ModelName, PractitionerId, VersionString } from './identifiers.ts';
import type { DispositionDuty } from './policy.ts';
import type { Approval, Instant, Practitioner, RegisterSnapshot } from './register.ts';
import { holds } from './walk-list.ts';
import { FINAL_DISPOSITIONS, type AiFunction, type Disposition } from './words.ts';

/** What a case asked for. */
export interface AskedOfCase {
  readonly function: AiFunction;
  readonly model: ModelName;
  readonly version: VersionString;
}

/** A case as whoever may review it is judged by. */
export interface ReviewedCase {
  /** Absent once erased, and then nobody reviews it. */
  readonly caseOwner?: PractitionerId;
  readonly supervisor?: PractitionerId;
  /** Absent where the log does not say. */
  readonly asked?: AskedOfCase;
}

/**
 * Whether a final interpretation of a case is somebody's to record although the case is another's: an operator, who "prepares the AI outputs
 * for review", and whose supervisor is one too, can never record it themselves. It is anybody's who holds the credential, and an independent
 * approval for exactly what the case asked for which the operator did not grant.
 */
export function isToReview(
  reviewed: ReviewedCase,
  { person, disposition }: { readonly person: Practitioner; readonly disposition: Disposition },
  register: RegisterSnapshot,
  now: Instant,
): boolean {
  const { asked, caseOwner, supervisor } = reviewed;
  const duty = finalDuty(disposition, register);
  if (duty === undefined || asked === undefined || caseOwner === undefined) return false;
  const others = supervisor === undefined ? [caseOwner] : [caseOwner, supervisor];
  return (
    others.every((id) => isNeverTheirs(register.practitioner(id), duty, { register, now })) &&
    bestStanding({ practitioner: person, credentials: duty.credentials }, register, now)?.status ===
      'current' &&
    register
      .approvalsFor(person.id, asked.model, asked.version)
      .some((approval) => carries(approval, { asked, others, now }))
  );
}

function finalDuty(disposition: Disposition, { policy }: RegisterSnapshot): DispositionDuty | undefined {
  const isFinal = FINAL_DISPOSITIONS.includes(disposition);
  return isFinal ? policy.dispositions.find((one) => one.disposition === disposition) : undefined;
}

/** Not for their profession. Whose credential has lapsed can have it again, and their case stays theirs. */
function isNeverTheirs(
  practitioner: Practitioner | undefined,
  { credentials }: DispositionDuty,
  { register, now }: { readonly register: RegisterSnapshot; readonly now: Instant },
): boolean {
  if (practitioner === undefined) return false;
  return bestStanding({ practitioner, credentials }, register, now) === undefined;
}

function carries(
  { mode, functions, from, until, endedBecause, practitioner, grantedBy }: Approval,
  {
    asked,
    others,
    now,
  }: { readonly asked: AskedOfCase; readonly others: readonly string[]; readonly now: Instant },
): boolean {
  const isInDate = from <= now && now < until && endedBecause === undefined;
  const isGranted = ![practitioner, ...others].includes(grantedBy);
  return mode === 'independent' && isInDate && isGranted && holds(functions, asked.function);
}
