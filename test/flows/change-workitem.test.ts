import { createOrphanWatch } from '../../src/flows/close-orphans.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { NOW } from '../fakes/register-builder.ts';
import { el, performed, toState } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, KEY, PERFORMER, TWIN, type WorkitemHouse } from '../fakes/workitem-house.ts';

const DAY = 86_400_000;
const HALF = { '00741002': el('SQ', { '00741004': el('DS', 50) }) };
const LABEL = { '00741204': el('LO', 'new') };
let house: WorkitemHouse;
beforeEach(async () => {
  house = createWorkitemHouse();
  await house.create();
});
const claim = () => house.state(PERFORMER, 'IN PROGRESS');
const kept = () => house.workitems.all()[0];

describe('an update', () => {
  test('is its creator’s before the claim, and changes the time of the last change', async () => {
    house.setNow(NOW + 1_000);
    await house.update('operator', LABEL);
    expect(kept()?.dataset).toMatchObject({
      ...LABEL,
      '00404010': el('DT', '20260310090001.000+0000'),
    });
    for (const token of ['rcai', PERFORMER])
      await expect(house.update(token, LABEL)).rejects.toMatchObject({ code: 'not-permitted' });
  });

  test('is its performer’s after the claim, with the key in the address or the body', async () => {
    await claim();
    await house.update(PERFORMER, HALF, KEY);
    await house.update(PERFORMER, { ...HALF, ...inBody(KEY) });
    expect(kept()).toMatchObject({ revision: 4, transactionUid: KEY });
    expect(JSON.stringify(kept()?.dataset)).not.toContain(KEY);
    await expect(house.update(PERFORMER, LABEL)).rejects.toMatchObject({
      warning: 'The Transaction UID is missing.',
    });
    await expect(house.update(PERFORMER, LABEL, '1.99')).rejects.toMatchObject({
      warning: 'The Transaction UID is incorrect.',
    });
    await expect(house.update(PERFORMER, { ...LABEL, ...inBody('x') })).rejects.toMatchObject({
      code: 'bad-request',
    });
    for (const token of ['operator', TWIN])
      await expect(house.update(token, LABEL, KEY)).rejects.toMatchObject({ code: 'not-permitted' });
  });

  test.each(['operator', 'rcai', PERFORMER, TWIN])('is nobody’s in the end: %s', async (token) => {
    await house.cancel('operator');
    await expect(house.update(token, LABEL, KEY)).rejects.toMatchObject({
      code: 'bad-request',
      warning: expect.stringContaining('inconsistent'),
    });
  });

  test('does not change what was decided about', async () => {
    await expect(house.update('operator', toState('COMPLETED'))).rejects.toMatchObject({
      code: 'bad-request',
    });
    expect(kept()).toMatchObject({ state: 'SCHEDULED', revision: 1 });
  });

  test('of several at once none is lost: the others are told', async () => {
    const updates = Array.from({ length: 8 }, () => house.update('operator', LABEL));
    const settled = await Promise.allSettled(updates);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(kept()).toMatchObject({ revision: 2 });
  });
});

const inBody = (key: string) => ({ '00081195': el('UI', key) });

describe('a request to cancel', () => {
  test.each(['operator', 'rcai'])('ends one that nobody has claimed: %s', async (token) => {
    await house.cancel(token, { '00741238': el('LT', 'wrong patient') });
    expect(kept()).toMatchObject({ state: 'CANCELED', isCaseEnded: true, finalAt: NOW });
    expect(JSON.stringify(kept()?.dataset)).toContain('wrong patient');
    expect(house.last()).toMatchObject({
      kind: 'case.outcome',
      caseId: aCaseId(1),
      facts: { release: { action: 'withheld' }, err: 'cancelled' },
    });
    await expect(house.cancel(token)).rejects.toMatchObject({
      code: 'conflict',
      warning: 'The UPS is already in the requested state of CANCELED.',
    });
  });

  test('does nothing to one that is under way: nobody could tell the performer', async () => {
    await claim();
    await expect(house.cancel('operator')).rejects.toMatchObject({
      code: 'conflict',
      detail: expect.stringContaining('performer cannot be told'),
    });
    expect(kept()).toMatchObject({ state: 'IN PROGRESS' });
  });

  test('is not the performer’s', async () => {
    await expect(house.cancel(PERFORMER)).rejects.toMatchObject({ code: 'not-permitted' });
  });

  test('and a claim at once: one of them counts', async () => {
    const settled = await Promise.allSettled([house.cancel('operator'), claim()]);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('the sweep', () => {
  test('leaves alone what is not due', async () => {
    house.setNow(NOW + 7 * DAY);
    expect(await house.sweep()).toEqual({ expired: 0, removed: 0 });
    expect(kept()).toMatchObject({ state: 'SCHEDULED' });
  });

  test.each(['SCHEDULED', 'IN PROGRESS'])(
    'cancels what nobody finished, and ends its case: %s',
    async (state) => {
      if (state === 'IN PROGRESS') await claim();
      house.setNow(NOW + 7 * DAY + 1);
      expect(await house.sweep()).toEqual({ expired: 1, removed: 0 });
      expect(kept()).toMatchObject({ state: 'CANCELED', isCaseEnded: true });
      expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
      expect(await house.sweep()).toEqual({ expired: 0, removed: 0 });
    },
  );

  test('passes by one that another node has taken out since', async () => {
    house.setNow(NOW + 7 * DAY + 1);
    const gone = { ...house.deps.workitems, find: async () => undefined };
    Object.assign(house.deps, { workitems: gone });
    expect(await house.sweep()).toEqual({ expired: 0, removed: 0 });
  });

  test('takes out what ended long ago', async () => {
    await claim();
    await house.update(PERFORMER, performed(), KEY);
    await house.state(PERFORMER, 'COMPLETED');
    house.setNow(NOW + 7 * DAY + 1);
    expect(await house.sweep()).toEqual({ expired: 0, removed: 1 });
    expect(house.workitems.all()).toEqual([]);
    await expect(house.read('operator')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('one that cannot be dealt with keeps none of the others waiting, and is told', async () => {
    await house.cancel('operator');
    await house.create('operator', '1.5.2');
    const { remove } = house.deps.workitems;
    Object.assign(house.deps, {
      workitems: { ...house.deps.workitems, remove: () => Promise.reject(new Error('stuck')) },
    });
    house.setNow(NOW + 7 * DAY + 1);
    await expect(house.sweep()).rejects.toThrow('stuck');
    expect(house.workitems.all().map(({ state }) => state)).toEqual(['CANCELED', 'CANCELED']);
    Object.assign(house.deps, { workitems: { ...house.deps.workitems, remove } });
    expect(await house.sweep()).toEqual({ expired: 0, removed: 1 });
  });

  test('on two nodes at once does each once', async () => {
    house.setNow(NOW + 7 * DAY + 1);
    const swept = await Promise.all([house.sweep(), house.sweep()]);
    expect(swept.map(({ expired }) => expired).toSorted()).toEqual([0, 1]);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });
});

test('the case of an open workitem is no orphan, however long it is open; without the workitem it is', async () => {
  const { caseLog, drift } = house.deps;
  const watch = (isAwaited: typeof house.workitems.awaits) =>
    createOrphanWatch(
      {
        caseLogReader: house.log,
        caseLog,
        drift,
        clock: { monotonicMs: () => 0 },
        isInFlight: () => false,
        isOurs: () => true,
        isAwaited,
      },
      { patienceMs: 0 },
    );
  expect(await watch(house.workitems.awaits).atStart()).toBe(0);
  expect(await watch(house.workitems.awaits).again()).toBe(0);
  house.workitems.goAway();
  await expect(watch(house.workitems.awaits).again()).rejects.toMatchObject({ code: 'register-unavailable' });
  expect(house.kinds()).toEqual(['case.intent']);
  expect(await watch(async () => false).again()).toBe(1);
});

test('a workitem whose case was closed otherwise is ended without another end', async () => {
  await house.log.append({
    id: 'id-1:end',
    kind: 'case.orphan',
    caseId: aCaseId(1),
    intent: 'id-1',
    facts: {},
    personal: {},
    retainClass: 'imaging-record',
  });
  await house.cancel('operator');
  expect(kept()).toMatchObject({ state: 'CANCELED', isCaseEnded: true });
  expect(house.kinds()).toEqual(['case.intent', 'case.orphan']);
});
