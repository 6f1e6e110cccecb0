import { judgeActor } from './act-authority.ts';
import { explainAct } from './act-finding.ts';
import { judgeMapping } from './decide-identity.ts';
import type { Principal } from './principal.ts';
import type { ReasonInstance } from './reasons.ts';
import type { RegisterActName } from './register-acts.ts';
import type { Instant, RegisterSnapshot } from './register.ts';

/**
 * Whether somebody may do acts of this name at all, as they are signed in now: empty exactly when they may. The same rule judges the
 * act itself; what it is about can still stand against it.
 */
export function mayAct(
  act: RegisterActName,
  principal: Principal,
  register: RegisterSnapshot,
  now: Instant,
): readonly ReasonInstance[] {
  const unclear = judgeMapping(principal, register);
  const [person] = register.practitionersByIdentity(principal.provider, principal.subject);
  if (unclear.length > 0 || person === undefined) return explainAct(unclear);
  return explainAct(judgeActor({ act, person, seat: 'first', principal }, register, now));
}
