import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type {
  AcceptanceTest,
  ModelVersion,
  RegisterSnapshot,
  RevalidationPlan,
} from '../../src/domain/register.ts';
import {
  codesOf,
  DAY_MS,
  draftsOf,
  NEW_VERSION,
  peopleRegister,
  planBy,
  recordOf,
  type PersonName,
} from '../fakes/act-people.ts';
import {
  aModelVersion,
  MODEL,
  NOW,
  practitionerId,
  studyUid,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const OPERATOR = practitionerId('op-one');
const SCRIPT = [
  { id: 'load', title: 'Loads in PACS' },
  { id: 'known', title: 'Finds the known nodule' },
];
const aPlan = (changes: Partial<RevalidationPlan> = {}): RevalidationPlan => ({
  id: 'P-1',
  model: MODEL,
  version: NEW_VERSION,
  title: 'Before 3.0.0',
  studies: [studyUid('1.2.3')],
  script: SCRIPT,
  operator: OPERATOR,
  approvedBy: practitionerId('rc-one'),
  approvedAt: NOW - DAY_MS,
  ...changes,
});
const aTest = (item: string, changes: Partial<AcceptanceTest> = {}): AcceptanceTest => ({
  id: `T-${item}-${changes.id ?? ''}`,
  plan: 'P-1',
  item,
  result: 'pass',
  recordedBy: OPERATOR,
  happenedAt: NOW,
  ...changes,
});
const PASSED = [aTest('load'), aTest('known')];
const next = (changes: Partial<ModelVersion> = {}): ModelVersion =>
  aModelVersion({ version: NEW_VERSION, state: 'acceptance', releases: [], ...changes });

function registerWith(
  tests: readonly AcceptanceTest[],
  version: Partial<ModelVersion> = {},
): RegisterSnapshot {
  return peopleRegister({
    plans: [aPlan()],
    acceptanceTests: tests,
    modelVersions: [aModelVersion(), next(version)],
  });
}

describe('approving a plan', () => {
  const approve = (changes: Partial<Extract<RegisterAct, { act: 'approve-plan' }>> = {}) =>
    ({
      act: 'approve-plan',
      model: MODEL,
      version: NEW_VERSION,
      title: 'Before 3.0.0',
      studies: ['1.2.3'],
      script: SCRIPT,
      operator: OPERATOR,
      ...changes,
    }) as const;
  const codes = (act: ReturnType<typeof approve>, by: PersonName = 'rc-one'): readonly string[] =>
    codesOf(planBy(act, { by, register: peopleRegister() }));

  test('takes a registered version into acceptance', () => {
    const [plan, version] = draftsOf(planBy(approve(), { by: 'rc-one', register: peopleRegister() }));
    expect(plan).toEqual({
      kind: 'plan',
      id: 'P-new-1',
      record: {
        id: 'P-new-1',
        model: 'lung-nodule',
        version: '3.0.0',
        title: 'Before 3.0.0',
        studies: ['1.2.3'],
        script: SCRIPT,
        operator: 'op-one',
        approvedBy: 'rc-one',
        approvedAt: '2026-03-10T09:00:00Z',
      },
    });
    expect(version).toMatchObject({ id: 'lung-nodule@3.0.0', record: { state: 'acceptance', releases: [] } });
  });

  test('another plan while it is in acceptance changes no state', () => {
    const drafts = draftsOf(planBy(approve(), { by: 'rc-two', register: registerWith([]) }));
    expect(drafts.map(({ kind }) => kind)).toEqual(['plan']);
  });

  test('the operator is another person, who may record tests', () => {
    expect(codes(approve({ operator: practitionerId('rc-one') }))).toEqual(['not-for-oneself']);
    expect(codes(approve({ operator: practitionerId('stranger') }))).toEqual(['unknown-practitioner']);
    expect(codes(approve({ operator: practitionerId('trainee') }))).toEqual(['operator-cannot-run']);
    expect(codes(approve({ operator: practitionerId('rc-two') }))).toEqual([]);
  });

  test('not for a released version, nor for one that nobody knows', () => {
    expect(codes(approve({ version: VERSION }))).toEqual(['wrong-model-state']);
    expect(codes(approve({ version: versionString('9') }))).toEqual(['unknown-model-version']);
  });
});

describe('recording an acceptance test', () => {
  const act = {
    act: 'record-acceptance-test',
    plan: 'P-1',
    item: 'load',
    result: 'pass',
    note: 'Fine',
  } as const;
  test('by the operator of the plan', () => {
    const record = recordOf(planBy(act, { by: 'op-one', register: registerWith([]) }));
    expect(record).toEqual({
      id: 'T-new-1',
      plan: 'P-1',
      item: 'load',
      result: 'pass',
      note: 'Fine',
      recordedBy: 'op-one',
      happenedAt: '2026-03-10T09:00:00Z',
    });
  });

  test.each<{
    name: string;
    by: PersonName;
    act: RegisterAct;
    register: RegisterSnapshot;
    codes: readonly string[];
  }>([
    { name: 'another operator', by: 'op-two', act, register: registerWith([]), codes: ['not-plan-operator'] },
    {
      name: 'a test of another plan',
      by: 'op-one',
      act: { ...act, item: 'none' },
      register: registerWith([]),
      codes: ['plan-item-unknown'],
    },
    {
      name: 'a plan that is none',
      by: 'op-one',
      act: { ...act, plan: 'P-9' },
      register: registerWith([]),
      codes: ['unknown-record'],
    },
    {
      name: 'a version that is not in acceptance',
      by: 'op-one',
      act,
      register: registerWith([], { state: 'registered' }),
      codes: ['wrong-model-state'],
    },
    {
      name: 'a version that is gone',
      by: 'op-one',
      act,
      register: peopleRegister({ plans: [aPlan()], modelVersions: [] }),
      codes: ['unknown-model-version'],
    },
  ])('$name: $codes', ({ by, act: given, register, codes }) => {
    expect(codesOf(planBy(given, { by, register }))).toEqual(codes);
  });
});

describe('signing a release', () => {
  const act = {
    act: 'release-model',
    model: MODEL,
    version: NEW_VERSION,
    plan: 'P-1',
    sites: ['general'],
  } as const;
  const codes = (
    register: RegisterSnapshot,
    by: PersonName = 'rc-one',
    given: RegisterAct = act,
  ): readonly string[] => codesOf(planBy(given, { by, register }));

  test('releases the version at the sites, under the signer’s name', () => {
    const plan = planBy(
      { ...act, sites: ['general', 'east', 'east'] },
      { by: 'rc-one', register: registerWith(PASSED) },
    );
    const release = { from: '2026-03-10T09:00:00Z', signedBy: 'rc-one', plan: 'P-1' };
    expect(recordOf(plan)).toMatchObject({
      state: 'released',
      releases: [
        { site: 'general', ...release },
        { site: 'east', ...release },
      ],
    });
  });

  test('at further sites, beside those where it is', () => {
    const releases = [{ site: 'general', from: NOW - DAY_MS }];
    const register = registerWith(PASSED, { state: 'released', releases });
    const record = recordOf(planBy({ ...act, sites: ['general', 'east'] }, { by: 'rc-one', register }));
    expect(record['releases']).toMatchObject([
      { site: 'general', from: '2026-03-09T09:00:00Z' },
      { site: 'east' },
    ]);
    expect(codes(register)).toEqual(['nothing-to-change']);
    const ended = registerWith(PASSED, {
      state: 'released',
      releases: [{ site: 'general', from: NOW - DAY_MS, until: NOW }],
    });
    expect(codes(ended)).toEqual([]);
  });

  test.each<{ name: string; tests: readonly AcceptanceTest[]; codes: readonly string[] }>([
    { name: 'all passed', tests: PASSED, codes: [] },
    { name: 'none', tests: [], codes: ['tests-incomplete'] },
    { name: 'one', tests: [aTest('load')], codes: ['tests-incomplete'] },
    {
      name: 'failed last',
      tests: [...PASSED, aTest('known', { id: '2', result: 'fail' })],
      codes: ['tests-incomplete'],
    },
    { name: 'passed last', tests: [aTest('known', { id: '0', result: 'fail' }), ...PASSED], codes: [] },
    {
      name: 'recorded by another',
      tests: [aTest('load'), aTest('known', { recordedBy: practitionerId('op-two') })],
      codes: ['tests-incomplete'],
    },
    {
      name: 'once recorded by the signer',
      tests: [aTest('load', { id: '0', recordedBy: practitionerId('rc-one') }), ...PASSED],
      codes: ['tester-cannot-release'],
    },
  ])('tests: $name: $codes', ({ tests, codes: wanted }) => {
    const plan = planBy(act, { by: 'rc-one', register: registerWith(tests) });
    expect(codesOf(plan)).toEqual(wanted);
    if (wanted.includes('tests-incomplete'))
      expect(plan.permitted ? '' : plan.reasons[0]?.text).toContain('Finds');
  });

  test('whoever ran the plan does not sign, even a Responsible Clinician', () => {
    const operator = practitionerId('rc-two');
    const register = peopleRegister({
      plans: [aPlan({ operator })],
      acceptanceTests: PASSED.map((test) => ({ ...test, recordedBy: operator })),
      modelVersions: [next()],
    });
    expect(codes(register, 'rc-two')).toEqual(['tester-cannot-release']);
    const untested = peopleRegister({ plans: [aPlan({ operator })], modelVersions: [next()] });
    expect(codes(untested, 'rc-two')).toEqual(['tests-incomplete', 'tester-cannot-release']);
    // Whoever approved the plan may.
    expect(codes(register, 'rc-one')).toEqual([]);
  });

  test('the plan is one of exactly this version', () => {
    expect(codes(registerWith(PASSED), 'rc-one', { ...act, plan: 'P-9' })).toEqual(['plan-not-in-force']);
    const others: readonly Partial<RevalidationPlan>[] = [
      { version: VERSION },
      { model: 'other' as typeof MODEL },
    ];
    for (const other of others) {
      const register = peopleRegister({
        plans: [aPlan(other)],
        acceptanceTests: PASSED,
        modelVersions: [next()],
      });
      expect(codes(register)).toEqual(['plan-not-in-force']);
    }
  });

  test('not a version that is registered only, retired or unknown', () => {
    expect(codes(registerWith(PASSED, { state: 'registered' }))).toEqual(['wrong-model-state']);
    expect(codes(registerWith(PASSED, { state: 'retired', retiredAt: NOW }))).toEqual(['wrong-model-state']);
    expect(codes(registerWith(PASSED), 'rc-one', { ...act, version: versionString('9') })).toEqual([
      'unknown-model-version',
    ]);
  });

  test('nowhere is no release', () => {
    expect(codes(registerWith(PASSED), 'rc-one', { ...act, sites: [] })).toEqual(['nothing-to-change']);
  });
});
