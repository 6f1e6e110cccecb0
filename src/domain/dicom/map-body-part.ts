import type { BodyPartRule } from '../policy.ts';

/**
 * Body parts from descriptions by the policy's rules, upper case and sorted: a rule fits a description that holds all its
 * words. Words are compared whole and in lower case, so that `arm` is not found in `alarm`.
 */
export function mapBodyParts(
  descriptions: readonly string[],
  rules: readonly BodyPartRule[],
): readonly string[] {
  const spoken = descriptions.map((text) => new Set(text.toLowerCase().split(/[^\p{L}\p{N}]+/u)));
  const found = rules.filter(
    (rule) => rule.words.length > 0 && spoken.some((words) => rule.words.every((word) => words.has(word))),
  );
  return [...new Set(found.map((rule) => rule.bodyPart.toUpperCase()))].toSorted();
}
