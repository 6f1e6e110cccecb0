import { mayAct } from './act-permissions.ts';
import type { Principal } from './principal.ts';
import type { ReasonInstance } from './reasons.ts';
import type { RegisterActName } from './register-acts.ts';
import type { Instant, RegisterSnapshot } from './register.ts';

/** Whether somebody may do an act at all, as they are signed in now. */
export interface ActOffer {
  readonly act: RegisterActName;
  /** Empty exactly when they may. */
  readonly reasons: readonly ReasonInstance[];
  /** How many people it takes. */
  readonly people: 1 | 2;
}

/** What the policy says of an act, for somebody who thinks of doing it. */
export function offerOf(
  act: RegisterActName,
  principal: Principal,
  register: RegisterSnapshot,
  now: Instant,
): ActOffer {
  const rule = register.policy.acts.find((one) => one.act === act);
  return { act, reasons: mayAct(act, principal, register, now), people: rule?.people ?? 1 };
}
