import {
  evidenceText,
  guidelineText,
  modelVersionText,
  recordText,
  type RecordText,
} from '../../src/domain/record-text.ts';
import type { RecordDraft, RegisterKind } from '../../src/domain/register-acts.ts';
import type { AcceptanceTest, Guideline, RevalidationPlan } from '../../src/domain/register.ts';
import { codesOf, DAY_MS, NEW_VERSION, peopleRegister, planBy } from '../fakes/act-people.ts';
import {
  aModelVersion,
  MODEL,
  NOW,
  practitionerId,
  studyUid,
  versionString,
} from '../fakes/register-builder.ts';

const plan: RevalidationPlan = {
  id: 'P-1',
  model: MODEL,
  version: NEW_VERSION,
  title: 'Plan',
  studies: [studyUid('1.2.3')],
  script: [{ id: 'load', title: 'Loads' }],
  operator: practitionerId('op-one'),
  approvedBy: practitionerId('rc-one'),
  approvedAt: NOW - DAY_MS,
};
const failed: AcceptanceTest = {
  id: 'T-1',
  plan: 'P-1',
  item: 'load',
  result: 'fail',
  recordedBy: practitionerId('op-one'),
  happenedAt: NOW - DAY_MS,
};
const draft: Guideline = {
  id: 'lung-nodules',
  version: '4',
  title: 'Lung nodules',
  digest: `sha256:${'a'.repeat(64)}`,
  links: [],
  draftedBy: practitionerId('rc-one'),
  draftedAt: NOW - DAY_MS,
  reviews: [],
  comments: [],
};
const signature = {
  signedBy: practitionerId('rc-two'),
  signedAt: NOW - DAY_MS,
  effectiveFrom: NOW - DAY_MS,
};
const signed: Guideline = { ...draft, version: '3', ...signature };
const register = peopleRegister({
  plans: [plan],
  acceptanceTests: [failed],
  guidelines: [signed, draft],
  modelVersions: [
    aModelVersion(),
    aModelVersion({ version: NEW_VERSION, state: 'acceptance', releases: [] }),
  ],
});

const award = register.evidenceOf(practitionerId('rc-one')).find(({ type }) => type === 'award');
if (award === undefined) throw new Error('they hold no award');

const planText = (changes: Partial<RevalidationPlan> = {}): RecordText =>
  recordText({ ...plan, ...changes }, ['approvedAt']);
const testText = (changes: Partial<AcceptanceTest> = {}): RecordText =>
  recordText({ ...failed, ...changes }, ['happenedAt']);
const newer = modelVersionText(aModelVersion({ version: versionString('4.0.0') }));
const written = (kind: RegisterKind, id: string, record: RecordText): RecordDraft => ({ kind, id, record });
const removed = (kind: RegisterKind, id: string): RecordDraft => ({
  kind,
  id,
  removed: true,
  reason: 'Wrong',
});

describe('a file speaks for nobody who would have to say it themselves', () => {
  test.each<{ name: string; change: RecordDraft; isBeyond: boolean }>([
    {
      name: 'a version that comes in released',
      change: written('model-version', 'lung-nodule@4.0.0', newer),
      isBeyond: true,
    },
    {
      name: 'a version that comes in as acceptance',
      change: written('model-version', 'lung-nodule@4.0.0', { ...newer, state: 'acceptance', releases: [] }),
      isBeyond: true,
    },
    {
      name: 'a version that comes in as registered',
      change: written('model-version', 'lung-nodule@4.0.0', { ...newer, state: 'registered', releases: [] }),
      isBeyond: false,
    },
    {
      name: 'an award of today for one that is there: nobody’s lapse is undone so',
      change: written('evidence', award.id, { ...evidenceText(award), happenedAt: '2026-03-09' }),
      isBeyond: true,
    },
    {
      name: 'a second award beside it',
      change: written('evidence', 'E-2', { ...evidenceText(award), id: 'E-2', happenedAt: '2026-03-09' }),
      isBeyond: true,
    },
    { name: 'an award taken back', change: removed('evidence', award.id), isBeyond: true },
    {
      name: 'the award as it is',
      change: written('evidence', award.id, evidenceText(award)),
      isBeyond: false,
    },
    {
      name: 'an award from elsewhere',
      change: written('evidence', 'E-2', { ...evidenceText(award), id: 'E-2', practitioner: 'trainee' }),
      isBeyond: false,
    },
    {
      name: 'a plan that nobody approved',
      change: written('plan', 'P-2', planText({ id: 'P-2' })),
      isBeyond: true,
    },
    {
      name: 'more studies for a plan',
      change: written('plan', 'P-1', planText({ studies: [studyUid('1.2.3'), studyUid('1.2.4')] })),
      isBeyond: true,
    },
    { name: 'a plan taken back', change: removed('plan', 'P-1'), isBeyond: true },
    { name: 'the plan as it is', change: written('plan', 'P-1', planText()), isBeyond: false },
    {
      name: 'a test that nobody recorded',
      change: written('acceptance-test', 'T-2', testText({ id: 'T-2', result: 'pass' })),
      isBeyond: true,
    },
    {
      name: 'a failed test that passes',
      change: written('acceptance-test', 'T-1', testText({ result: 'pass' })),
      isBeyond: true,
    },
    { name: 'a failed test taken back', change: removed('acceptance-test', 'T-1'), isBeyond: true },
    { name: 'the test as it is', change: written('acceptance-test', 'T-1', testText()), isBeyond: false },
    {
      name: 'a draft signed off',
      change: written('guideline', 'lung-nodules@4', guidelineText({ ...draft, ...signature })),
      isBeyond: true,
    },
    {
      name: 'another text under a signature',
      change: written(
        'guideline',
        'lung-nodules@3',
        guidelineText({ ...signed, digest: `sha256:${'b'.repeat(64)}` }),
      ),
      isBeyond: true,
    },
    { name: 'a signed guideline taken back', change: removed('guideline', 'lung-nodules@3'), isBeyond: true },
    {
      name: 'the guideline as it is',
      change: written('guideline', 'lung-nodules@3', guidelineText(signed)),
      isBeyond: false,
    },
    {
      name: 'a new version, signed, of a guideline that is kept here',
      change: written('guideline', 'lung-nodules@5', guidelineText({ ...signed, version: '5' })),
      isBeyond: true,
    },
    {
      name: 'a new version of it that nobody has signed',
      change: written('guideline', 'lung-nodules@5', guidelineText({ ...draft, version: '5' })),
      isBeyond: false,
    },
    {
      name: 'a signed guideline from elsewhere',
      change: written('guideline', 'breast@1', guidelineText({ ...signed, id: 'breast', version: '1' })),
      isBeyond: false,
    },
  ])('$name: $isBeyond', ({ change, isBeyond }) => {
    const proposed = planBy({ act: 'import', changes: [change] }, { by: 'lead', register });
    expect(codesOf(proposed)).toEqual(isBeyond ? ['import-beyond'] : []);
  });

  test('records that do not say what they are about', () => {
    const imported = (change: RecordDraft) =>
      planBy({ act: 'import', changes: [change] }, { by: 'lead', register });
    expect(codesOf(imported(written('acceptance-test', 'T-1', { id: 'T-1', plan: 7 })))).toEqual([
      'import-beyond',
    ]);
    expect(() =>
      imported(written('evidence', 'E-3', { id: 'E-3', type: 'award', practitioner: 7 })),
    ).toThrow();
    expect(() => imported(written('guideline', 'lung-nodules@6', { id: 7, signedBy: 'rc-one' }))).toThrow();
  });
});
