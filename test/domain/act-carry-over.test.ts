import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { Approval, ModelVersion, RegisterSnapshot } from '../../src/domain/register.ts';
import { MODEL_STATES } from '../../src/domain/words.ts';
import { codesOf, DAY_MS, draftsOf, NEW_VERSION, peopleRegister, planBy } from '../fakes/act-people.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  MODEL,
  NOW,
  practitionerId,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

type CarryOver = Extract<RegisterAct, { act: 'carry-over-approvals' }>;
const carry = (changes: Partial<CarryOver> = {}): CarryOver => ({
  act: 'carry-over-approvals',
  model: MODEL,
  fromVersion: VERSION,
  toVersion: NEW_VERSION,
  ...changes,
});

const approval = (id: string, practitioner: string, changes: Partial<Approval> = {}): Approval =>
  anApproval({ id, practitioner: practitionerId(practitioner), grantedBy: 'lead', ...changes });
const HELD: readonly Approval[] = [
  approval('two', 'rc-two'),
  approval('operator', 'op-one', { functions: ['view', 'detection'], until: NOW + 5 * DAY_MS }),
  approval('trainee', 'trainee', { mode: 'supervised', supervisor: practitionerId('rc-two') }),
  approval('own', 'rc-one'),
  approval('over', 'op-two', { until: NOW }),
  approval('ended', 'op-two', { until: NOW + 1, endedBecause: 'by a clock that was ahead' }),
  approval('to-come', 'op-two', { from: NOW + 1 }),
  approval('tests', 'op-two', { mode: 'acceptance', planStudies: ['1.2.3'] }),
];

function registerWith(approvals: readonly Approval[], to: Partial<ModelVersion> = {}): RegisterSnapshot {
  const next = aModelVersion({ version: NEW_VERSION, state: 'registered', releases: [], ...to });
  return peopleRegister({ approvals, modelVersions: [aModelVersion(), next] });
}

const codes = (act: CarryOver, register: RegisterSnapshot): readonly string[] =>
  codesOf(planBy(act, { by: 'rc-one', register }));

describe('carrying approvals over to a new version', () => {
  test('all in force but the actor’s own: same person, mode and end', () => {
    const plan = planBy(carry(), { by: 'rc-one', register: registerWith(HELD) });
    expect(plan).toMatchObject({ permitted: true, people: 1 });
    const records = draftsOf(plan).map((draft) => ('record' in draft ? draft.record : {}));
    expect(records.map((record) => record['carriedFrom'])).toEqual(['two', 'operator', 'trainee']);
    expect(records[1]).toEqual({
      id: 'A-new-2',
      practitioner: 'op-one',
      model: 'lung-nodule',
      version: '3.0.0',
      functions: ['view', 'detection'],
      mode: 'independent',
      from: '2026-03-10T09:00:00Z',
      until: '2026-03-15T09:00:00Z',
      grantedBy: 'rc-one',
      carriedFrom: 'operator',
    });
    // The supervisor's own approval comes over in the same act.
    expect(records[2]).toMatchObject({ mode: 'supervised', supervisor: 'rc-two' });
  });

  test('only of those who are named', () => {
    const plan = planBy(carry({ practitioners: [practitionerId('op-one')] }), {
      by: 'rc-one',
      register: registerWith(HELD),
    });
    expect(draftsOf(plan)).toHaveLength(1);
  });

  test('only the functions that the new version serves', () => {
    const held = [
      approval('both', 'op-one', { functions: ['triage', 'detection'] }),
      approval('none', 'op-two', { functions: ['triage'] }),
    ];
    const plan = planBy(carry(), { by: 'rc-one', register: registerWith(held) });
    expect(draftsOf(plan)).toMatchObject([{ record: { functions: ['detection'], carriedFrom: 'both' } }]);
  });

  test.each<{ name: string; act: Partial<CarryOver>; codes: readonly string[] }>([
    {
      name: 'from nothing known',
      act: { fromVersion: versionString('9') },
      codes: ['unknown-model-version'],
    },
    { name: 'to nothing known', act: { toVersion: versionString('9') }, codes: ['unknown-model-version'] },
    { name: 'onto itself', act: { toVersion: VERSION }, codes: ['approval-overlaps'] },
    {
      name: 'one’s own',
      act: { practitioners: [practitionerId('rc-one')] },
      codes: ['not-for-oneself', 'nothing-to-carry-over'],
    },
    {
      name: 'of somebody with nothing in force',
      act: { practitioners: [practitionerId('op-one'), practitionerId('op-two')] },
      codes: ['nothing-to-carry-over'],
    },
    {
      name: 'of a trainee without the supervisor',
      act: { practitioners: [practitionerId('trainee')] },
      codes: ['supervisor-not-approved'],
    },
  ])('$name: $codes', ({ act, codes: wanted }) => {
    expect(codes(carry(act), registerWith(HELD))).toEqual(wanted);
  });

  test('nothing in force: nothing', () => {
    expect(codes(carry(), registerWith([]))).toEqual(['nothing-to-carry-over']);
  });

  test('whoever is missing is named', () => {
    const plan = planBy(carry({ practitioners: [practitionerId('op-two')] }), {
      by: 'rc-one',
      register: registerWith(HELD),
    });
    expect(plan.permitted ? '' : plan.reasons[0]?.text).toContain('op-two');
  });

  test.each(MODEL_STATES)('to a version in state %s', (state) => {
    const to = { state, ...(state === 'retired' ? { retiredAt: NOW } : {}) };
    expect(codes(carry(), registerWith(HELD, to))).toEqual(state === 'retired' ? ['wrong-model-state'] : []);
  });

  test('one that is there already stops all of it, and is named', () => {
    const register = registerWith([...HELD, approval('there', 'op-one', { version: NEW_VERSION })]);
    const plan = planBy(carry(), { by: 'rc-one', register });
    expect(codesOf(plan)).toEqual(['approval-overlaps']);
    expect(plan.permitted ? '' : plan.reasons[0]?.text).toContain('there');
  });

  test('a sandbox only where the new version has a simulator', () => {
    const held = [approval('sand', 'trainee', { mode: 'sandbox' })];
    expect(codes(carry(), registerWith(held))).toEqual(['no-simulator']);
    expect(codes(carry(), registerWith(held, { endpoints: [aBinding({ simulator: true })] }))).toEqual([]);
  });

  test('only for a Responsible Clinician with a smart card', () => {
    const register = registerWith(HELD);
    expect(codesOf(planBy(carry(), { by: 'lead', register }))).toEqual(['act-not-in-duty']);
    expect(codesOf(planBy(carry(), { by: 'rc-one', register, login: { assurance: 2 } }))).toEqual([
      'assurance-too-low',
    ]);
  });
});
