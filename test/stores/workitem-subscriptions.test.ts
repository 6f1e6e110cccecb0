import {
  MAX_SINGLE_OF_AN_OWNER,
  MAX_TITLES_OF_AN_OWNER,
  type WorkitemSubscriber,
} from '../../src/domain/workitem-subscription.ts';
import type { Workitem } from '../../src/domain/workitem.ts';
import type { Workitems, WorkitemSubscriptions } from '../../src/flows/ports-workitems.ts';
import { createWorkitems } from '../../src/register/workitems.ts';
import { createWorkitemSubscriptions } from '../../src/register/workitem-subscriptions.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { createMemorySubscriptions } from '../fakes/memory-subscriptions.ts';
import { createMemoryWorkitems } from '../fakes/memory-workitems.ts';
import { NOW, practitionerId } from '../fakes/register-builder.ts';
import { sopInstanceUid } from '../fakes/uids.ts';
import { aWorkitem } from '../fakes/workitem-drafts.ts';

interface Stores {
  readonly workitems: Workitems;
  readonly subscriptions: WorkitemSubscriptions;
}

const uid = (number: number) => sopInstanceUid(`1.5.${String(number)}`);
const ENDED = { state: 'CANCELED', isCaseEnded: true, finalAt: NOW } as const;
function nth(number: number, more: Partial<Workitem> = {}): Workitem {
  const creator = practitionerId(`p${String(number % 8)}`);
  return aWorkitem({ uid: uid(number), caseId: aCaseId(number), creator, ...ENDED, ...more });
}
const A = { aet: 'A', owner: 'person a', reach: { kind: 'all' } } as const;
const B = { aet: 'B', owner: 'machine b', reach: { kind: 'models', models: [] } } as const;

function contract(make: () => Promise<Stores>): void {
  let subscriptions: WorkitemSubscriptions;
  let workitems: Workitems;
  beforeEach(async () => {
    ({ subscriptions, workitems } = await make());
    for (const number of [1, 2]) await workitems.create(nth(number));
  });
  const about = async (number: number): Promise<readonly WorkitemSubscriber[]> =>
    (await subscriptions.about(uid(number), { aets: ['A', 'B', 'C'] })).toSorted((one, other) =>
      one.aet < other.aet ? -1 : 1,
    );

  test('to one: that one, with its lock, which the next says anew', async () => {
    expect(await subscriptions.subscribeToOne({ ...A, uid: uid(1), hasLock: true })).toBe(true);
    expect(await about(1)).toEqual([{ ...A, one: { hasLock: true, isOff: false } }]);
    expect(await about(2)).toEqual([]);
    expect(await subscriptions.find('A')).toEqual(A);
    const narrower = { ...A, reach: { kind: 'creator', creator: practitionerId('a') } } as const;
    await subscriptions.subscribeToOne({ ...narrower, uid: uid(1), hasLock: false });
    expect(await about(1)).toEqual([{ ...narrower, one: { hasLock: false, isOff: false } }]);
  });

  test('to all: each, in the place of what was said of all before', async () => {
    await subscriptions.subscribeToOne({ ...A, uid: uid(1), hasLock: true });
    await subscriptions.subscribeToAll({ ...A, filter: '00741202=AI', hasLock: true });
    expect(await about(2)).toEqual([{ ...A, all: { filter: '00741202=AI', hasLock: true } }]);
    await subscriptions.suspend(A, NOW);
    await subscriptions.suspend(A, NOW + 9);
    expect((await about(2))[0]?.all).toEqual({ filter: '00741202=AI', hasLock: true, suspendedAt: NOW });
    await subscriptions.subscribeToAll({ ...A, hasLock: false });
    expect(await about(1)).toEqual([{ ...A, all: { hasLock: false }, one: { hasLock: true, isOff: false } }]);
  });

  test('who is told of all may leave one out, until all are taken again', async () => {
    await subscriptions.subscribeToAll({ ...A, hasLock: true });
    await subscriptions.unsubscribeFromOne({ ...A, uid: uid(1) });
    await subscriptions.unsubscribeFromOne({ ...A, uid: uid(77) });
    expect((await about(1))[0]?.one).toEqual({ hasLock: false, isOff: true });
    expect((await about(2))[0]?.one).toBeUndefined();
    await subscriptions.subscribeToAll({ ...A, hasLock: true });
    expect((await about(1))[0]?.one).toBeUndefined();
  });

  test('an AE title is its owner’s until nothing is subscribed with it', async () => {
    await subscriptions.subscribeToOne({ ...A, uid: uid(1), hasLock: false });
    const other = { ...B, aet: 'A' };
    const tries = [
      subscriptions.subscribeToOne({ ...other, uid: uid(1), hasLock: true }),
      subscriptions.subscribeToAll({ ...other, hasLock: true }),
      subscriptions.unsubscribeFromOne({ ...other, uid: uid(1) }),
      subscriptions.unsubscribeFromAll(other),
      subscriptions.suspend(other, NOW),
    ];
    expect(await Promise.all(tries)).toEqual(tries.map(() => false));
    expect(await about(1)).toEqual([{ ...A, one: { hasLock: false, isOff: false } }]);
    await subscriptions.unsubscribeFromOne({ ...A, uid: uid(1) });
    expect(await subscriptions.find('A')).toBeUndefined();
    expect(await subscriptions.subscribeToAll({ ...other, hasLock: true })).toBe(true);
    await subscriptions.unsubscribeFromAll(other);
    expect(await subscriptions.find('A')).toBeUndefined();
    expect(await subscriptions.unsubscribeFromAll(other)).toBe(true);
    expect(await subscriptions.suspend(other, NOW)).toBe(true);
  });

  test('of these titles, of this owner, of those that hold', async () => {
    await subscriptions.subscribeToAll({ ...A, hasLock: false });
    await subscriptions.subscribeToOne({ ...B, uid: uid(1), hasLock: true });
    const titles = async (which: Parameters<WorkitemSubscriptions['about']>[1]) =>
      (await subscriptions.about(uid(1), which)).map(({ aet }) => aet).toSorted();
    expect(await titles({ aets: ['A', 'B'] })).toEqual(['A', 'B']);
    expect(await titles({ aets: ['B'] })).toEqual(['B']);
    expect(await titles({ aets: [] })).toEqual([]);
    expect(await titles({ owner: A.owner })).toEqual(['A']);
    expect(await titles({ withLock: true })).toEqual(['B']);
    await subscriptions.subscribeToAll({ ...A, hasLock: true });
    expect(await titles({ withLock: true })).toEqual(['A', 'B']);
  });

  test('a workitem that is taken out takes its subscriptions along', async () => {
    await subscriptions.subscribeToOne({ ...A, uid: uid(1), hasLock: true });
    await workitems.remove(uid(1));
    expect(await about(1)).toEqual([]);
    await subscriptions.tidy();
    expect(await subscriptions.find('A')).toBeUndefined();
    expect(await subscriptions.subscribeToOne({ ...A, uid: uid(1), hasLock: true })).toBe(true);
    expect(await about(1)).toEqual([]);
  });

  test('one owner has so many titles', async () => {
    for (let number = 0; number < MAX_TITLES_OF_AN_OWNER; number += 1)
      await subscriptions.subscribeToAll({ ...A, aet: `A${String(number)}`, hasLock: false });
    const more = subscriptions.subscribeToAll({ ...A, aet: 'MORE', hasLock: false });
    await expect(more).rejects.toMatchObject({ code: 'overloaded' });
    await subscriptions.subscribeToAll({ ...A, aet: 'A1', hasLock: true });
    await subscriptions.subscribeToAll({ ...B, hasLock: false });
    await subscriptions.unsubscribeFromAll({ ...A, aet: 'A1' });
    await subscriptions.subscribeToAll({ ...A, aet: 'MORE', hasLock: false });
  });

  test('and is subscribed to so many single ones', async () => {
    for (let number = 3; number < MAX_SINGLE_OF_AN_OWNER + 4; number += 1) {
      await workitems.create(nth(number));
      if (number < MAX_SINGLE_OF_AN_OWNER + 3)
        await subscriptions.subscribeToOne({ ...A, uid: uid(number), hasLock: false });
    }
    const last = uid(MAX_SINGLE_OF_AN_OWNER + 3);
    const more = subscriptions.subscribeToOne({ ...A, uid: last, hasLock: false });
    await expect(more).rejects.toMatchObject({ code: 'overloaded' });
    await subscriptions.subscribeToAll({ ...A, hasLock: false });
    const off = subscriptions.unsubscribeFromOne({ ...A, uid: last });
    await expect(off).rejects.toMatchObject({ code: 'overloaded' });
    await subscriptions.subscribeToOne({ ...B, uid: last, hasLock: false });
  });
}

describe('subscriptions in memory', () => {
  contract(async () => {
    const workitems = createMemoryWorkitems();
    return { workitems, subscriptions: createMemorySubscriptions(workitems) };
  });
});

describeOnBoth('subscriptions', ({ make, kind }) => {
  contract(async () => {
    const [database] = await make();
    return { workitems: createWorkitems(database), subscriptions: createWorkitemSubscriptions(database) };
  });

  test('of several who take one AE title at once one gets it', async () => {
    const [one, other] = (await make()).map(createWorkitemSubscriptions);
    if (one === undefined || other === undefined) throw new Error('two ways to one database');
    const taken = await Promise.all(
      [one, other, one, other].map((node, number) =>
        node.subscribeToAll({ ...A, owner: `person ${String(number)}`, hasLock: false }),
      ),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  test('a request to cancel stands in the row', async () => {
    const [database] = await make();
    const workitems = createWorkitems(database);
    await workitems.create(aWorkitem());
    const cancelAsked = { '00741238': { vr: 'LT', Value: ['why'] } };
    await workitems.change(aWorkitem({ cancelAsked }));
    expect(await workitems.find(aWorkitem().uid)).toMatchObject({ cancelAsked });
  });

  test('a database that is away is told as such', async () => {
    if (kind !== 'sqlite') return;
    const [database] = await make();
    const subscriptions = createWorkitemSubscriptions(database);
    await database.schema.dropTable('workitem_subscription').execute();
    await database.schema.dropTable('workitem_subscriber').execute();
    const all = [
      subscriptions.find('A'),
      subscriptions.about(uid(1), { aets: ['A'] }),
      subscriptions.subscribeToOne({ ...A, uid: uid(1), hasLock: false }),
      subscriptions.subscribeToAll({ ...A, hasLock: false }),
      subscriptions.unsubscribeFromOne({ ...A, uid: uid(1) }),
      subscriptions.unsubscribeFromAll(A),
      subscriptions.suspend(A, NOW),
      subscriptions.tidy(),
    ];
    for (const one of all) await expect(one).rejects.toMatchObject({ code: 'register-unavailable' });
  });
});
