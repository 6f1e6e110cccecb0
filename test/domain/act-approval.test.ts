import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { Approval, ModelVersion, RegisterSnapshot } from '../../src/domain/register.ts';
import { MODEL_STATES, type Profession } from '../../src/domain/words.ts';
import {
  codesOf,
  contentsOfPeople,
  DAY_MS,
  draftsOf,
  NEW_VERSION,
  peopleRegister,
  person,
  planBy,
  POLICY,
  recordOf,
} from '../fakes/act-people.ts';
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
const simulated = aModelVersion({ endpoints: [aBinding({ simulator: true })] });
const register = peopleRegister();
const withApprovals = (...approvals: readonly Approval[]): RegisterSnapshot => peopleRegister({ approvals });

describe('granting an approval', () => {
  test('says who granted it, to whom, for exactly which version', () => {
    const plan = planBy(grant(), { by: 'rc-one', register });
    expect(plan).toMatchObject({ permitted: true, people: 1 });
    expect(recordOf(plan)).toEqual({
      id: 'A-new-1',
      practitioner: 'trainee',
      model: 'lung-nodule',
      version: '2.1.0',
      functions: ['detection', 'view'],
      mode: 'independent',
      from: '2026-03-10T09:00:00Z',
      until: '2026-06-18T09:00:00Z',
      grantedBy: 'rc-one',
    });
  });

  test.each<{ name: string; act: Partial<Grant>; codes: readonly string[] }>([
    { name: 'to oneself', act: { practitioner: practitionerId('rc-one') }, codes: ['not-for-oneself'] },
    { name: 'to nobody', act: { practitioner: practitionerId('stranger') }, codes: ['unknown-practitioner'] },
    { name: 'for no version', act: { version: versionString('9') }, codes: ['unknown-model-version'] },
    {
      name: 'to nobody for no version',
      act: { practitioner: practitionerId('stranger'), version: versionString('9') },
      codes: ['unknown-practitioner', 'unknown-model-version'],
    },
    {
      name: 'a function that is not served',
      act: { functions: ['triage', 'view'] },
      codes: ['function-not-served'],
    },
    { name: 'that ends as it begins', act: { until: NOW }, codes: ['dates-in-disorder'] },
    { name: 'that is over', act: { from: NOW - DAY_MS, until: NOW }, codes: ['dates-in-disorder'] },
    { name: 'that began yesterday', act: { from: NOW - DAY_MS }, codes: [] },
    { name: 'that is dated further back', act: { from: NOW - DAY_MS - 1 }, codes: ['dates-in-disorder'] },
    { name: 'supervised by nobody', act: { mode: 'supervised' }, codes: ['supervisor-needed'] },
    { name: 'for a sandbox that there is not', act: { mode: 'sandbox' }, codes: ['no-simulator'] },
  ])('$name: $codes', ({ act, codes }) => {
    expect(codesOf(planBy(grant(act), { by: 'rc-one', register }))).toEqual(codes);
  });

  test.each(MODEL_STATES)('for a version in state %s', (state) => {
    const retiredAt = state === 'retired' ? { retiredAt: NOW - DAY_MS } : {};
    const known: ModelVersion = aModelVersion({ state, ...retiredAt });
    const plan = planBy(grant(), { by: 'rc-one', register: peopleRegister({ modelVersions: [known] }) });
    expect(codesOf(plan)).toEqual(state === 'retired' ? ['wrong-model-state'] : []);
  });

  test('a sandbox where an endpoint is a simulator', () => {
    const given = peopleRegister({ modelVersions: [simulated] });
    expect(recordOf(planBy(grant({ mode: 'sandbox' }), { by: 'lead', register: given }))).toMatchObject({
      mode: 'sandbox',
    });
  });

  const held = (changes: Partial<Approval>): Approval =>
    anApproval({
      id: 'A-1',
      practitioner: TRAINEE,
      from: NOW + DAY_MS,
      until: NOW + 10 * DAY_MS,
      ...changes,
    });
  test.each<{ name: string; held: Partial<Approval>; codes: readonly string[] }>([
    { name: 'the same within', held: {}, codes: ['approval-overlaps'] },
    { name: 'one of the functions', held: { functions: ['view'] }, codes: ['approval-overlaps'] },
    { name: 'another function', held: { functions: ['triage'] }, codes: [] },
    { name: 'another mode', held: { mode: 'sandbox' }, codes: [] },
    { name: 'another version', held: { version: NEW_VERSION }, codes: [] },
    { name: 'another person', held: { practitioner: practitionerId('rc-two') }, codes: [] },
    { name: 'one that was ended, by a clock that was ahead', held: { endedBecause: 'Left' }, codes: [] },
    { name: 'one that ends where this begins', held: { from: NOW - DAY_MS, until: NOW }, codes: [] },
    {
      name: 'one that begins where this ends',
      held: { from: NOW + 100 * DAY_MS, until: NOW + 101 * DAY_MS },
      codes: [],
    },
  ])('beside $name: $codes', ({ held: changes, codes }) => {
    const plan = planBy(grant(), { by: 'rc-one', register: withApprovals(held(changes)) });
    expect(codesOf(plan)).toEqual(codes);
    if (!plan.permitted) expect(plan.reasons[0]?.text).toContain('A-1');
  });

  test.each<{ profession: Profession; codes: readonly string[] }>([
    { profession: 'registrar', codes: ['supervised-only'] },
    { profession: 'radiologist', codes: [] },
    { profession: 'pharmacist', codes: [] },
  ])('independent, to a $profession: $codes', ({ profession, codes }) => {
    const practitioners = [person('rc-one'), person('trainee', { profession })];
    expect(codesOf(planBy(grant(), { by: 'rc-one', register: peopleRegister({ practitioners }) }))).toEqual(
      codes,
    );
    const unruled = peopleRegister({ practitioners }, { ...POLICY, duties: [] });
    expect(codesOf(planBy(grant(), { by: 'rc-one', register: unruled }))).toEqual([]);
    const both = POLICY.schemes.map((scheme) => ({ ...scheme, professions: [profession] }));
    const mixed = peopleRegister({ practitioners }, { ...POLICY, schemes: both });
    expect(codesOf(planBy(grant(), { by: 'lead', register: mixed }))).toEqual([]);
  });
});

describe('ending an approval', () => {
  const approvals = [
    ofClinician({ id: 'runs' }),
    ofClinician({ id: 'over', functions: ['triage'], until: NOW }),
    ofClinician({ id: 'to-come', mode: 'sandbox', from: NOW }),
    anApproval({ id: 'mine', practitioner: practitionerId('rc-two'), grantedBy: 'lead' }),
  ];
  const given = peopleRegister({ approvals });
  const end = (id: string) =>
    planBy({ act: 'end-approval', id, reason: 'Has left' }, { by: 'rc-two', register: given });

  test('one that runs ends now', () => {
    expect(recordOf(end('runs'))).toMatchObject({
      id: 'runs',
      until: '2026-03-10T09:00:00Z',
      endedBecause: 'Has left',
    });
  });

  test('one that has not begun is taken back', () => {
    expect(draftsOf(end('to-come'))).toEqual([
      { kind: 'approval', id: 'to-come', removed: true, reason: 'Has left' },
    ]);
  });

  test.each([
    { id: 'over', codes: ['approval-ended'] },
    { id: 'mine', codes: ['not-for-oneself'] },
    { id: 'nothing', codes: ['unknown-record'] },
  ])('$id: $codes', ({ id, codes }) => {
    expect(codesOf(end(id))).toEqual(codes);
  });
});

test('the register of these tests holds the versions that they name', () => {
  expect(contentsOfPeople().modelVersions?.map(({ version }) => version)).toEqual([VERSION, NEW_VERSION]);
});
