import type { ActFinding } from './act-finding.ts';
import type { ModelVersion } from './register.ts';
import { MODEL_STATES, type ModelState } from './words.ts';

/** Acts that ask in which state a version is. Stop-use and its lifting do not: they stand beside the state, whichever it is. */
export const LIFE_ACTS = [
  'change-model',
  'approve-plan',
  'record-acceptance-test',
  'release-model',
  'sign-name-only',
  'retire-model',
  'grant-approval',
  'carry-over-approvals',
] as const;
export type LifeAct = (typeof LIFE_ACTS)[number];

/**
 * In which states each act is open: registered → acceptance (a plan is approved) → released (signed) → retired. A released version
 * can be released at further sites; a plan for it would take it away from those who use it.
 */
const OPEN_IN: Readonly<Record<LifeAct, readonly ModelState[]>> = {
  'change-model': MODEL_STATES,
  'approve-plan': ['registered', 'acceptance'],
  'record-acceptance-test': ['acceptance'],
  'release-model': ['acceptance', 'released'],
  'sign-name-only': ['registered', 'acceptance', 'released'],
  'retire-model': ['registered', 'acceptance', 'released'],
  'grant-approval': ['registered', 'acceptance', 'released'],
  'carry-over-approvals': ['registered', 'acceptance', 'released'],
};

const LEADS_TO: Readonly<Partial<Record<LifeAct, ModelState>>> = {
  'approve-plan': 'acceptance',
  'release-model': 'released',
  'retire-model': 'retired',
};

/** Whether an act is open to a version in the state it is in. */
export function judgeLife(
  act: LifeAct,
  { model, version, state }: Pick<ModelVersion, 'model' | 'version' | 'state'>,
): readonly ActFinding[] {
  if (OPEN_IN[act].includes(state)) return [];
  return [{ code: 'wrong-model-state', facts: { model, version, detail: state } }];
}

/** The state a version is in after an act that is open to it. */
export function stateAfter(act: LifeAct, state: ModelState): ModelState {
  return LEADS_TO[act] ?? state;
}
