import { reasonOf } from './reason-texts.ts';
import { REASONS, type Reason, type ReasonFacts, type ReasonInstance } from './reasons.ts';

/** One thing that stands in the way, before it is put into words. */
export interface Finding {
  readonly code: Reason;
  readonly facts?: ReasonFacts;
}

/**
 * Findings as people read them: in the order of REASONS (identity, model, credential, approval, scope), each code once.
 * Where one code was found several times its details are joined, so that nothing that is missing goes unsaid.
 */
export function explain(findings: readonly Finding[]): readonly ReasonInstance[] {
  const byCode = Map.groupBy(findings, ({ code }) => code);
  return REASONS.flatMap((code) => {
    const same = byCode.get(code);
    return same === undefined ? [] : [reasonOf(code, joined(same))];
  });
}

/** The facts of the first, with the details of all. */
function joined(same: readonly Finding[]): ReasonFacts {
  const details = new Set(same.flatMap(({ facts }) => (facts?.detail === undefined ? [] : [facts.detail])));
  return { ...same[0]?.facts, ...(details.size === 0 ? {} : { detail: [...details].join('; ') }) };
}
