import { GatewayError } from '../../src/domain/errors.ts';
import { performAct } from '../../src/flows/perform-act.ts';
import { finishBegun } from '../../src/flows/settle-act.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, evidenceOfPeople, PEOPLE, person } from '../fakes/act-people.ts';
import { aModelVersion, MODEL, NOW, practitionerId } from '../fakes/register-builder.ts';

let house: ActHouse;
beforeEach(async () => {
  const wanted = new Set<string>(['rc-one', 'rc-two', 'op-one']);
  house = await createActHouse({
    practitioners: PEOPLE.map((name) => person(name)),
    evidence: evidenceOfPeople().filter(({ practitioner }) => wanted.has(practitioner)),
    modelVersions: [aModelVersion()],
  });
});
afterEach(async () => {
  await house.close();
});

const stop: RegisterAct = { act: 'stop-use', model: MODEL, reason: 'Missed nodules' };
const cpd: RegisterAct = { act: 'log-cpd', title: 'Course', credits: 4, happenedAt: NOW - DAY_MS };
const refused = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error('it was not refused', { cause: error });
  return [error.code, ...error.reasons.map(({ code }) => code)];
};

describe('many at once, and what is cut off', () => {
  test('acts that come together all happen, one after another', async () => {
    const acts = Array.from({ length: 8 }, (_, place) =>
      house.perform('rc-one', { ...cpd, title: `Course ${String(place)}` }),
    );
    const states = (await Promise.all(acts)).map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['applied']));
    expect(
      house.deps.register
        .snapshot()
        .evidenceOf(practitionerId('rc-one'))
        .filter(({ note }) => note?.startsWith('Course')),
    ).toHaveLength(8);
  });

  test('the same from two windows happens once', async () => {
    const [first, second] = await Promise.allSettled([
      house.perform('rc-one', cpd),
      house.perform('rc-one', cpd),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(
      await refused(
        second.status === 'rejected' ? Promise.reject(second.reason as Error) : Promise.resolve(),
      ),
    ).toEqual(['conflict', 'exists-already']);
  });

  test('one that is given up while it waits is not begun', async () => {
    const given = new AbortController();
    const first = house.perform('rc-one', cpd);
    const second = performAct(
      house.deps,
      { evidence: { sessionToken: 'rc-two' }, requestId: 'r', act: cpd },
      given.signal,
    );
    given.abort();
    await first;
    await expect(second).rejects.toThrow();
    expect(await house.deps.register.pending()).toEqual([]);
  });

  test.each(['fails', 'fails-but-written'] as const)(
    'a case log that %s: begun, and finished before the next',
    async (mode) => {
      house.caseLog.behave(mode);
      expect(await refused(house.perform('rc-one', stop))).toEqual(['case-log-unavailable']);
      expect(house.deps.register.snapshot().stopUses()).toEqual([]);
      house.caseLog.behave('ok');
      await house.perform('rc-two', cpd);
      expect(house.deps.register.snapshot().stopUses()).toHaveLength(1);
      expect(house.caseLog.all().filter(({ kind }) => kind === 'stop-use')).toHaveLength(1);
    },
  );

  test('whoever repeats what was cut off hears that it is there', async () => {
    house.caseLog.behave('fails');
    await refused(house.perform('rc-one', cpd));
    house.caseLog.behave('ok');
    expect(await refused(house.perform('rc-one', cpd))).toEqual(['conflict', 'exists-already']);
  });

  test('a restart finishes it too', async () => {
    house.caseLog.behave('fails');
    await refused(house.perform('rc-one', stop));
    house.caseLog.behave('ok');
    const deps = await house.reopened();
    await finishBegun(deps);
    expect(deps.register.snapshot().stopUses()).toHaveLength(1);
  });

  test('a refusal that cannot be written down is not told as one', async () => {
    house.caseLog.behave('fails');
    expect(await refused(house.perform('auditor', stop))).toEqual(['case-log-unavailable']);
  });

  test('one that fits no longer when it is applied leaves nothing behind', async () => {
    const { register } = house.deps;
    let proposed = 0;
    const busy: ActHouse['deps'] = {
      ...house.deps,
      register: {
        ...register,
        begin: async (digest) => {
          proposed += 1;
          throw new GatewayError('conflict', { detail: `changed meanwhile: ${digest}` });
        },
      },
    };
    const call = performAct(busy, { evidence: { sessionToken: 'rc-one' }, requestId: 'r', act: cpd }, NEVER);
    expect(await refused(call)).toEqual(['conflict']);
    expect(proposed).toBe(1);
    expect(await register.pending()).toEqual([]);
    const stuck: ActHouse['deps'] = {
      ...busy,
      register: {
        ...busy.register,
        withdraw: async () => {
          throw new GatewayError('conflict', { detail: 'begun by another' });
        },
      },
    };
    const again = performAct(
      stuck,
      { evidence: { sessionToken: 'rc-one' }, requestId: 'r', act: cpd },
      NEVER,
    );
    await expect(again).rejects.toThrow(/changed meanwhile/);
    const broken: ActHouse['deps'] = {
      ...busy,
      register: {
        ...busy.register,
        withdraw: async () => {
          throw new TypeError('a fault of ours');
        },
      },
    };
    const last = performAct(
      broken,
      { evidence: { sessionToken: 'rc-one' }, requestId: 'r', act: cpd },
      NEVER,
    );
    await expect(last).rejects.toThrow(TypeError);
  });
});
