import { RegisterUnavailable } from '../../src/domain/errors.ts';
import type { Workitem } from '../../src/domain/workitem.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { MODEL, NOW, VERSION } from '../fakes/register-builder.ts';
import { performed } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, KEY, PERFORMER, type WorkitemHouse } from '../fakes/workitem-house.ts';

let house: WorkitemHouse;
beforeEach(() => void (house = createWorkitemHouse()));
const claim = () => house.state(PERFORMER, 'IN PROGRESS');
const complete = () => house.state(PERFORMER, 'COMPLETED');
const kept = () => house.workitems.all()[0];
const canceled = { state: 'CANCELED', isCaseEnded: true };
const inconsistent = { code: 'conflict', warning: expect.stringContaining('inconsistent') };
/** The store from now on, with some of it in place of its own. */
const withStore = (changes: Partial<WorkitemHouse['workitems']>): void =>
  void Object.assign(house.deps, { workitems: { ...house.workitems, ...changes } });
const closeCase = (kind: 'case.orphan' | 'case.outcome' = 'case.orphan') =>
  house.log.append({
    id: 'id-1:end',
    kind,
    caseId: aCaseId(1),
    intent: 'id-1',
    facts: {},
    personal: {},
    retainClass: 'imaging-record',
  });

describe('one that was kept although its creator was told otherwise', () => {
  const keptAndDenied = async (one: Workitem): Promise<void> => {
    await house.workitems.create(one);
    throw new RegisterUnavailable('The answer got lost (test).');
  };

  test('is canceled, its case ended, and nobody claims it', async () => {
    withStore({ create: keptAndDenied });
    await expect(house.create()).rejects.toMatchObject({ code: 'register-unavailable' });
    expect(kept()).toMatchObject({ state: 'CANCELED' });
    await expect(claim()).rejects.toMatchObject(inconsistent);
    await house.sweep();
    expect(kept()).toMatchObject(canceled);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(house.last().facts).toMatchObject({ release: { action: 'withheld' }, err: 'cancelled' });
  });

  test('where it cannot be canceled either, is refused at the claim by what the log holds, and canceled then', async () => {
    const { find } = house.workitems;
    let asked = 0;
    // Whether its name is free can be asked; afterwards nothing.
    withStore({
      create: keptAndDenied,
      find: async (uid) => {
        asked += 1;
        if (asked === 2) throw new RegisterUnavailable('away (test)');
        return await find(uid);
      },
    });
    await expect(house.create()).rejects.toMatchObject({ code: 'register-unavailable' });
    expect(kept()).toMatchObject({ state: 'SCHEDULED' });
    await expect(claim()).rejects.toMatchObject({ ...inconsistent, caseId: aCaseId(1) });
    expect(kept()).toMatchObject(canceled);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });

  test('with the log away as well is canceled, and its case ended by the sweep', async () => {
    withStore({
      create: async (one) => {
        house.log.behave('fails');
        await keptAndDenied(one);
      },
    });
    await expect(house.create()).rejects.toMatchObject({ code: 'case-log-unavailable' });
    expect(kept()).toMatchObject({ state: 'CANCELED', isCaseEnded: false });
    house.log.behave('ok');
    await house.sweep();
    expect(kept()).toMatchObject(canceled);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });

  test('of two under one name the other’s is left alone', async () => {
    await house.create();
    withStore({
      find: async () => undefined,
      create: async () => {
        withStore({});
        throw new RegisterUnavailable('away (test)');
      },
    });
    await expect(house.create()).rejects.toMatchObject({ code: 'register-unavailable' });
    expect(kept()).toMatchObject({ state: 'SCHEDULED', caseId: aCaseId(1) });
  });
});

describe('one whose case has ended otherwise', () => {
  beforeEach(async () => {
    await house.create();
  });

  test('is not claimed, and canceled', async () => {
    await closeCase();
    await expect(claim()).rejects.toMatchObject(inconsistent);
    expect(kept()).toMatchObject(canceled);
  });

  test('is not completed, and canceled', async () => {
    await claim();
    await house.update(PERFORMER, performed(), KEY);
    await closeCase();
    await expect(complete()).rejects.toMatchObject(inconsistent);
    expect(kept()).toMatchObject(canceled);
    expect(house.kinds()).toEqual(['case.intent', 'case.orphan']);
  });

  test.each(['case.orphan', 'case.outcome'] as const)(
    'at the very moment of completion, by %s, is canceled too',
    async (kind) => {
      await claim();
      await house.update(PERFORMER, performed(), KEY);
      withStore({
        change: async (one) => {
          if (one.state === 'COMPLETED' && !one.isCaseEnded) await closeCase(kind);
          return await house.workitems.change(one);
        },
      });
      await expect(complete()).rejects.toMatchObject({ code: 'case-closed' });
      expect(kept()).toMatchObject(canceled);
    },
  );

  test('while the log cannot be asked, nothing is claimed', async () => {
    const entries = () => Promise.reject(new Error('log away'));
    Object.assign(house.deps, { caseLogReader: { entries } });
    await expect(claim()).rejects.toThrow('log away');
    expect(kept()).toMatchObject({ state: 'SCHEDULED' });
  });

  test('by this very end stays completed, whatever came after it', async () => {
    await claim();
    await house.update(PERFORMER, performed(), KEY);
    withStore({
      change: async (one) => {
        if (one.isCaseEnded) throw new RegisterUnavailable('away (test)');
        return await house.workitems.change(one);
      },
    });
    await expect(complete()).rejects.toMatchObject({ code: 'register-unavailable' });
    withStore({});
    house.leave('operator');
    await house.sweep();
    expect(kept()).toMatchObject({ state: 'COMPLETED', isCaseEnded: true });
    expect(house.last().facts.release?.action).toBe('released');
  });
});

describe('once who asked for it has signed out', () => {
  beforeEach(async () => {
    await house.create();
  });

  test('it is not claimed, and canceled', async () => {
    house.leave('operator');
    await expect(claim()).rejects.toMatchObject({
      ...inconsistent,
      detail: expect.stringContaining('signed out'),
      caseId: aCaseId(1),
    });
    expect(kept()).toMatchObject(canceled);
    expect(house.last().facts).toMatchObject({ release: { action: 'withheld' }, err: 'cancelled' });
  });

  test('it is withheld where it was done', async () => {
    await claim();
    await house.update(PERFORMER, performed(), KEY);
    house.leave('operator');
    await complete();
    expect(kept()).toMatchObject({ state: 'COMPLETED', isCaseEnded: true });
    expect(house.last().facts).toMatchObject({ release: { action: 'withheld' }, err: 'withheld' });
  });

  test('another’s sign-out changes nothing, and while sessions cannot be asked nothing is claimed', async () => {
    const { creators } = house.deps;
    Object.assign(house.deps, { creators: { stands: () => Promise.reject(new Error('sessions away')) } });
    await expect(claim()).rejects.toThrow('sessions away');
    expect(kept()).toMatchObject({ state: 'SCHEDULED' });
    Object.assign(house.deps, { creators });
    house.leave('rcai');
    await claim();
    expect(kept()).toMatchObject({ state: 'IN PROGRESS' });
  });
});

describe('output', () => {
  beforeEach(async () => {
    await house.create();
    await claim();
  });

  test.each([
    ['of another version', { madeBy: { model: MODEL, version: '9.9.9' } }],
    ['of another model', { madeBy: { model: 'other', version: VERSION } }],
    ['from before it was asked for', { keptAt: NOW - 1 }],
  ])('%s is none', async (_name, changes) => {
    await house.store('1.7.1', PERFORMER, true, changes);
    await house.update(PERFORMER, performed('1.7.1'), KEY);
    await expect(complete()).rejects.toMatchObject(inconsistent);
    expect(kept()).toMatchObject({ state: 'IN PROGRESS' });
  });

  test('by no known version is none', async () => {
    const { find } = house.storedResults;
    await house.store('1.7.1');
    const storedResults = {
      find: async (uid: Parameters<typeof find>[0]) => {
        const found = await find(uid);
        if (found === undefined) throw new Error('there is one');
        const { madeBy: _unknown, ...rest } = found;
        return rest;
      },
    };
    Object.assign(house.deps, { storedResults });
    await house.update(PERFORMER, performed('1.7.1'), KEY);
    await expect(complete()).rejects.toMatchObject(inconsistent);
  });

  test('stands in the record with the machine that made it; where there is none, nothing is said to be made', async () => {
    await house.update(PERFORMER, performed(), KEY);
    await complete();
    expect(house.last().facts).toMatchObject({ performer: PERFORMER, release: { action: 'released' } });
    expect(house.last().facts.output).toBeUndefined();
  });
});

describe('who may not have it', () => {
  test.each([
    ['endpoint', 'not-identified'],
    ['nobody', 'not-identified'],
    ['images', 'scope-missing'],
    ['stranger', 'not-permitted'],
    ['emergency', 'not-permitted'],
  ])('learns of no UID whether it is taken: %s', async (token, code) => {
    await house.create();
    const [free, taken] = ['1.5.2', '1.5.1'].map((uid) => house.create(token, uid));
    await expect(free).rejects.toMatchObject({ code });
    await expect(taken).rejects.toMatchObject({ code });
  });

  test('is not told that there is no room, and who may is told before anything is written', async () => {
    const { workitems } = createWorkitemHouse({
      workitems: house.workitems,
      subscriptions: house.subscriptions,
    });
    for (let number = 0; number < 200; number += 1) await house.create('operator', `1.6.${String(number)}`);
    expect(workitems.all()).toHaveLength(200);
    const before = house.kinds().length;
    await expect(house.create()).rejects.toMatchObject({ code: 'overloaded' });
    expect(house.kinds()).toHaveLength(before);
    await expect(house.create('stranger')).rejects.toMatchObject({ code: 'not-permitted' });
  });
});
