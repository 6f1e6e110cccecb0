import { judgeEntitled } from './act-authority.ts';
import { explainAct, type ActFinding } from './act-finding.ts';
import { judgeLogin, judgeMapping } from './decide-identity.ts';
import type { Principal } from './principal.ts';
import type { ReasonInstance } from './reasons.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** Whether somebody may report the truth about cases, and who they are in the register. */
export interface TruthDecision {
  /** Empty exactly when they may. */
  readonly reasons: readonly ReasonInstance[];
  readonly practitioner?: Practitioner;
}

const NOBODYS: ActFinding = {
  code: 'act-not-in-duty',
  facts: { detail: 'somebody the policy names for it; it names nobody' },
};

/**
 * Whether the person may say what was found out later about cases: whom the policy names for it, as strongly and freshly signed in as it
 * says. Nobody where it names nobody. A duty around the records, so a session that may have been revoked is not enough.
 */
export function judgeTruth(caller: Principal, register: RegisterSnapshot, now: Instant): TruthDecision {
  const rule = register.policy.truth;
  const [practitioner, ...others] = register.practitionersByIdentity(caller.provider, caller.subject);
  const person = others.length > 0 ? undefined : practitioner;
  const reasons = explainAct([
    ...judgeMapping(caller, register),
    ...(rule === undefined ? [NOBODYS] : judgeLogin(caller, rule, now)),
    ...(rule === undefined || person === undefined ? [] : judgeEntitled(rule, person, { register, now })),
  ]);
  return { reasons, ...(person === undefined ? {} : { practitioner: person }) };
}
