import type { RegisterActName, RegisterKind } from '../domain/register-acts.ts';
import type { ApprovalMode, CredentialStatus, ModelState } from '../domain/words.ts';
import type { Choice } from './form-page.ts';
import type { Tag } from './plain-words.ts';

interface ActWords {
  /** What is wanted, as a title: "Award a credential". */
  readonly text: string;
  /** What stands on record once it is done. */
  readonly done: string;
}

const ACTS: Readonly<Record<RegisterActName, ActWords>> = {
  declare: { text: 'Sign the annual declaration', done: 'The declaration is signed' },
  'log-cpd': { text: 'Log CPD', done: 'The CPD is logged' },
  'acknowledge-guideline': { text: 'Acknowledge a guideline', done: 'The guideline is acknowledged' },
  'add-practitioner': { text: 'Add a person', done: 'The person is in the register' },
  'change-practitioner': { text: 'Change a person’s details', done: 'The details are changed' },
  'attest-evidence': { text: 'Add evidence', done: 'The evidence is on record' },
  'correct-evidence': { text: 'Correct a piece of evidence', done: 'The evidence is corrected' },
  'withdraw-evidence': { text: 'Withdraw a piece of evidence', done: 'The evidence is withdrawn' },
  'award-credential': { text: 'Award a credential', done: 'The credential is awarded' },
  suspend: { text: 'Suspend', done: 'The suspension is in force' },
  'lift-suspension': { text: 'Lift a suspension', done: 'The suspension is lifted' },
  'grant-approval': { text: 'Grant an approval', done: 'The approval is granted' },
  'end-approval': { text: 'End an approval', done: 'The approval is ended' },
  'carry-over-approvals': {
    text: 'Carry approvals over to a new version',
    done: 'The approvals are carried over',
  },
  'register-model': { text: 'Register a model version', done: 'The model version is registered' },
  'change-model': { text: 'Change a model version', done: 'The model version is changed' },
  'approve-plan': { text: 'Approve a re-validation plan', done: 'The plan is approved' },
  'record-acceptance-test': { text: 'Record an acceptance test', done: 'The test is recorded' },
  'release-model': { text: 'Release a model version', done: 'The model version is released' },
  'stop-use': { text: 'Stop the use of a model', done: 'The stop-use is in force' },
  'hold-model': { text: 'Hold a model', done: 'The hold is in force' },
  'lift-stop-use': { text: 'Lift a stop-use', done: 'The stop-use is lifted' },
  'sign-name-only': {
    text: 'Sign for an endpoint that proves no version',
    done: 'The endpoint is signed for',
  },
  'retire-model': { text: 'Retire a model version', done: 'The model version is retired' },
  'draft-guideline': { text: 'Draft a guideline', done: 'The draft is on record' },
  'comment-on-guideline': { text: 'Comment on a guideline', done: 'The comment is on record' },
  'sign-guideline': { text: 'Sign off a guideline', done: 'The guideline is signed off' },
  'review-guideline': { text: 'Review a guideline', done: 'The review is on record' },
  import: { text: 'Import records from a file', done: 'The records are imported' },
};

const KINDS: Readonly<Record<RegisterKind, string>> = {
  practitioner: 'Person',
  evidence: 'Evidence',
  'model-version': 'Model version',
  approval: 'Approval',
  'stop-use': 'Stop-use',
  guideline: 'Guideline',
  plan: 'Re-validation plan',
  'acceptance-test': 'Acceptance test',
};

const STATUSES: Readonly<Record<CredentialStatus, Tag>> = {
  none: { text: 'Not begun', colour: 'grey' },
  'in-training': { text: 'In training', colour: 'blue' },
  current: { text: 'Current', colour: 'green' },
  lapsed: { text: 'Lapsed', colour: 'red' },
  suspended: { text: 'Suspended', colour: 'red' },
};

const MODES: Readonly<Record<ApprovalMode, { readonly text: string; readonly hint: string }>> = {
  independent: { text: 'Independent', hint: 'They use it on their own responsibility.' },
  supervised: { text: 'Supervised', hint: 'A named supervisor answers for their cases.' },
  sandbox: { text: 'Sandbox', hint: 'Made-up patients in the simulator only.' },
  acceptance: { text: 'Acceptance tests', hint: 'The studies of an approved plan, and nothing else.' },
};

const MODEL_STATES: Readonly<Record<ModelState, Tag>> = {
  registered: { text: 'Registered', colour: 'grey' },
  acceptance: { text: 'In acceptance', colour: 'blue' },
  released: { text: 'Released', colour: 'green' },
  retired: { text: 'Retired', colour: 'grey' },
};

/** An act in words, as its title. */
export function actText(act: RegisterActName): string {
  return ACTS[act].text;
}

/** That an act is done, in words. */
export function actDoneText(act: RegisterActName): string {
  return ACTS[act].done;
}

/** A kind of record in words. */
export function recordKindText(kind: RegisterKind): string {
  return KINDS[kind];
}

/** How a credential stands, as a tag. */
export function credentialTag(status: CredentialStatus): Tag {
  return STATUSES[status];
}

/** How far an approval goes, in words, and what that means. */
export function modeWords(mode: ApprovalMode): { readonly text: string; readonly hint: string } {
  return MODES[mode];
}

/** How far an approval can go. */
export function modeChoices(): readonly Choice[] {
  return Object.entries(MODES).map(([value, words]) => ({ value, ...words }));
}

/** How far a model version has come, as a tag. */
export function modelStateTag(state: ModelState): Tag {
  return MODEL_STATES[state];
}
