import { judgeEntitled } from './act-authority.ts';
import type { EvidenceType } from './evidence-types.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** Kinds of evidence that somebody's duties and credentials let them put on record for others, in the order of the policy. */
export function attestableTypes(
  person: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): readonly EvidenceType[] {
  const rules = register.policy.attestations.filter(
    (rule) => judgeEntitled(rule, person, { register, now }).length === 0,
  );
  return [...new Set(rules.flatMap(({ evidence }) => evidence))];
}
