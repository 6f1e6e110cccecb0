import type { RecordDraft, RegisterAct } from '../../src/domain/register-acts.ts';
import type { AcceptanceTest, RegisterSnapshot, RevalidationPlan } from '../../src/domain/register.ts';
import { codesOfConfirmation as codes } from '../fakes/confirm-codes.ts';
import {
  contentsOfPeople,
  DAY_MS,
  draftsOf,
  NEW_VERSION,
  peopleRegister,
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
    expect(codes({ act: 'approve-plan', drafts: runs, first: 'rc-one', by: 'rc-two', register })).toEqual([
      'interested-party',
    ]);
    const signed = draft('guideline', { draftedBy: 'rc-two', signedBy: 'rc-one' });
    expect(codes({ act: 'sign-guideline', drafts: signed, first: 'rc-one', by: 'rc-two', register })).toEqual(
      ['interested-party'],
    );
    const commented = draft('guideline', { draftedBy: 'rc-two' });
    expect(
      codes({ act: 'comment-on-guideline', drafts: commented, first: 'rc-one', by: 'rc-two', register }),
    ).toEqual([]);
    const recorded: readonly RecordDraft[] = [
      { kind: 'acceptance-test', id: 'T-9', record: { recordedBy: 'rc-two' } },
    ];
    expect(
      codes({ act: 'record-acceptance-test', drafts: recorded, first: 'rc-one', by: 'rc-two', register }),
    ).toEqual([]);
  });

  test('a release of nothing known, or of no plan, concerns nobody', () => {
    const register = peopleRegister({}, strict);
    const ask = (record: Readonly<Record<string, unknown>>): readonly string[] =>
      codes({
        act: 'change-model',
        drafts: [{ kind: 'model-version', id: 'x', record }],
        first: 'rc-one',
        by: 'rc-two',
        register,
      });
    expect(
      ask({ model: 'x', version: '1', releases: [{ site: 'east', plan: 'P-9' }, { site: 'west' }, 7, null] }),
    ).toEqual([]);
    expect(ask({ model: 'x', version: '1' })).toEqual([]);
    const gone: readonly RecordDraft[] = [{ kind: 'model-version', id: 'x', removed: true, reason: 'x' }];
    expect(codes({ act: 'release-model', drafts: gone, first: 'rc-one', by: 'rc-two', register })).toEqual(
      [],
    );
    const nothing: readonly RecordDraft[] = [];
    expect(codes({ act: 'release-model', drafts: nothing, first: 'rc-one', by: 'rc-two', register })).toEqual(
      [],
    );
    const elsewhere: readonly RecordDraft[] = [
      { kind: 'model-version', id: 'x', record: { model: 'x', version: '1', releases: [{ site: 'east' }] } },
    ];
    expect(
      codes({ act: 'release-model', drafts: elsewhere, first: 'rc-one', by: 'rc-two', register }),
    ).toEqual(['unknown-model-version']);
  });
});
