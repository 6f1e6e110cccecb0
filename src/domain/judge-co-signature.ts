import { NO_FINDINGS, type Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';

/** Whether the second signature that the policy wants is missing: neither given, nor is the result to be sealed until it is. */
export function judgeCoSignature(matter: Matter): readonly Finding[] {
  const isMissing = matter.duty?.coSignature === true && matter.question.coSignature === undefined;
  return isMissing ? [{ code: 'co-signature-missing', facts: namesOf(matter) }] : NO_FINDINGS;
}
