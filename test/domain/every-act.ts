import type { ActNamed } from '../../src/domain/act-matter.ts';
import type { PractitionerId } from '../../src/domain/identifiers.ts';
import { modelVersionText } from '../../src/domain/record-text.ts';
import type { RegisterActName } from '../../src/domain/register-acts.ts';
import type { Guideline, Practitioner, RevalidationPlan } from '../../src/domain/register.ts';
import { DECLARATION_STATEMENTS, REGISTER_ROLES } from '../../src/domain/words.ts';
import { contentsOfPeople, DAY_MS, NEW_VERSION, person } from '../fakes/act-people.ts';
import {
  aBinding,
  aModelVersion,
  aNameOnlyBinding,
  anApproval,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  PROVIDER,
  studyUid,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';
import { earnedAward } from './earned-award.ts';

export type Contents = ReturnType<typeof contentsOfPeople>;

const HERO = practitionerId('hero');
/** Has every role of the house. */
export const hero: Practitioner = {
  ...person('rc-one', { id: HERO, identities: [{ provider: PROVIDER, subject: 'hero' }] }),
  roles: [...REGISTER_ROLES],
};
/** The hero beside a few others. */
export const START: Contents = contentsOfPeople({
  practitioners: [hero, ...(['rc-two', 'op-one', 'trainee', 'lead'] as const).map((name) => person(name))],
  evidence: [
    ...currentEvidence(HERO),
    ...currentEvidence(practitionerId('rc-two')),
    ...currentEvidence(practitionerId('op-one'), 'ai-operator'),
    ...earnedAward(practitionerId('trainee')),
  ],
  approvals: [anApproval({ id: 'start', practitioner: practitionerId('rc-two'), grantedBy: 'lead' })],
  modelVersions: [
    aModelVersion({ guideline: { id: 'lung-nodules', version: '3' } }),
    aModelVersion({ version: NEW_VERSION, state: 'registered', releases: [] }),
  ],
});

const RC_TWO = practitionerId('rc-two');
const TRAINEE = practitionerId('trainee');
const OPERATOR = practitionerId('op-one');
const ACCEPTED = versionString('5.0.0');
const aPlan = (id: string, operator: PractitionerId): RevalidationPlan => ({
  id,
  model: MODEL,
  version: ACCEPTED,
  title: 'Plan',
  studies: [studyUid('1.2.3')],
  script: [{ id: 'load', title: 'Loads' }],
  operator,
  approvedBy: RC_TWO,
  approvedAt: NOW - DAY_MS,
});
const aGuideline = (version: string, changes: Partial<Guideline> = {}): Guideline => ({
  id: 'lung-nodules',
  version,
  title: 'Lung nodules',
  digest: `sha256:${'a'.repeat(64)}`,
  links: [],
  draftedBy: RC_TWO,
  draftedAt: NOW - 2 * DAY_MS,
  reviews: [],
  comments: [],
  ...changes,
});
const signed = { signedBy: HERO, signedAt: NOW - DAY_MS, effectiveFrom: NOW - DAY_MS };
/** The same with everything that any act asks for. */
export const RICH: Contents = {
  ...START,
  modelVersions: [
    ...(START.modelVersions ?? []),
    aModelVersion({ version: ACCEPTED, state: 'acceptance', releases: [] }),
    aModelVersion({
      version: versionString('3.1.4'),
      endpoints: [aNameOnlyBinding(), aBinding({ function: 'triage', attestation: 'name-only' })],
    }),
  ],
  evidence: [
    ...(START.evidence ?? []),
    {
      id: 'E-suspended',
      practitioner: OPERATOR,
      type: 'suspension',
      happenedAt: NOW - DAY_MS,
      attestedBy: 'lead',
    },
    { id: 'E-audit', practitioner: RC_TWO, type: 'audit-led', happenedAt: NOW - DAY_MS, attestedBy: 'lead' },
  ],
  plans: [aPlan('P-own', HERO), aPlan('P-theirs', OPERATOR)],
  acceptanceTests: [
    {
      id: 'T-1',
      plan: 'P-theirs',
      item: 'load',
      result: 'pass',
      recordedBy: OPERATOR,
      happenedAt: NOW - DAY_MS,
    },
  ],
  guidelines: [aGuideline('7', signed), aGuideline('4')],
  stopUses: [{ id: 'S-1', model: MODEL, from: NOW - DAY_MS, reason: 'Drift', by: 'rc-two' }],
  approvals: [
    ...(START.approvals ?? []),
    anApproval({ id: 'A-to-come', practitioner: TRAINEE, from: NOW + DAY_MS, grantedBy: 'lead' }),
  ],
};
const named = { model: MODEL, version: NEW_VERSION } as const;
const NAME_ONLY = { model: MODEL, version: versionString('3.1.4') } as const;
const piece = {
  practitioner: RC_TWO,
  type: 'registration',
  happenedAt: NOW - DAY_MS,
  validUntil: NOW + DAY_MS,
  attestedBy: 'GMC',
} as const;
const { validUntil: _end, ...endless } = { ...piece, type: 'audit-led' as const };
const grant = {
  act: 'grant-approval',
  practitioner: TRAINEE,
  ...named,
  functions: ['detection'],
  mode: 'independent',
  from: NOW,
  until: NOW + DAY_MS,
} as const;
const lung = { id: 'lung-nodules', version: '4' } as const;
const registered = modelVersionText(
  aModelVersion({ version: versionString('6'), state: 'registered', releases: [] }),
);
/** Every act there is, with all that it can say, as the hero does it to the rich register. */
export const EVERY: { readonly [N in RegisterActName]: readonly ActNamed<N>[] } = {
  declare: [{ act: 'declare', statements: DECLARATION_STATEMENTS }],
  'log-cpd': [
    { act: 'log-cpd', title: 'Bare', credits: 2, happenedAt: NOW - DAY_MS },
    {
      act: 'log-cpd',
      title: 'Full',
      credits: 2,
      happenedAt: NOW - DAY_MS,
      document: 'shelf 4',
      modelFamily: 'lung-ct',
    },
  ],
  'acknowledge-guideline': [{ act: 'acknowledge-guideline', guideline: 'lung-nodules', version: '7' }],
  'add-practitioner': [
    {
      act: 'add-practitioner',
      practitioner: { ...person('registrar', { id: practitionerId('new'), identities: [] }) },
    },
  ],
  'change-practitioner': [
    { act: 'change-practitioner', practitioner: { ...person('trainee'), name: 'New Name' } },
  ],
  'attest-evidence': [
    { act: 'attest-evidence', piece },
    { act: 'attest-evidence', piece: endless },
    { act: 'attest-evidence', piece: { ...piece, note: 'Well argued' } },
  ],
  'correct-evidence': [{ act: 'correct-evidence', id: 'E-audit', piece: endless, reason: 'Another day' }],
  'withdraw-evidence': [{ act: 'withdraw-evidence', id: 'E-audit', reason: 'Entered twice' }],
  'award-credential': [
    { act: 'award-credential', practitioner: TRAINEE, scheme: 'rc-ai' },
    { act: 'award-credential', practitioner: TRAINEE, scheme: 'rc-ai', document: 'shelf 5' },
  ],
  suspend: [
    { act: 'suspend', practitioner: TRAINEE, reason: 'Under review' },
    { act: 'suspend', practitioner: TRAINEE, reason: 'Under review', scheme: 'rc-ai' },
  ],
  'lift-suspension': [{ act: 'lift-suspension', practitioner: OPERATOR, reason: 'Reviewed' }],
  'grant-approval': [grant, { ...grant, mode: 'supervised', supervisor: RC_TWO, version: VERSION }],
  'end-approval': [
    { act: 'end-approval', id: 'start', reason: 'Left the list' },
    { act: 'end-approval', id: 'A-to-come', reason: 'Left the list' },
  ],
  'carry-over-approvals': [
    { act: 'carry-over-approvals', model: MODEL, fromVersion: VERSION, toVersion: NEW_VERSION },
  ],
  'register-model': [{ act: 'register-model', modelVersion: { ...registered, model: MODEL, version: '6' } }],
  'change-model': [
    {
      act: 'change-model',
      modelVersion: { ...modelVersionText(aModelVersion()), model: MODEL, version: VERSION, title: 'New' },
    },
  ],
  'approve-plan': [
    {
      act: 'approve-plan',
      ...named,
      title: 'Plan',
      studies: ['1.2.3'],
      script: [{ id: 'load', title: 'Loads' }],
      operator: RC_TWO,
      document: 'shelf 6',
    },
  ],
  'record-acceptance-test': [
    { act: 'record-acceptance-test', plan: 'P-own', item: 'load', result: 'fail', note: 'Slow' },
  ],
  'release-model': [
    { act: 'release-model', model: MODEL, version: ACCEPTED, plan: 'P-theirs', sites: ['east', 'west'] },
  ],
  'stop-use': [{ act: 'stop-use', model: MODEL, version: VERSION, reason: 'Drift' }],
  'hold-model': [{ act: 'hold-model', family: 'lung-ct', site: 'general', reason: 'Odd' }],
  'lift-stop-use': [{ act: 'lift-stop-use', id: 'S-1', reason: 'Fixed' }],
  'sign-name-only': [{ act: 'sign-name-only', ...NAME_ONLY, function: 'triage' }],
  'retire-model': [{ act: 'retire-model', ...named, reason: 'Replaced' }],
  'draft-guideline': [
    {
      act: 'draft-guideline',
      ...lung,
      version: '5',
      title: 'Lung nodules',
      digest: `sha256:${'b'.repeat(64)}`,
      links: [{ title: 'NICE', href: 'https://nice.example.org' }],
    },
  ],
  'comment-on-guideline': [{ act: 'comment-on-guideline', ...lung, text: 'Fine' }],
  'sign-guideline': [{ act: 'sign-guideline', ...lung, effectiveFrom: NOW + DAY_MS }],
  'review-guideline': [{ act: 'review-guideline', ...lung, version: '7', outcome: 'Stands' }],
  import: [
    {
      act: 'import',
      changes: [
        {
          kind: 'practitioner',
          id: 'trainee',
          record: { ...person('trainee'), name: 'From a file' },
        },
      ],
    },
  ],
};
