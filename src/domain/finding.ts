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
  const byCode = new Map<Reason, ReasonFacts>();
  for (const { code, facts = {} } of findings) {
    const before = byCode.get(code);
    byCode.set(code, before === undefined ? facts : joined(before, facts));
  }
  return REASONS.flatMap((code) => {
    const facts = byCode.get(code);
    return facts === undefined ? [] : [reasonOf(code, facts)];
  });
}

function joined(first: ReasonFacts, second: ReasonFacts): ReasonFacts {
  const details = [first.detail, second.detail].filter((detail) => detail !== undefined);
  const detail = [...new Set(details)].join('; ');
  return detail === '' ? first : { ...first, detail };
}
