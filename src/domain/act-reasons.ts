/**
 * Every reason why an act on the register is refused, beside those that decisions give (identity, credential). A code is stable
 * for ever; docs/problems.md lists each with its remedy.
 */
export const ACT_REASONS = [
  // who acts
  'act-not-listed',
  'act-not-in-duty',
  'act-token-scope',
  'not-for-oneself',
  'attestation-not-in-duty',
  'interested-party',
  'second-must-differ',
  'first-no-longer-may',
  'proposal-of-another',
  'proposal-overtaken',
  'proposal-complete',
  // what it is about
  'unknown-practitioner',
  'unknown-model-version',
  'unknown-record',
  'exists-already',
  'dates-in-disorder',
  'nothing-to-change',
  // people, their evidence and credentials
  'statements-missing',
  'date-implausible',
  'credits-out-of-bounds',
  'guideline-not-current',
  'own-evidence-type',
  'evidence-by-other-act',
  'assessors-must-differ',
  'scheme-unknown',
  'award-unearned',
  'already-suspended',
  'not-suspended',
  'last-programme-lead',
  // approvals
  'function-not-served',
  'approval-overlaps',
  'approval-ended',
  'supervised-only',
  'supervisor-needed',
  'supervisor-same-person',
  'supervisor-not-approved',
  'supervisor-circle',
  'no-simulator',
  'plan-not-in-force',
  'nothing-to-carry-over',
  // model versions
  'life-by-other-act',
  'wrong-model-state',
  'another-version',
  'operator-cannot-run',
  'not-plan-operator',
  'plan-item-unknown',
  'tests-incomplete',
  'tester-cannot-release',
  'target-missing',
  'hold-repeated',
  'stop-use-over',
  // guidelines
  'guideline-signed-already',
  'guideline-unsigned',
  // files
  'import-beyond',
] as const;
export type ActReason = (typeof ACT_REASONS)[number];
