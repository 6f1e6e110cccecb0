import { judgeEntitled } from './act-authority.ts';
import { mayReadRegister } from './judge-roles.ts';
import type { RegisterActName } from './register-acts.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** What is done about other people, and cannot be done without looking them up. */
const ABOUT_PEOPLE: readonly RegisterActName[] = [
  'add-practitioner',
  'change-practitioner',
  'attest-evidence',
  'correct-evidence',
  'withdraw-evidence',
  'award-credential',
  'suspend',
  'lift-suspension',
  'grant-approval',
  'end-approval',
  'carry-over-approvals',
];

/**
 * Whether somebody may look people up in the register: those with a duty around it, and those who hold a credential that lets
 * them attest for others or approve them.
 */
export function mayReadPeople(person: Practitioner, register: RegisterSnapshot, now: Instant): boolean {
  if (mayReadRegister(person)) return true;
  return register.policy.acts.some(
    (rule) => ABOUT_PEOPLE.includes(rule.act) && judgeEntitled(rule, person, { register, now }).length === 0,
  );
}
