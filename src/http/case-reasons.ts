import type { CaseView } from '../domain/case-view.ts';
import { reasonOf } from '../domain/reason-texts.ts';
import { REASONS, type Reason, type ReasonInstance } from '../domain/reasons.ts';

/** A case keeps codes only; here they are sentences again, without the dates that the decision had in hand. */
export function caseReasons(view: CaseView): readonly ReasonInstance[] {
  const { model, version, site } = view;
  const facts = { model, version, function: view.function, ...(site === undefined ? {} : { site }) };
  return view.reasons.filter(isReason).map((code) => reasonOf(code, facts));
}

function isReason(code: string): code is Reason {
  return REASONS.some((reason) => reason === code);
}
