import type { CaseView } from './case-view.ts';

/** States in which there is a result for a human to answer. */
const ANSWERABLE: readonly CaseView['state'][] = ['released', 'viewed'];

/** Whether a case holds a result that a human can answer: accept, edit, override, ignore or flag. */
export function isAnswerable({ state }: Pick<CaseView, 'state'>): boolean {
  return ANSWERABLE.includes(state);
}
