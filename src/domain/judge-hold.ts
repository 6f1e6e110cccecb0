import { judgeDisposition } from './decide-disposition.ts';
import { NO_FINDINGS, type Finding } from './finding.ts';
import type { Matter } from './matter.ts';
import type { Reason } from './reasons.ts';
import { ACCEPTING_DISPOSITIONS, type HeldFor } from './words.ts';

/** What of a sign-in can be put right at once: then whoever may answer is told so. */
const OF_SIGN_IN: readonly Reason[] = ['assurance-too-low', 'login-too-old'];

const WHY: Readonly<Record<HeldFor, string>> = {
  caller: 'you may not accept it',
  another: 'it belongs to a case of somebody else',
  nobody: 'its case cannot be told, or has nothing to accept',
};

/**
 * Whether a stored result is held from this person: where the policy holds what AI stored, it is seen only by whoever could accept it,
 * until it is accepted. They must see it, or nobody ever could.
 */
export function judgeHold({ question, practitioner, register, now }: Matter): readonly Finding[] {
  const { heldFor, caller } = question;
  if (heldFor === undefined || register.policy.storedResults !== 'held') return NO_FINDINGS;
  const held: Finding = { code: 'result-held', facts: { detail: WHY[heldFor] } };
  if (heldFor !== 'caller' || practitioner === undefined) return [held];
  const lacking = ACCEPTING_DISPOSITIONS.map((disposition) =>
    judgeDisposition({ caller, disposition, caseOwner: practitioner.id }, register, now),
  );
  if (lacking.some((findings) => findings.length === 0)) return NO_FINDINGS;
  const signIn = lacking.find((findings) => findings.every(({ code }) => OF_SIGN_IN.includes(code)));
  return [held, ...(signIn ?? NO_FINDINGS)];
}
