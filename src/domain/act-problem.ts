import type { ActReason } from './act-reasons.ts';
import { GatewayError, NotPermitted } from './errors.ts';
import type { ReasonInstance } from './reasons.ts';

/** Reasons that say only that the register is as it is: somebody was quicker, or it has been done already. */
const CONFLICTS: readonly ReasonInstance['code'][] = [
  'exists-already',
  'nothing-to-change',
  'already-suspended',
  'not-suspended',
  'approval-overlaps',
  'approval-ended',
  'wrong-model-state',
  'stop-use-over',
  'guideline-signed-already',
  'proposal-overtaken',
  'proposal-complete',
] satisfies readonly ActReason[];

/** The error that tells of a refused act: a conflict where nothing but the state of the register is against it, else a refusal. */
export function actProblem(reasons: readonly ReasonInstance[]): GatewayError {
  if (!reasons.every(({ code }) => CONFLICTS.includes(code))) return new NotPermitted(reasons);
  return new GatewayError('conflict', { detail: reasons.map(({ text }) => text).join(' '), reasons });
}
