import type { Policy } from '../../src/domain/policy.ts';
import {
  aBinding,
  anApproval,
  aPractitioner,
  aPrincipal,
  aStudy,
  currentEvidence,
  entryEvidence,
  modelName,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  versionString,
} from '../fakes/register-builder.ts';
import {
  aPlan,
  approvals,
  DAY_MS,
  evidence,
  plus,
  type ReasonRow,
  use,
  versions,
  without,
  withoutKey,
} from './reason-given.ts';

const TRAINEE = practitionerId('trainee');
const trainee = aPractitioner({ id: TRAINEE, name: 'Dr Toni Trainee' });
const asTrainee = aPrincipal({ subject: TRAINEE });
const traineeEvidence = [
  ...entryEvidence(TRAINEE),
  ...currentEvidence(TRAINEE).filter((piece) => piece.type === 'guideline-acknowledgement'),
];
const inAcceptance = (plan: Parameters<typeof aPlan>[0]) => ({
  ...versions({ state: 'acceptance', releases: [] }),
  approvals: approvals({ mode: 'acceptance', plan: 'plan-1', planStudies: [aStudy().studyInstanceUid] }),
  plans: [aPlan(plan)],
});
const supervised = anApproval({
  id: 'sup',
  practitioner: TRAINEE,
  mode: 'supervised',
  supervisor: RADIOLOGIST,
});
const underSupervision = {
  practitioners: [aPractitioner(), trainee],
  evidence: [...evidence, ...traineeEvidence],
} as const;

/** The approval, its mode and its supervisor. */
export const APPROVAL_ROWS: readonly ReasonRow[] = [
  { name: 'no approval', code: 'approval-missing', parts: { approvals: [] } },
  {
    name: 'an approval for viewing only',
    code: 'approval-missing',
    parts: { approvals: approvals({ functions: ['view'] }) },
  },
  {
    name: 'an approval from tomorrow',
    code: 'approval-not-started',
    parts: { approvals: approvals({ from: NOW + DAY_MS }) },
  },
  {
    name: 'an approval until this minute',
    code: 'approval-expired',
    parts: { approvals: approvals({ until: NOW }) },
  },
  {
    name: 'an approval that was ended, by a clock that was ahead',
    code: 'approval-expired',
    parts: { approvals: approvals({ until: NOW + DAY_MS, endedBecause: 'left the list' }) },
  },
  {
    name: 'an approval of their own making',
    code: 'approval-self-granted',
    parts: { approvals: approvals({ grantedBy: RADIOLOGIST }) },
  },
  {
    name: 'a sandbox approval on a real study',
    code: 'simulator-only',
    parts: { approvals: approvals({ mode: 'sandbox' }) },
  },
  {
    name: 'a sandbox approval, a real study, a simulated endpoint',
    code: 'simulator-only',
    parts: {
      ...versions({ endpoints: [aBinding({ simulator: true })] }),
      approvals: approvals({ mode: 'sandbox' }),
    },
  },
  {
    name: 'a sandbox approval, a simulated study, a real endpoint',
    code: 'simulator-only',
    question: { study: aStudy({ simulator: true }) },
    parts: { approvals: approvals({ mode: 'sandbox' }) },
  },
  {
    name: 'an acceptance approval for another study',
    code: 'outside-acceptance-plan',
    parts: {
      ...versions({ state: 'acceptance', releases: [] }),
      approvals: approvals({ mode: 'acceptance', planStudies: ['1.2.3'] }),
    },
  },
  {
    name: 'an acceptance approval of a version that is released',
    code: 'outside-acceptance-plan',
    parts: { approvals: approvals({ mode: 'acceptance', planStudies: [aStudy().studyInstanceUid] }) },
  },
  {
    name: 'an acceptance approval whose plan names another operator',
    code: 'outside-acceptance-plan',
    parts: inAcceptance({ operator: TRAINEE }),
  },
  {
    name: 'an acceptance approval whose plan has other studies, though its own list has this one',
    code: 'outside-acceptance-plan',
    parts: inAcceptance({ studies: ['1.2.3'] }),
  },
  {
    name: 'an acceptance approval whose plan is for another version',
    code: 'outside-acceptance-plan',
    parts: inAcceptance({ version: versionString('9.9.9') }),
  },
  {
    name: 'an acceptance approval whose plan is for another model',
    code: 'outside-acceptance-plan',
    parts: inAcceptance({ model: modelName('another') }),
  },
  {
    name: 'an acceptance approval whose plan is approved by its own operator',
    code: 'outside-acceptance-plan',
    parts: inAcceptance({ approvedBy: RADIOLOGIST }),
  },
  {
    name: 'an acceptance approval whose plan is approved tomorrow',
    code: 'outside-acceptance-plan',
    parts: inAcceptance({ approvedAt: NOW + DAY_MS }),
  },
  {
    name: 'an acceptance approval whose plan was taken back',
    code: 'outside-acceptance-plan',
    parts: { ...inAcceptance({}), plans: [] },
  },
  {
    name: 'an acceptance approval that names neither plan nor studies',
    code: 'outside-acceptance-plan',
    parts: {
      ...versions({ state: 'acceptance', releases: [] }),
      approvals: approvals({ mode: 'acceptance' }),
    },
  },
  {
    name: 'supervised by nobody',
    code: 'supervisor-missing',
    parts: { approvals: approvals({ mode: 'supervised' }) },
  },
  {
    name: 'supervised by somebody who cannot sign in',
    code: 'supervisor-missing',
    question: { caller: asTrainee },
    parts: {
      ...underSupervision,
      practitioners: [aPractitioner({ identities: [] }), trainee],
      approvals: [anApproval(), supervised],
    },
  },
  {
    name: 'supervised by themselves',
    code: 'supervisor-is-self',
    parts: { approvals: approvals({ mode: 'supervised', supervisor: RADIOLOGIST }) },
  },
  {
    name: 'a supervisor without an approval',
    code: 'supervisor-not-independent',
    question: { caller: asTrainee },
    parts: { ...underSupervision, approvals: [supervised] },
  },
  {
    name: 'two who supervise each other',
    code: 'supervisor-not-independent',
    question: { caller: asTrainee },
    parts: {
      ...underSupervision,
      approvals: [supervised, anApproval({ mode: 'supervised', supervisor: TRAINEE })],
    },
  },
  {
    name: 'a supervisor whose approval the trainee granted',
    code: 'supervisor-not-independent',
    question: { caller: asTrainee },
    parts: { ...underSupervision, approvals: [supervised, anApproval({ grantedBy: TRAINEE })] },
  },
  {
    name: 'a supervisor whose credential has lapsed',
    code: 'supervisor-not-independent',
    question: { caller: asTrainee },
    parts: {
      ...underSupervision,
      evidence: [...without('annual-declaration'), ...traineeEvidence],
      approvals: [anApproval(), supervised],
    },
  },
  {
    name: 'a supervisor whose registration has ended, under a policy whose schemes do not ask for it',
    code: 'supervisor-not-independent',
    question: { caller: asTrainee },
    parts: {
      ...underSupervision,
      evidence: [...without('registration'), ...traineeEvidence],
      approvals: [anApproval(), supervised],
      policy: withoutRegistration(),
    },
  },
  {
    name: 'a supervisor who is suspended',
    code: 'supervisor-not-independent',
    question: { caller: asTrainee },
    parts: {
      ...underSupervision,
      evidence: [...plus('suspension'), ...traineeEvidence],
      approvals: [anApproval(), supervised],
    },
  },
];

const scoped = (scope: ReturnType<typeof aPractitioner>['scope']) => ({
  practitioners: [aPractitioner({ scope })],
});

/** The practitioner's own scope. */
export const SCOPE_ROWS: readonly ReasonRow[] = [
  { name: 'a modality outside the scope', code: 'scope-modality', parts: scoped({ modalities: ['US'] }) },
  {
    name: 'one body part outside the scope',
    code: 'scope-body-part',
    question: { study: aStudy({ bodyParts: ['CHEST', 'ABDOMEN'] }) },
    parts: scoped({ bodyParts: ['CHEST'] }),
  },
  {
    name: 'an adult, for a paediatric scope',
    code: 'scope-population',
    parts: scoped({ populations: ['paediatric'] }),
  },
  {
    name: 'a child, for a scope of adults',
    code: 'scope-population',
    question: { study: aStudy({ ageYears: 17 }) },
    parts: { ...scoped({ populations: ['adult'] }), ...use({}) },
  },
  {
    name: 'an age nobody tells, for a scope of adults',
    code: 'context-missing',
    question: { study: withoutKey('ageYears') },
    parts: { ...scoped({ populations: ['adult'] }), ...use({}) },
  },
  {
    name: 'a body part nobody tells, for a scope of some',
    code: 'context-missing',
    question: { study: aStudy({ bodyParts: [] }) },
    parts: { ...scoped({ bodyParts: ['CHEST'] }), ...use({}) },
  },
];

function withoutRegistration(): Policy {
  const policy = shippedPolicy();
  const schemes = policy.schemes.map((scheme) => ({
    ...scheme,
    entry: scheme.entry.filter(({ id }) => id !== 'registration'),
  }));
  return { ...policy, schemes };
}
