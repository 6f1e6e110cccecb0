import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { Instant, RegisterSnapshot, StopUse } from '../../src/domain/register.ts';
import {
  codesOf,
  DAY_MS,
  HOUR_MS,
  peopleRegister,
  planBy,
  POLICY,
  recordOf,
  snapshotOf,
  contentsOfPeople,
  type PersonName,
} from '../fakes/act-people.ts';
import {
  aModelVersion,
  MODEL,
  modelName,
  NOW,
  practitionerId,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

type Target = Pick<StopUse, 'model' | 'version' | 'family' | 'site'>;
const ALL = { model: MODEL };
const ONE = { model: MODEL, version: VERSION };
const FAMILY = { family: 'lung-ct' };
const SITE = { site: 'general' };

const aStop = (changes: Partial<StopUse> = {}): StopUse => ({
  id: 'S-1',
  ...ONE,
  from: NOW - HOUR_MS,
  reason: 'Drift',
  by: 'rc-one',
  ...changes,
});
const aHold = (target: Target, changes: Partial<StopUse> = {}): StopUse => {
  const { model: _model, version: _version, ...rest } = aStop({ by: 'op-one', until: NOW + 3 * HOUR_MS });
  return { ...rest, ...target, ...changes };
};
const brain = aModelVersion({ model: modelName('brain-bleed'), family: 'brain-ct' });
const other = aModelVersion({ version: versionString('3.0.0') });
const registerWith = (...stopUses: readonly StopUse[]): RegisterSnapshot =>
  peopleRegister({ stopUses, modelVersions: [aModelVersion(), other, brain] });

describe('calling a stop-use', () => {
  const stop = (target: Target): RegisterAct => ({ act: 'stop-use', reason: 'Missed nodules', ...target });
  test.each([ONE, ALL, FAMILY, SITE, { ...FAMILY, ...SITE }])('%j: one person, at once', (target) => {
    const plan = planBy(stop(target), { by: 'rc-one', register: registerWith() });
    expect(plan).toMatchObject({ permitted: true, people: 1 });
    expect(recordOf(plan)).toEqual({
      id: 'S-new-1',
      ...target,
      reason: 'Missed nodules',
      by: 'rc-one',
      from: '2026-03-10T09:00:00Z',
    });
  });

  test('one person, whatever a policy says', () => {
    const acts = POLICY.acts.map((rule) => ({ ...rule, people: 2 as const }));
    const register = snapshotOf(contentsOfPeople(), { ...POLICY, acts });
    expect(planBy(stop(ONE), { by: 'rc-one', register })).toMatchObject({ people: 1 });
    const hold: RegisterAct = { act: 'hold-model', reason: 'Odd', ...ONE };
    expect(planBy(hold, { by: 'op-one', register })).toMatchObject({ people: 1 });
  });

  test.each<{ target: Target; codes: readonly string[] }>([
    { target: {}, codes: ['target-missing'] },
    { target: { model: modelName('nothing') }, codes: ['unknown-model-version'] },
    { target: { model: MODEL, version: versionString('9') }, codes: ['unknown-model-version'] },
    { target: { family: 'nothing' }, codes: ['unknown-model-version'] },
    { target: { ...ALL, family: 'brain-ct' }, codes: ['unknown-model-version'] },
  ])('$target: $codes', ({ target, codes }) => {
    expect(codesOf(planBy(stop(target), { by: 'rc-one', register: registerWith() }))).toEqual(codes);
  });

  test('of a site, even before there is any version', () => {
    const register = peopleRegister({ modelVersions: [] });
    expect(codesOf(planBy(stop(SITE), { by: 'rc-one', register }))).toEqual([]);
  });

  test.each<{ name: string; stops: readonly StopUse[]; by: PersonName; codes: readonly string[] }>([
    { name: 'one’s own', stops: [aStop()], by: 'rc-one', codes: ['exists-already'] },
    { name: 'another’s', stops: [aStop()], by: 'rc-two', codes: [] },
    { name: 'one’s own that was lifted', stops: [aStop({ liftedAt: NOW })], by: 'rc-one', codes: [] },
    { name: 'one’s own hold', stops: [aStop({ until: NOW + HOUR_MS })], by: 'rc-one', codes: [] },
    { name: 'one’s own at a site', stops: [aStop({ site: 'general' })], by: 'rc-one', codes: [] },
  ])('beside $name: $codes', ({ stops, by, codes }) => {
    expect(codesOf(planBy(stop(ONE), { by, register: registerWith(...stops) }))).toEqual(codes);
  });
});

describe('an operator’s hold', () => {
  const hold = (target: Target): RegisterAct => ({ act: 'hold-model', reason: 'Odd boxes', ...target });
  const until = (target: Target, ...stops: readonly StopUse[]): unknown =>
    recordOf(planBy(hold(target), { by: 'op-one', register: registerWith(...stops) }))['until'];

  test('ends by itself after the hours of the policy', () => {
    expect(until(ONE)).toBe('2026-03-10T13:00:00Z');
    const register = snapshotOf(contentsOfPeople(), { ...POLICY, holdHours: 1 });
    expect(recordOf(planBy(hold(ONE), { by: 'op-one', register }))['until']).toBe('2026-03-10T10:00:00Z');
    expect(codesOf(planBy(hold({}), { by: 'op-one', register }))).toEqual(['target-missing']);
  });

  test.each([
    { name: 'a clock that is five hours behind the register', recordedAt: NOW + 5 * HOUR_MS, ends: 18 },
    { name: 'a register that nobody has changed for an hour', recordedAt: NOW - HOUR_MS, ends: 13 },
  ])('by $name it is not over before others see it', ({ recordedAt, ends }) => {
    const plan = planBy(hold(ONE), { by: 'op-one', register: { ...registerWith(), recordedAt } });
    expect(recordOf(plan)).toMatchObject({
      from: '2026-03-10T09:00:00Z',
      until: `2026-03-10T${String(ends)}:00:00Z`,
    });
  });

  test.each<{ name: string; target: Target; stops: readonly StopUse[]; codes: readonly string[] }>([
    { name: 'the same again', target: ONE, stops: [aHold(ONE)], codes: ['hold-repeated'] },
    { name: 'a part of it', target: { ...ONE, ...SITE }, stops: [aHold(ONE)], codes: ['hold-repeated'] },
    { name: 'the version of a held family', target: ONE, stops: [aHold(FAMILY)], codes: ['hold-repeated'] },
    {
      name: 'the same just after it ended',
      target: ONE,
      stops: [aHold(ONE, { until: NOW })],
      codes: ['hold-repeated'],
    },
    {
      name: 'the same just after it was lifted',
      target: ONE,
      stops: [aHold(ONE, { liftedAt: NOW })],
      codes: ['hold-repeated'],
    },
    {
      name: 'a wider one after it ended',
      target: ALL,
      stops: [aHold(ONE, { until: NOW })],
      codes: ['hold-repeated'],
    },
    {
      name: 'the same before as long has passed',
      target: ONE,
      stops: [aHold(ONE, { from: NOW - 9 * HOUR_MS, until: NOW - 4 * HOUR_MS + 1 })],
      codes: ['hold-repeated'],
    },
    {
      name: 'the same once as long has passed',
      target: ONE,
      stops: [aHold(ONE, { from: NOW - 9 * HOUR_MS, until: NOW - 4 * HOUR_MS })],
      codes: [],
    },
    { name: 'what another holds', target: ONE, stops: [aHold(ONE, { by: 'op-two' })], codes: [] },
    { name: 'something else', target: { model: brain.model }, stops: [aHold(ONE)], codes: [] },
    {
      name: 'another site',
      target: { ...ONE, site: 'east' },
      stops: [aHold({ ...ONE, ...SITE })],
      codes: [],
    },
    { name: 'beside a stop-use of theirs', target: ONE, stops: [aStop({ by: 'op-one' })], codes: [] },
  ])('$name: $codes', ({ target, stops, codes }) => {
    expect(codesOf(planBy(hold(target), { by: 'op-one', register: registerWith(...stops) }))).toEqual(codes);
  });

  test('a wider one ends when the narrower would have', () => {
    expect(until(FAMILY, aHold(ONE))).toBe('2026-03-10T12:00:00Z');
    expect(until(ONE, aHold({ ...ONE, ...SITE }))).toBe('2026-03-10T12:00:00Z');
  });

  test('one operator alone never holds anything for more than half of the time, however they try', () => {
    const targets: readonly Target[] = [{ ...ONE, ...SITE }, ONE, ALL, FAMILY, SITE, { ...FAMILY, ...SITE }];
    const stops: StopUse[] = [];
    let [held, register] = [0, registerWith()];
    const days = 2;
    for (let now: Instant = NOW; now < NOW + days * DAY_MS; now += HOUR_MS / 2) {
      for (const target of targets) {
        const plan = planBy(hold(target), { by: 'op-one', register, now });
        if (!plan.permitted) continue;
        const record = recordOf(plan);
        const ends = Date.parse(String(record['until']));
        stops.push({ ...aHold(target), id: `S-${String(stops.length)}`, from: now, until: ends });
        register = registerWith(...stops);
      }
      if (stops.some((one) => one.from <= now && now < (one.until ?? 0))) held += 1;
    }
    expect(held / (days * 48)).toBeLessThanOrEqual(0.55);
    expect(stops.length).toBeGreaterThan(3);
  });
});

describe('lifting', () => {
  const lift = { act: 'lift-stop-use', id: 'S-1', reason: 'Fixed by the vendor' } as const;
  test.each([
    { name: 'a stop-use', stop: aStop() },
    { name: 'a hold', stop: aHold(ONE) },
  ])('$name takes two, and says who and why', ({ stop }) => {
    const plan = planBy(lift, { by: 'rc-one', register: registerWith(stop) });
    expect(plan).toMatchObject({ permitted: true, people: 2 });
    expect(recordOf(plan)).toMatchObject({
      id: 'S-1',
      reason: 'Drift',
      liftedAt: '2026-03-10T09:00:00Z',
      liftedBy: ['rc-one'],
      liftedBecause: 'Fixed by the vendor',
    });
  });

  test.each([
    { name: 'what is not there', stops: [], codes: ['unknown-record'] },
    { name: 'what was lifted', stops: [aStop({ liftedAt: NOW })], codes: ['stop-use-over'] },
    { name: 'what has ended', stops: [aHold(ONE, { until: NOW })], codes: ['stop-use-over'] },
    {
      name: 'what a clock that was ahead dated later than now, which is in force all the same',
      stops: [aStop({ from: NOW + HOUR_MS })],
      codes: ['dates-in-disorder'],
    },
  ])('$name: $codes', ({ stops, codes }) => {
    expect(codesOf(planBy(lift, { by: 'rc-one', register: registerWith(...stops) }))).toEqual(codes);
  });

  test('wants a smart card', () => {
    const login = { assurance: 2 } as const;
    expect(codesOf(planBy(lift, { by: 'rc-one', register: registerWith(aStop()), login }))).toEqual([
      'assurance-too-low',
    ]);
  });
});

test('whoever holds is in the register of these tests', () => {
  expect(peopleRegister().practitioner(practitionerId('op-one'))?.profession).toBe('radiographer');
});
