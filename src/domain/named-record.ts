import type { ActNamed } from './act-matter.ts';
import type { RegisterActName, RegisterKind } from './register-acts.ts';

/** The one record that an act names: one that it changes, or one that it adds under a name of its own. */
export interface NamedRecord {
  readonly kind: RegisterKind;
  readonly id: string;
  readonly action: 'added' | 'changed';
}

type Names = { readonly [N in RegisterActName]: ((act: ActNamed<N>) => NamedRecord) | undefined };

const NAMES: Names = {
  declare: undefined,
  'log-cpd': undefined,
  'acknowledge-guideline': undefined,
  'add-practitioner': ({ practitioner }) => ({ kind: 'practitioner', id: practitioner.id, action: 'added' }),
  'change-practitioner': ({ practitioner }) => ({
    kind: 'practitioner',
    id: practitioner.id,
    action: 'changed',
  }),
  'attest-evidence': undefined,
  'correct-evidence': ({ id }) => ({ kind: 'evidence', id, action: 'changed' }),
  'withdraw-evidence': ({ id }) => ({ kind: 'evidence', id, action: 'changed' }),
  'award-credential': undefined,
  suspend: undefined,
  'lift-suspension': undefined,
  'grant-approval': undefined,
  'end-approval': ({ id }) => ({ kind: 'approval', id, action: 'changed' }),
  'carry-over-approvals': undefined,
  'register-model': ({ modelVersion }) => versionOf(modelVersion, 'added'),
  'change-model': ({ modelVersion }) => versionOf(modelVersion, 'changed'),
  'approve-plan': undefined,
  'record-acceptance-test': undefined,
  'release-model': (act) => versionOf(act, 'changed'),
  'stop-use': undefined,
  'hold-model': undefined,
  'lift-stop-use': ({ id }) => ({ kind: 'stop-use', id, action: 'changed' }),
  'sign-name-only': (act) => versionOf(act, 'changed'),
  'retire-model': (act) => versionOf(act, 'changed'),
  'draft-guideline': (act) => guidelineOf(act, 'added'),
  'comment-on-guideline': (act) => guidelineOf(act, 'changed'),
  'sign-guideline': (act) => guidelineOf(act, 'changed'),
  'review-guideline': (act) => guidelineOf(act, 'changed'),
  import: undefined,
};

/**
 * Which record somebody must have seen, or must not find there, for an act to be what they mean (RFC 9110 §13.1). Undefined for
 * acts that add to what is there, and can get in nobody's way.
 */
export function recordNamedBy<N extends RegisterActName>(act: ActNamed<N>): NamedRecord | undefined {
  return NAMES[act.act]?.(act);
}

function versionOf(
  { model, version }: { readonly model: string; readonly version: string },
  action: NamedRecord['action'],
): NamedRecord {
  return { kind: 'model-version', id: `${model}@${version}`, action };
}

function guidelineOf(
  { id, version }: { readonly id: string; readonly version: string },
  action: NamedRecord['action'],
): NamedRecord {
  return { kind: 'guideline', id: `${id}@${version}`, action };
}
