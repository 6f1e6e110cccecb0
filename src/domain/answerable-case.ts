import type { CaseView } from './case-view.ts';
import { DISPOSITIONS, type Disposition } from './words.ts';

/** States in which there is a whole result. */
const WHOLE: readonly CaseView['state'][] = ['released', 'viewed'];

/** Nothing whole was given to accept or to edit. */
const OF_A_PART: readonly Disposition[] = ['overridden', 'ignored', 'flagged'];

type Shown = Pick<CaseView, 'state' | 'shownInPart'>;

/** Whether a case holds a whole result. */
export function isWhole({ state }: Pick<CaseView, 'state'>): boolean {
  return WHOLE.includes(state);
}

/** Whether somebody was shown what AI said, all of it or a part, so that there is something for a human to answer. */
export function isAnswerable(view: Shown): boolean {
  return isWhole(view) || view.shownInPart === true;
}

/** What a human can say of a case, whoever it is; nothing where nothing was shown. */
export function answersTo(view: Shown): readonly Disposition[] {
  if (isWhole(view)) return DISPOSITIONS;
  return isAnswerable(view) ? OF_A_PART : [];
}
