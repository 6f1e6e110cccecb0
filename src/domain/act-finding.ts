import { actReasonOf } from './act-reason-texts.ts';
import { ACT_REASONS, type ActReason } from './act-reasons.ts';
import { explain } from './finding.ts';
import { REASONS, type Reason, type ReasonFacts, type ReasonInstance } from './reasons.ts';

/** One thing that stands against an act on the register, before it is put into words. */
export interface ActFinding {
  readonly code: Reason | ActReason;
  readonly facts?: ReasonFacts;
}

/**
 * Findings as people read them: those that decisions give too, in their order, then the others in the order of ACT_REASONS; each
 * code once, with the details of all its findings.
 */
export function explainAct(findings: readonly ActFinding[]): readonly ReasonInstance[] {
  const byCode = Map.groupBy(findings, ({ code }) => code);
  const ofDecisions = REASONS.flatMap((code) =>
    (byCode.get(code) ?? []).map(({ facts }) => ({ code, ...(facts === undefined ? {} : { facts }) })),
  );
  const others = ACT_REASONS.flatMap((code) => {
    const same = byCode.get(code);
    return same === undefined ? [] : [actReasonOf(code, detailsOf(same))];
  });
  return [...explain(ofDecisions), ...others];
}

function detailsOf(same: readonly ActFinding[]): ReasonFacts {
  const details = new Set(same.flatMap(({ facts }) => (facts?.detail === undefined ? [] : [facts.detail])));
  return { ...same[0]?.facts, ...(details.size === 0 ? {} : { detail: [...details].join('; ') }) };
}
