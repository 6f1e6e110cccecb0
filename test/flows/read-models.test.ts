import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { listAllGuidelines, readGuideline } from '../../src/flows/read-guidelines.ts';
import {
  listModelVersions,
  readModelChoices,
  readModelVersion,
  readStopUse,
} from '../../src/flows/read-models.ts';
import { modelDeps, type ModelScene } from '../fakes/fake-model-flows.ts';
import { loginOf } from '../fakes/fake-people-flows.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  guideline,
  LEAD,
  modelContents,
  modelRegister,
  NEXT,
  OPERATOR,
  RC,
  RC_TWO,
  RELEASED,
  STAFF,
} from '../fakes/model-register.ts';
import {
  buildSnapshot,
  MODEL,
  NOW,
  practitionerId,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const evidence = { sessionToken: 'known-session' };
const HOUR = 3_600_000;

function deps(changes: Partial<ModelScene> = {}) {
  return modelDeps({ register: modelRegister(), viewer: loginOf(RC), now: NOW, ...changes });
}
type Deps = ReturnType<typeof deps>;
const read = (changes: Partial<ModelScene> = {}, version = NEXT) =>
  readModelVersion(deps(changes), { evidence, model: MODEL, version }, never);
const opened = (offers: readonly { readonly act: string; readonly reasons: readonly unknown[] }[]) =>
  offers.filter(({ reasons }) => reasons.length === 0).map(({ act }) => act);

describe.each<{ readonly name: string; readonly call: (deps: Deps) => Promise<unknown> }>([
  { name: 'the list of versions', call: (house) => listModelVersions(house, { evidence }, never) },
  {
    name: 'a version',
    call: (house) => readModelVersion(house, { evidence, model: MODEL, version: VERSION }, never),
  },
  { name: 'what a version can name', call: (house) => readModelChoices(house, { evidence }, never) },
  { name: 'a stop-use', call: (house) => readStopUse(house, { evidence, id: 'S-hold' }, never) },
  { name: 'the list of guidelines', call: (house) => listAllGuidelines(house, { evidence }, never) },
  { name: 'a guideline', call: (house) => readGuideline(house, { evidence, id: 'lung-nodules' }, never) },
])('$name', ({ call }) => {
  test('is for everybody in the register', async () => {
    await expect(call(deps({ viewer: loginOf(STAFF) }))).resolves.toBeDefined();
  });

  test('is for nobody else', async () => {
    const stranger = deps({ viewer: loginOf(LEAD, { subject: 'nobody' }) });
    expect(await faultOf(call(stranger))).toBeInstanceOf(NotPermitted);
  });
});

describe('what is not there', () => {
  test.each<{ readonly name: string; readonly call: (deps: Deps) => Promise<unknown> }>([
    {
      name: 'a version',
      call: (house) =>
        readModelVersion(house, { evidence, model: MODEL, version: versionString('9') }, never),
    },
    { name: 'a stop-use', call: (house) => readStopUse(house, { evidence, id: 'S-none' }, never) },
    { name: 'a guideline', call: (house) => readGuideline(house, { evidence, id: 'none' }, never) },
  ])('$name', async ({ call }) => {
    const fault = await faultOf(call(deps()));
    expect(fault instanceof GatewayError && fault.code).toBe('not-found');
  });

  test('what was taken out between snapshot and record is not there either', async () => {
    const house = deps();
    const gone = {
      ...house,
      register: { ...house.register, find: async () => undefined, findAll: async () => [] },
    };
    const faults = [
      await faultOf(readModelVersion(gone, { evidence, model: MODEL, version: VERSION }, never)),
      await faultOf(readStopUse(gone, { evidence, id: 'S-hold' }, never)),
      await faultOf(readGuideline(gone, { evidence, id: 'lung-nodules' }, never)),
    ];
    expect(faults.map((fault) => fault instanceof GatewayError && fault.code)).toEqual([
      'not-found',
      'not-found',
      'not-found',
    ]);
  });
});

describe('stop-uses', () => {
  test.each([
    // Whatever stands in the register holds, also what a clock dated later than now.
    { at: NOW - 2 * HOUR, stops: ['S-family', 'S-hold'] },
    { at: NOW - HOUR, stops: ['S-family', 'S-hold'] },
    { at: NOW + 3 * HOUR - 1, stops: ['S-family', 'S-hold'] },
    { at: NOW + 3 * HOUR, stops: ['S-family'] },
    { at: NOW - 20 * 24 * HOUR, stops: ['S-family', 'S-hold', 'S-lifted'] },
  ])('in force at $at: $stops', async ({ at, stops }) => {
    const house = deps({ now: at, viewer: loginOf(STAFF) });
    const list = await listModelVersions(house, { evidence }, never);
    expect(list.stops.map(({ id }) => id).toSorted()).toEqual(stops);
  });

  test('a stop-use of a family means its versions only, one of a site every version', async () => {
    const site = { id: 'S-site', site: 'general', from: NOW - 1, reason: 'Fire.', by: RC };
    const { stopUses = [] } = modelContents();
    const register = modelRegister({ stopUses: [...stopUses, site] });
    const { versions } = await listModelVersions(deps({ register }), { evidence }, never);
    const named = versions.map(({ modelVersion, stops }) => [
      `${modelVersion.family} ${modelVersion.version}`,
      stops.map(({ id }) => id),
    ]);
    expect(named).toEqual([
      ['bone-xr 2.1.0', ['S-site']],
      ['lung-ct 2.1.0', ['S-site', 'S-family']],
      ['lung-ct 2.2.0', ['S-site', 'S-family', 'S-hold']],
      ['lung-ct 3.0.0', ['S-site', 'S-family']],
    ]);
  });
});

describe('a version', () => {
  test('its steps are the first records of each state', async () => {
    const { steps, etag } = await read();
    expect(steps.map(({ state, by }) => [state, by])).toEqual([
      ['registered', [LEAD]],
      ['acceptance', [RC, 'ada']],
    ]);
    expect(etag).not.toBe('');
  });

  test('offers only what its state is open for', async () => {
    const registered = await read({}, versionString('3.0.0'));
    const released = await read({}, VERSION);
    expect(opened(registered.offers)).toContain('approve-plan');
    expect(opened(registered.offers)).not.toContain('record-acceptance-test');
    expect(opened(released.offers)).not.toContain('approve-plan');
    expect(opened(released.offers)).toEqual(expect.arrayContaining(['stop-use', 'release-model']));
  });

  test('people who could run its plan are told to whoever approves one, and not the approver', async () => {
    const { operators } = await read();
    expect(operators.map(({ id }) => id)).toEqual([OPERATOR, RC_TWO]);
    expect((await read({ viewer: loginOf(LEAD) })).operators).toEqual([]);
  });

  test('only a pass by the operator themselves counts', async () => {
    const passed = ['T1', 'T2', 'T3'].map((item) => ({
      id: `X-${item}`,
      plan: 'P-next',
      item,
      result: 'pass' as const,
      recordedBy: OPERATOR,
      happenedAt: NOW,
    }));
    const all = await read({ register: modelRegister({ acceptanceTests: passed }) });
    expect(all.plans.map(({ isPassed }) => isPassed)).toEqual([true]);
    const others = passed.map((one, place) => (place === 1 ? { ...one, recordedBy: RC_TWO } : one));
    const mixed = await read({
      register: modelRegister({ acceptanceTests: others }),
      viewer: loginOf(RC_TWO),
    });
    expect(mixed.plans.map(({ isPassed, isTester, isToRun }) => [isPassed, isTester, isToRun])).toEqual([
      [false, true, false],
    ]);
  });

  test('the newest plan comes first', async () => {
    const { plans = [] } = modelContents();
    const newer = plans.map((plan) => ({ ...plan, id: 'P-newer', approvedAt: NOW }));
    const file = await read({ register: modelRegister({ plans: [...plans, ...newer] }) });
    expect(file.plans.map(({ plan }) => plan.id)).toEqual(['P-newer', 'P-next']);
  });

  test('sites are those that releases name, and every site is none', async () => {
    const { modelVersions = [] } = modelContents();
    const everywhere = modelVersions.map((known) =>
      known.state === 'released'
        ? { ...known, releases: [{ site: '*', from: NOW - 1 }, ...known.releases] }
        : known,
    );
    const file = await read({ register: modelRegister({ modelVersions: everywhere }) });
    expect(file.sites).toEqual(['general']);
  });

  test('one of which little is said', async () => {
    const { guideline: _guideline, operatingThreshold: _threshold, ...rest } = RELEASED;
    const register = modelRegister({ modelVersions: [rest] });
    expect(await read({ register }, VERSION)).not.toHaveProperty('guideline');
    const { versions } = await listModelVersions(deps({ register }), { evidence }, never);
    expect(versions.map(({ review }) => review)).toEqual([undefined]);
  });

  test('names of who is approved are for those who may look people up', async () => {
    const { approvals = [] } = modelContents();
    const onlyApproved = approvals.map((one) => (one.id === 'A-1' ? { ...one, practitioner: STAFF } : one));
    const register = modelRegister({ approvals: onlyApproved });
    expect((await read({ register }, VERSION)).names[STAFF]).toBe('Eve Staff');
    expect((await read({ register, viewer: loginOf(OPERATOR) }, VERSION)).names[STAFF]).toBeUndefined();
  });
});

describe('guidelines', () => {
  const DAY = 24 * HOUR;
  const signed = (version: string, from: number) =>
    guideline({ version, signedBy: RC_TWO, signedAt: NOW - 500 * DAY, effectiveFrom: from });
  const withVersions = (...versions: readonly ReturnType<typeof guideline>[]): RegisterSnapshot =>
    modelRegister({ guidelines: versions });

  test.each([
    { name: 'drafted', version: guideline(), state: 'draft' },
    { name: 'signed later', version: { ...signed('3', NOW + 2), signedAt: NOW + 1 }, state: 'draft' },
    { name: 'to come', version: signed('3', NOW + 1), state: 'signed' },
    { name: 'signed without a day', version: without(signed('3', NOW)), state: 'signed' },
    { name: 'in effect', version: signed('3', NOW), state: 'current' },
  ])('$name: $state', async ({ version, state }) => {
    const file = await readGuideline(
      deps({ register: withVersions(version) }),
      { evidence, id: 'lung-nodules' },
      never,
    );
    expect(file.versions.map((one) => one.state)).toEqual([state]);
    const list = await listAllGuidelines(deps({ register: withVersions(version) }), { evidence }, never);
    expect(list.guidelines.map((one) => one.state)).toEqual([state]);
  });

  test('the newer of two in effect supersedes the older', async () => {
    const register = withVersions(signed('3', NOW - 2), signed('4', NOW - 1));
    const file = await readGuideline(deps({ register }), { evidence, id: 'lung-nodules' }, never);
    expect(file.versions.map(({ guideline: { version }, state }) => [version, state])).toEqual([
      ['4', 'current'],
      ['3', 'superseded'],
    ]);
    const { guidelines } = await listAllGuidelines(deps({ register }), { evidence }, never);
    expect(guidelines.map(({ shown, next }) => [shown.version, next])).toEqual([['4', undefined]]);
  });

  test('several stand by their titles', async () => {
    const other = (id: string, title: string) => ({ ...signed('1', NOW), id, title });
    const register = withVersions(other('b', 'Brain'), other('z', 'Ankle'), other('c', 'Chest'));
    const { guidelines } = await listAllGuidelines(deps({ register }), { evidence }, never);
    expect(guidelines.map(({ id }) => id)).toEqual(['z', 'b', 'c']);
  });

  test('while none is in effect, nobody has acknowledged it and no review is due', async () => {
    const file = await readGuideline(
      deps({ register: withVersions(guideline()) }),
      { evidence, id: 'lung-nodules' },
      never,
    );
    expect(file.acknowledged).toEqual({ have: 0, asked: 2 });
    expect(file.reviewDueAt).toBeUndefined();
  });

  test('of those who are asked, somebody whom the register no longer holds has acknowledged nothing', async () => {
    const { approvals = [] } = modelContents();
    const gone = approvals.map((one) =>
      one.id === 'A-2' ? { ...one, practitioner: practitionerId('gone') } : one,
    );
    const house = deps({ register: modelRegister({ approvals: gone }) });
    const file = await readGuideline(house, { evidence, id: 'lung-nodules' }, never);
    expect(file.acknowledged).toEqual({ have: 1, asked: 2 });
  });

  test('a register without any has none to name', async () => {
    const register = buildSnapshot({ practitioners: modelContents().practitioners ?? [] });
    expect((await readModelChoices(deps({ register }), { evidence }, never)).guidelines).toEqual([]);
    const { guidelines } = await readModelChoices(deps(), { evidence }, never);
    expect(guidelines.map(({ id, version }) => [id, version])).toEqual([['lung-nodules', '3']]);
    const drafted = await readModelChoices(
      deps({ register: withVersions(guideline()) }),
      { evidence },
      never,
    );
    expect(drafted.guidelines.map(({ version }) => version)).toEqual(['3']);
  });

  function without({ effectiveFrom: _none, ...rest }: ReturnType<typeof guideline>) {
    return rest;
  }
});
