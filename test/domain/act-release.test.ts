import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { AcceptanceTest, RevalidationPlan } from '../../src/domain/register.ts';
import {
  codesOf,
  DAY_MS,
  NEW_VERSION,
  peopleRegister,
  planBy,
  type PersonName,
} from '../fakes/act-people.ts';
import { aModelVersion, MODEL, NOW, practitionerId, studyUid, VERSION } from '../fakes/register-builder.ts';

const plan = (id: string, changes: Partial<RevalidationPlan> = {}): RevalidationPlan => ({
  id,
  model: MODEL,
  version: NEW_VERSION,
  title: `Plan ${id}`,
  studies: [studyUid('1.2.3')],
  script: [{ id: 'load', title: 'Loads in PACS' }],
  operator: practitionerId('op-one'),
  approvedBy: practitionerId('rc-one'),
  approvedAt: NOW - DAY_MS,
  ...changes,
});
const tested = (of: string, changes: Partial<AcceptanceTest> = {}): AcceptanceTest => ({
  id: `T-${of}-${changes.id ?? '1'}`,
  plan: of,
  item: 'load',
  result: 'pass',
  recordedBy: practitionerId('op-one'),
  happenedAt: NOW,
  ...changes,
});
const release: RegisterAct = {
  act: 'release-model',
  model: MODEL,
  version: NEW_VERSION,
  plan: 'easy',
  sites: ['*'],
};
const HARD = { operator: practitionerId('rc-two'), title: 'Whole' };
const BY_RC_TWO = { recordedBy: practitionerId('rc-two') };

describe('an easier plan beside another of the same version', () => {
  test.each<{
    name: string;
    other: Partial<RevalidationPlan>;
    tests: readonly AcceptanceTest[];
    by: PersonName;
    codes: readonly string[];
  }>([
    {
      name: 'that was failed: not released by whoever failed it, nor by anybody',
      other: HARD,
      tests: [tested('hard', { result: 'fail', ...BY_RC_TWO })],
      by: 'rc-two',
      codes: ['tests-incomplete', 'tester-cannot-release'],
    },
    {
      name: 'that was failed: not released by others either',
      other: HARD,
      tests: [tested('hard', { result: 'fail', ...BY_RC_TWO })],
      by: 'rc-one',
      codes: ['tests-incomplete'],
    },
    {
      name: 'that was failed, then passed: released by another person',
      other: HARD,
      tests: [tested('hard', { result: 'fail', ...BY_RC_TWO }), tested('hard', { id: '2', ...BY_RC_TWO })],
      by: 'rc-one',
      codes: [],
    },
    {
      name: 'that was passed: not released by whoever ran it',
      other: HARD,
      tests: [tested('hard', BY_RC_TWO)],
      by: 'rc-two',
      codes: ['tester-cannot-release'],
    },
    {
      name: 'that nobody has run: released by whoever is to run it',
      other: HARD,
      tests: [],
      by: 'rc-two',
      codes: [],
    },
    {
      name: 'that was failed for another version: released',
      other: { ...HARD, version: VERSION },
      tests: [tested('hard', { result: 'fail', ...BY_RC_TWO })],
      by: 'rc-two',
      codes: [],
    },
  ])('$name', ({ other, tests, by, codes }) => {
    const register = peopleRegister({
      plans: [plan('hard', other), plan('easy')],
      acceptanceTests: [...tests, tested('easy')],
      modelVersions: [
        aModelVersion(),
        aModelVersion({ version: NEW_VERSION, state: 'acceptance', releases: [] }),
      ],
    });
    expect(codesOf(planBy(release, { by, register }))).toEqual(codes);
  });

  test('the reason names the test and its plan', () => {
    const register = peopleRegister({
      plans: [plan('hard', HARD), plan('easy')],
      acceptanceTests: [tested('hard', { result: 'fail', ...BY_RC_TWO }), tested('easy')],
      modelVersions: [aModelVersion({ version: NEW_VERSION, state: 'acceptance', releases: [] })],
    });
    const outcome = planBy(release, { by: 'rc-one', register });
    const [reason] = outcome.permitted ? [] : outcome.reasons;
    expect(reason?.text).toContain('Loads in PACS (Whole)');
  });
});
