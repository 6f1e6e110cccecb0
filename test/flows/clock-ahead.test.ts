import { suspensionOf } from '../../src/domain/credential-status.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { isStopping } from '../../src/domain/model-file.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import { createActHouse, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, evidenceOfPeople, PEOPLE, person } from '../fakes/act-people.ts';
import { aModelVersion, MODEL, practitionerId, VERSION } from '../fakes/register-builder.ts';

const DIRECTOR = practitionerId('director');
let house: ActHouse;
beforeEach(async () => {
  house = await createActHouse({
    practitioners: PEOPLE.map((name) => person(name)),
    evidence: evidenceOfPeople().filter(({ practitioner }) => ['rc-one', 'op-one'].includes(practitioner)),
    modelVersions: [aModelVersion()],
  });
});
afterEach(async () => {
  await house.close();
});

const suspend: RegisterAct = { act: 'suspend', practitioner: DIRECTOR, reason: 'Under review' };
const lift: RegisterAct = { act: 'lift-suspension', practitioner: DIRECTOR, reason: 'Reviewed' };
/** Done while the clock shows a day too much, which is put right then. */
async function withClockAhead(work: () => Promise<unknown>): Promise<void> {
  const start = house.now();
  house.later(DAY_MS);
  await work();
  house.moveTo(start + 60_000);
}
const isSuspended = (): boolean =>
  suspensionOf(house.deps.register.snapshot().evidenceOf(DIRECTOR), undefined, house.now()) !== undefined;

test('a suspension locks, and keeps whoever it is about from acting', async () => {
  await withClockAhead(() => house.perform('lead', suspend));
  expect(isSuspended()).toBe(true);
  const work = house.perform('director', { act: 'suspend', practitioner: practitionerId('it'), reason: 'x' });
  await expect(work).rejects.toMatchObject({ reasons: [{ code: 'practitioner-suspended' }] });
});

test('it is lifted once its moment has come, and says so before', async () => {
  await withClockAhead(() => house.perform('lead', suspend));
  await expect(house.perform('lead', lift)).rejects.toBeInstanceOf(GatewayError);
  await expect(house.perform('lead', lift)).rejects.toMatchObject({
    reasons: [{ code: 'dates-in-disorder' }],
  });
  house.later(2 * DAY_MS);
  await house.together('lead', 'other-lead', lift);
  house.later(1_000);
  expect(isSuspended()).toBe(false);
});

test('a lifting that was dated ahead does not lift what is suspended after it, when that day comes', async () => {
  await house.perform('lead', suspend);
  await withClockAhead(() => house.together('lead', 'other-lead', lift));
  expect(isSuspended()).toBe(true);
  await house.perform('lead', { ...suspend, reason: 'Something else' });
  await expect(house.perform('lead', suspend)).rejects.toMatchObject({
    reasons: [{ code: 'already-suspended' }],
  });
  house.later(2 * DAY_MS);
  expect(isSuspended()).toBe(true);
});

test('a stop-use stops', async () => {
  await withClockAhead(() => house.perform('rc-one', { act: 'stop-use', model: MODEL, reason: 'Drift' }));
  const [stop] = house.deps.register.snapshot().stopUses();
  if (stop === undefined) throw new Error('there is none');
  expect(isStopping(stop, house.now())).toBe(true);
});

test('an approval that was ended is no reason against another', async () => {
  const grant: RegisterAct = {
    act: 'grant-approval',
    practitioner: practitionerId('rc-one'),
    model: MODEL,
    version: VERSION,
    functions: ['detection'],
    mode: 'independent',
    from: house.now(),
    until: house.now() + 30 * DAY_MS,
  };
  await house.perform('lead', grant);
  await expect(house.perform('lead', grant)).rejects.toMatchObject({
    reasons: [{ code: 'approval-overlaps' }],
  });
  const [held] = house.deps.register.snapshot().approvalsOf(practitionerId('rc-one'));
  const id = held?.id ?? '';
  await withClockAhead(() => house.perform('lead', { act: 'end-approval', id, reason: 'Moved' }));
  expect((await house.perform('lead', grant)).state).toBe('applied');
});

test('a hold by a clock that is behind holds for those whose clock is right', async () => {
  const start = house.now();
  house.moveTo(start + DAY_MS);
  await house.perform('lead', suspend);
  house.moveTo(start);
  await house.perform('op-one', { act: 'hold-model', model: MODEL, reason: 'Odd boxes' });
  const [hold] = house.deps.register.snapshot().stopUses();
  if (hold === undefined) throw new Error('there is none');
  expect(isStopping(hold, start + DAY_MS)).toBe(true);
});
