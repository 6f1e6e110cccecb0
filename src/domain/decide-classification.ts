import { bestStanding } from './decide-credential.ts';
import { judgeLogin, judgeMapping, judgePerson, judgeSession } from './decide-identity.ts';
import { explain, NO_FINDINGS, type Finding } from './finding.ts';
import type { DispositionDuty, Policy } from './policy.ts';
import type { Principal } from './principal.ts';
import type { Reason, ReasonInstance } from './reasons.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** What is asked: may this person see what nobody has named yet, or say what made it? */
export interface ClassificationQuestion {
  readonly caller: Principal;
  readonly to: 'see' | 'classify';
}

/** Permit or deny, with every reason that applies. */
export interface ClassificationDecision {
  readonly permitted: boolean;
  /** Empty exactly when permitted. */
  readonly reasons: readonly ReasonInstance<Reason>[];
  readonly at: Instant;
  readonly registerSequence: number;
  readonly policy: Pick<Policy, 'id' | 'version' | 'digest'>;
  readonly practitioner?: Practitioner;
}

/**
 * Whether the person may say of a stored object what made it, or see one that names no version of the register. Whether AI had a hand in
 * something is a final interpretation: the policy’s word on who may override a result says whose it is, and how strongly and freshly
 * they must have signed in. To see it only, a sign-in will do that is good for seeing any AI result. The credential must be current and
 * let its holder work alone.
 */
export function decideClassification(
  { caller, to }: ClassificationQuestion,
  register: RegisterSnapshot,
  now: Instant,
): ClassificationDecision {
  const { policy, sequence: registerSequence } = register;
  const [practitioner, ...others] = register.practitionersByIdentity(caller.provider, caller.subject);
  const person = others.length > 0 ? undefined : practitioner;
  const duty = policy.dispositions.find(({ disposition }) => disposition === 'overridden');
  const login = to === 'classify' ? duty : policy.duties.find((one) => one.function === 'view');
  const reasons = explain([
    ...judgeMapping(caller, register),
    ...judgeSession(caller),
    ...(duty === undefined || login === undefined ? [OUTSIDE_DUTY] : judgeLogin(caller, login, now)),
    ...(person === undefined ? [] : judgeHolder(person, duty, register, now)),
  ]);
  return {
    permitted: reasons.length === 0,
    reasons,
    at: now,
    registerSequence,
    policy: { id: policy.id, version: policy.version, digest: policy.digest },
    ...(person === undefined ? {} : { practitioner: person }),
  };
}

const OUTSIDE_DUTY: Finding = {
  code: 'function-not-in-duty',
  facts: { function: 'saying what made a stored object' },
};

function judgeHolder(
  practitioner: Practitioner,
  duty: DispositionDuty | undefined,
  register: RegisterSnapshot,
  now: Instant,
): readonly Finding[] {
  const standing = duty === undefined ? [] : judgeStanding(practitioner, duty, register, now);
  return [...judgePerson(practitioner, register, now), ...standing];
}

function judgeStanding(
  practitioner: Practitioner,
  { credentials }: DispositionDuty,
  register: RegisterSnapshot,
  now: Instant,
): readonly Finding[] {
  const standing = bestStanding({ practitioner, credentials }, register, now);
  if (standing === undefined) return [OUTSIDE_DUTY];
  if (standing.status !== 'current') return standing.findings;
  const { supervisedOnly, title } = standing.scheme;
  return supervisedOnly
    ? [{ code: 'credential-supervised-only', facts: { credential: title } }]
    : NO_FINDINGS;
}
