import type { RecordDraft, RegisterAct } from '../../src/domain/register-acts.ts';
import type {
  AcceptanceTest,
  Approval,
  RegisterSnapshot,
  RevalidationPlan,
} from '../../src/domain/register.ts';
import { codesOfConfirmation as codes } from '../fakes/confirm-codes.ts';
import {
  contentsOfPeople,
  DAY_MS,
  draftsOf,
  evidenceOfPeople,
  NEW_VERSION,
  peopleRegister,
  person,
  planBy,
  POLICY,
  snapshotOf,
  type PersonName,
} from '../fakes/act-people.ts';
import {
  aModelVersion,
  anApproval,
  MODEL,
  NOW,
  practitionerId,
  studyUid,
} from '../fakes/register-builder.ts';

describe('under a policy that asks for two at every step', () => {
  const acts = POLICY.acts.map((rule) => ({ ...rule, people: 2 as const }));
  const strict = { ...POLICY, acts };
  const plan: RevalidationPlan = {
    id: 'P-1',
    model: MODEL,
    version: NEW_VERSION,
    title: 'Plan',
    studies: [studyUid('1.2.3')],
    script: [{ id: 'load', title: 'Loads' }],
    operator: practitionerId('op-one'),
    approvedBy: practitionerId('rc-one'),
    approvedAt: NOW,
  };
  const aTest = (id: string, changes: Partial<AcceptanceTest> = {}): AcceptanceTest => ({
    id,
    plan: 'P-1',
    item: 'load',
    result: 'pass',
    recordedBy: practitionerId('op-one'),
    happenedAt: NOW,
    ...changes,
  });
  const inAcceptance = (...tests: readonly AcceptanceTest[]): RegisterSnapshot =>
    snapshotOf(
      contentsOfPeople({
        plans: [plan],
        acceptanceTests: tests,
        modelVersions: [aModelVersion({ version: NEW_VERSION, state: 'acceptance', releases: [] })],
      }),
      strict,
    );
  const release: RegisterAct = {
    act: 'release-model',
    model: MODEL,
    version: NEW_VERSION,
    plan: 'P-1',
    sites: ['east', 'west'],
  };
  const released = draftsOf(planBy(release, { by: 'rc-one', register: inAcceptance(aTest('T-1')) }));
  const second = (by: PersonName, ...tests: readonly AcceptanceTest[]): readonly string[] =>
    codes({ act: 'release-model', drafts: released, first: 'rc-one', by, register: inAcceptance(...tests) });

  test('the second at a release did not test either', () => {
    expect(second('rc-two', aTest('T-1'))).toEqual([]);
    const helped = aTest('T-0', { recordedBy: practitionerId('rc-two') });
    expect(second('rc-two', helped, aTest('T-1'))).toEqual(['interested-party']);
  });

  test('a test that failed meanwhile stops the release', () => {
    expect(second('rc-two', aTest('T-1'), aTest('T-2', { result: 'fail' }))).toEqual(['tests-incomplete']);
  });

  test('an approval for whom nobody supervises any more', () => {
    const supervisor = anApproval({ id: 'A-1', practitioner: practitionerId('rc-two'), grantedBy: 'lead' });
    const grant: RegisterAct = {
      act: 'grant-approval',
      practitioner: practitionerId('trainee'),
      model: MODEL,
      version: aModelVersion().version,
      functions: ['view'],
      mode: 'supervised',
      supervisor: practitionerId('rc-two'),
      from: NOW,
      until: NOW + DAY_MS,
    };
    const with2 = snapshotOf(contentsOfPeople({ approvals: [supervisor] }), strict);
    const drafts = draftsOf(planBy(grant, { by: 'rc-one', register: with2 }));
    const asked = { act: 'grant-approval', drafts, first: 'rc-one', by: 'lead' } as const;
    expect(codes({ ...asked, register: with2 })).toEqual([]);
    expect(codes({ ...asked, register: peopleRegister({}, strict) })).toEqual(['supervisor-not-approved']);
  });

  test('whoever runs a plan, or drafted a guideline, does not confirm it', () => {
    const register = peopleRegister({}, strict);
    const draft = (
      kind: 'plan' | 'guideline',
      record: Readonly<Record<string, unknown>>,
    ): readonly RecordDraft[] => [{ kind, id: 'one', record }];
    const runs = draft('plan', { operator: 'rc-two' });
    const isConcerned = (act: RegisterAct['act'], drafts: readonly RecordDraft[]): boolean =>
      codes({ act, drafts, first: 'rc-one', by: 'rc-two', register }).includes('interested-party');
    expect(isConcerned('approve-plan', runs)).toBe(true);
    expect(
      isConcerned('sign-guideline', draft('guideline', { draftedBy: 'rc-two', signedBy: 'rc-one' })),
    ).toBe(true);
    expect(isConcerned('comment-on-guideline', draft('guideline', { draftedBy: 'rc-two' }))).toBe(false);
    const recorded: readonly RecordDraft[] = [
      { kind: 'acceptance-test', id: 'T-9', record: { recordedBy: 'rc-two' } },
    ];
    expect(isConcerned('record-acceptance-test', recorded)).toBe(false);
  });

  test('a release of nothing known, or of no plan, concerns nobody, and is not confirmed either', () => {
    const register = peopleRegister({}, strict);
    const ask = (
      drafts: readonly RecordDraft[],
      act: RegisterAct['act'] = 'release-model',
    ): readonly string[] => codes({ act, drafts, first: 'rc-one', by: 'rc-two', register });
    const written = (record: Readonly<Record<string, unknown>>): readonly RecordDraft[] => [
      { kind: 'model-version', id: 'x', record },
    ];
    const releases = [{ site: 'east', plan: 'P-9' }, { site: 'west' }, 7, null];
    expect(ask(written({ model: 'x', version: '1', releases }), 'change-model')).toEqual([
      'unknown-model-version',
    ]);
    expect(ask(written({ model: 'x', version: '1' }))).toEqual(['unknown-model-version']);
    expect(ask([{ kind: 'model-version', id: 'x', removed: true, reason: 'x' }])).toEqual([
      'proposal-overtaken',
    ]);
    expect(ask([])).toEqual(['proposal-overtaken']);
  });

  describe('every act is judged again by the register as it stands', () => {
    const RC_TWO = practitionerId('rc-two');
    const earlier = anApproval({ id: 'A-1', practitioner: RC_TWO, grantedBy: 'lead' });
    const trainees = anApproval({
      id: 'A-2',
      practitioner: practitionerId('trainee'),
      grantedBy: 'lead',
    });
    const carryOver: RegisterAct = {
      act: 'carry-over-approvals',
      model: MODEL,
      fromVersion: aModelVersion().version,
      toVersion: NEW_VERSION,
    };
    const withApprovals = (...approvals: readonly Approval[]): RegisterSnapshot =>
      peopleRegister({ approvals }, strict);
    const asked = (
      act: RegisterAct,
      by: PersonName,
      before: RegisterSnapshot,
      first: PersonName = 'rc-one',
    ) => {
      const drafts = draftsOf(planBy(act, { by: first, register: before }));
      return (register: RegisterSnapshot): readonly string[] =>
        codes({ act: act.act, drafts, first, by, register });
    };

    test('what is carried over was ended meanwhile, all of it, or that of one of two', () => {
      const before = withApprovals(earlier, trainees);
      const confirmed = asked(carryOver, 'rc-two', withApprovals(trainees), 'rc-one');
      expect(confirmed(withApprovals(trainees))).toEqual([]);
      expect(confirmed(withApprovals({ ...trainees, until: NOW }))).toEqual(['nothing-to-carry-over']);
      expect(confirmed(withApprovals())).toEqual(['proposal-overtaken']);
      const both = draftsOf(planBy(carryOver, { by: 'rc-one', register: before }));
      expect(both).toHaveLength(2);
      const still = { ...earlier, functions: ['view'] as const };
      expect(
        codes({
          act: 'carry-over-approvals',
          drafts: both.filter(({ kind }) => kind === 'approval').slice(1),
          first: 'rc-one',
          by: 'rc-two',
          register: withApprovals(still, { ...trainees, functions: ['view'] }),
        }),
      ).toEqual(['proposal-overtaken']);
    });

    test.each<{
      name: string;
      act: RegisterAct;
      first: PersonName;
      by: PersonName;
      before: RegisterSnapshot;
      after: RegisterSnapshot;
      codes: readonly string[];
    }>([
      {
        name: 'a version that was retired is not put into acceptance',
        act: {
          act: 'approve-plan',
          model: MODEL,
          version: NEW_VERSION,
          title: 'Plan',
          studies: ['1.2.3'],
          script: [{ id: 'load', title: 'Loads' }],
          operator: practitionerId('op-one'),
        },
        first: 'rc-one',
        by: 'rc-two',
        before: peopleRegister({}, strict),
        after: peopleRegister(
          { modelVersions: [aModelVersion({ version: NEW_VERSION, state: 'retired', retiredAt: NOW })] },
          strict,
        ),
        codes: ['wrong-model-state'],
      },
      {
        name: 'a person who came in meanwhile is not added again',
        act: { act: 'add-practitioner', practitioner: { ...person('registrar') } },
        first: 'lead',
        by: 'director',
        before: peopleRegister(
          {
            practitioners: [person('lead'), person('director')],
            evidence: [],
          },
          strict,
        ),
        after: peopleRegister({}, strict),
        codes: ['exists-already'],
      },
      {
        name: 'evidence that stands by now is not entered twice',
        act: {
          act: 'attest-evidence',
          piece: {
            practitioner: practitionerId('trainee'),
            type: 'portfolio',
            happenedAt: NOW - DAY_MS,
            attestedBy: 'director',
          },
        },
        first: 'lead',
        by: 'director',
        before: peopleRegister({}, strict),
        after: peopleRegister(
          {
            evidence: [
              ...evidenceOfPeople(),
              {
                id: 'E-same',
                practitioner: practitionerId('trainee'),
                type: 'portfolio',
                happenedAt: NOW - DAY_MS,
                attestedBy: 'director',
              },
            ],
          },
          strict,
        ),
        codes: ['exists-already'],
      },
      {
        name: 'an approval for studies that the plan has no more',
        act: {
          act: 'grant-approval',
          practitioner: practitionerId('op-one'),
          model: MODEL,
          version: NEW_VERSION,
          functions: ['detection'],
          mode: 'acceptance',
          plan: 'P-1',
          from: NOW,
          until: NOW + DAY_MS,
        },
        first: 'rc-one',
        by: 'rc-two',
        before: inAcceptance(),
        after: snapshotOf(
          contentsOfPeople({
            plans: [{ ...plan, studies: [studyUid('4.5.6')] }],
            modelVersions: [aModelVersion({ version: NEW_VERSION, state: 'acceptance', releases: [] })],
          }),
          strict,
        ),
        codes: ['proposal-overtaken'],
      },
    ])('$name', ({ act, first, by, before, after, codes: wanted }) => {
      const confirmed = asked(act, by, before, first);
      expect(confirmed(before)).toEqual([]);
      expect(confirmed(after)).toEqual(wanted);
    });
  });
});
