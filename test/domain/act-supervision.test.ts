import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { Approval, RegisterSnapshot, RevalidationPlan } from '../../src/domain/register.ts';
import {
  codesOf,
  DAY_MS,
  NEW_VERSION,
  PEOPLE,
  peopleRegister,
  person,
  planBy,
  recordOf,
} from '../fakes/act-people.ts';
import {
  aModelVersion,
  anApproval,
  MODEL,
  NOW,
  practitionerId,
  studyUid,
  VERSION,
} from '../fakes/register-builder.ts';

type Grant = Extract<RegisterAct, { act: 'grant-approval' }>;

const TRAINEE = practitionerId('trainee');
const grant = (changes: Partial<Grant> = {}): Grant => ({
  act: 'grant-approval',
  practitioner: TRAINEE,
  model: MODEL,
  version: VERSION,
  functions: ['detection', 'view'],
  mode: 'independent',
  from: NOW,
  until: NOW + 100 * DAY_MS,
  ...changes,
});
/** An independent approval of a Responsible Clinician, for as long as any of these. */
const ofClinician = (changes: Partial<Approval> = {}): Approval =>
  anApproval({ id: 'A-rc', practitioner: practitionerId('rc-one'), grantedBy: 'lead', ...changes });
const withApprovals = (...approvals: readonly Approval[]): RegisterSnapshot => peopleRegister({ approvals });

describe('a supervised approval', () => {
  const supervised = (changes: Partial<Grant> = {}): Grant =>
    grant({ mode: 'supervised', supervisor: practitionerId('rc-one'), ...changes });
  const codes = (act: Grant, ...approvals: readonly Approval[]): readonly string[] =>
    codesOf(planBy(act, { by: 'lead', register: withApprovals(...approvals) }));

  test('under somebody who works independently', () => {
    const plan = planBy(supervised(), { by: 'lead', register: withApprovals(ofClinician()) });
    expect(recordOf(plan)).toMatchObject({ mode: 'supervised', supervisor: 'rc-one' });
  });

  test('whoever grants it may supervise', () => {
    expect(codesOf(planBy(supervised(), { by: 'rc-one', register: withApprovals(ofClinician()) }))).toEqual(
      [],
    );
  });

  test.each<{ name: string; act: Partial<Grant>; approvals: readonly Approval[]; codes: readonly string[] }>([
    { name: 'nothing', act: {}, approvals: [], codes: ['supervisor-not-approved'] },
    {
      name: 'another version',
      act: {},
      approvals: [ofClinician({ version: NEW_VERSION })],
      codes: ['supervisor-not-approved'],
    },
    {
      name: 'one of the functions',
      act: {},
      approvals: [ofClinician({ functions: ['view'] })],
      codes: ['supervisor-not-approved'],
    },
    {
      name: 'each function by itself',
      act: {},
      approvals: [ofClinician({ functions: ['view'] }), ofClinician({ id: 'A-2', functions: ['detection'] })],
      codes: [],
    },
    {
      name: 'a sandbox',
      act: {},
      approvals: [ofClinician({ mode: 'sandbox' })],
      codes: ['supervisor-not-approved'],
    },
    {
      name: 'one that has ended',
      act: {},
      approvals: [ofClinician({ until: NOW })],
      codes: ['supervisor-not-approved'],
    },
    {
      name: 'one that will have ended',
      act: { from: NOW + 20 * DAY_MS },
      approvals: [ofClinician({ until: NOW + 20 * DAY_MS })],
      codes: ['supervisor-not-approved'],
    },
    {
      name: 'one by grace of the supervised',
      act: {},
      approvals: [ofClinician({ grantedBy: 'trainee' })],
      codes: ['supervisor-not-approved'],
    },
    {
      name: 'a supervisor who is the same',
      act: { supervisor: TRAINEE },
      approvals: [ofClinician()],
      codes: ['supervisor-same-person'],
    },
    {
      name: 'a supervisor who is nobody',
      act: { supervisor: practitionerId('stranger') },
      approvals: [ofClinician()],
      codes: ['supervisor-needed'],
    },
  ])('under a supervisor with $name: $codes', ({ act, approvals, codes: wanted }) => {
    expect(codes(supervised(act), ...approvals)).toEqual(wanted);
  });

  test('not under somebody who cannot sign in', () => {
    const practitioners = PEOPLE.map((name) => person(name, name === 'rc-one' ? { identities: [] } : {}));
    const given = peopleRegister({ practitioners, approvals: [ofClinician()] });
    expect(codesOf(planBy(supervised(), { by: 'lead', register: given }))).toEqual(['supervisor-needed']);
  });

  const under = (id: string, supervisor: string, changes: Partial<Approval> = {}): Approval =>
    anApproval({
      id: `A-${id}-${supervisor}`,
      practitioner: practitionerId(id),
      mode: 'supervised',
      supervisor: practitionerId(supervisor),
      grantedBy: 'lead',
      ...changes,
    });
  test.each<{ name: string; chain: readonly Approval[]; codes: readonly string[] }>([
    { name: 'each other', chain: [under('rc-one', 'trainee')], codes: ['supervisor-circle'] },
    {
      name: 'a circle of four',
      chain: [under('rc-one', 'rc-two'), under('rc-two', 'registrar'), under('registrar', 'trainee')],
      codes: ['supervisor-circle'],
    },
    { name: 'a circle beside', chain: [under('rc-one', 'rc-two'), under('rc-two', 'rc-one')], codes: [] },
    { name: 'no circle', chain: [under('rc-one', 'rc-two')], codes: [] },
    {
      name: 'a circle of another version',
      chain: [under('rc-one', 'trainee', { version: NEW_VERSION })],
      codes: [],
    },
    { name: 'a circle at another time', chain: [under('rc-one', 'trainee', { until: NOW })], codes: [] },
  ])('$name: $codes', ({ chain, codes: wanted }) => {
    expect(codes(supervised(), ofClinician(), ...chain)).toEqual(wanted);
  });
});

describe('an approval for acceptance tests', () => {
  const OPERATOR = practitionerId('op-one');
  const plan: RevalidationPlan = {
    id: 'P-1',
    model: MODEL,
    version: NEW_VERSION,
    title: 'Before 3.0.0',
    studies: [studyUid('1.2.3'), studyUid('1.2.4')],
    script: [{ id: 'load', title: 'Loads' }],
    operator: OPERATOR,
    approvedBy: practitionerId('rc-one'),
    approvedAt: NOW - DAY_MS,
  };
  const inAcceptance = aModelVersion({ version: NEW_VERSION, state: 'acceptance', releases: [] });
  const given = peopleRegister({ plans: [plan], modelVersions: [aModelVersion(), inAcceptance] });
  const accept = (changes: Partial<Grant> = {}): Grant =>
    grant({ mode: 'acceptance', practitioner: OPERATOR, version: NEW_VERSION, plan: 'P-1', ...changes });

  test('is for the operator, on the studies of the plan', () => {
    const record = recordOf(planBy(accept(), { by: 'lead', register: given }));
    expect(record).toMatchObject({ plan: 'P-1', planStudies: ['1.2.3', '1.2.4'] });
  });

  test.each<{ name: string; act: Grant; codes: readonly string[] }>([
    {
      name: 'for another operator',
      act: accept({ practitioner: practitionerId('op-two') }),
      codes: ['plan-not-in-force'],
    },
    { name: 'of a plan that nobody knows', act: accept({ plan: 'P-9' }), codes: ['plan-not-in-force'] },
    {
      name: 'without a plan',
      act: grant({ mode: 'acceptance', practitioner: OPERATOR, version: NEW_VERSION }),
      codes: ['plan-not-in-force'],
    },
    {
      name: 'of another version than the plan’s',
      act: accept({ version: VERSION }),
      codes: ['plan-not-in-force', 'wrong-model-state'],
    },
  ])('$name: $codes', ({ act, codes }) => {
    expect(codesOf(planBy(act, { by: 'lead', register: given }))).toEqual(codes);
  });

  test('not of another model of the same version', () => {
    const other = { ...plan, id: 'P-2', model: 'brain-bleed' as typeof MODEL };
    const register2 = peopleRegister({ plans: [other], modelVersions: [inAcceptance] });
    expect(codesOf(planBy(accept({ plan: 'P-2' }), { by: 'lead', register: register2 }))).toEqual([
      'plan-not-in-force',
    ]);
  });
});
