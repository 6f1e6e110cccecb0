import {
  MAX_OPEN_OF_A_CREATOR,
  MAX_WORKITEMS_OF_A_CREATOR,
  type Workitem,
} from '../../src/domain/workitem.ts';
import type { Workitems } from '../../src/flows/ports-workitems.ts';
import { createWorkitems } from '../../src/register/workitems.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { createMemoryWorkitems } from '../fakes/memory-workitems.ts';
import {
  aPrincipal,
  aStudy,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  versionString,
} from '../fakes/register-builder.ts';
import { sopInstanceUid, studyUid } from '../fakes/uids.ts';
import { aWorkitem, performed } from '../fakes/workitem-drafts.ts';

const nth = (number: number, changes: Partial<Workitem> = {}): Workitem =>
  aWorkitem({
    uid: sopInstanceUid(`1.5.${String(number)}`),
    caseId: aCaseId(number),
    createdAt: NOW + number,
    ...changes,
  });
const uids = (workitems: readonly Pick<Workitem, 'uid'>[]): readonly string[] =>
  workitems.map(({ uid }) => uid.slice(4));
const ENDED: Partial<Workitem> = { state: 'COMPLETED', isCaseEnded: true, finalAt: NOW };

const FEW = { maxOpen: 3, maxAll: 4 };

function contract(make: (room?: typeof FEW) => Promise<Workitems>): void {
  test('of all together so many are open, and so many there', async () => {
    const workitems = await make(FEW);
    const of = (number: number): Workitem => nth(number, { creator: practitionerId(`p-${String(number)}`) });
    for (const number of [1, 2, 3]) await workitems.create(of(number));
    const { creator } = of(4);
    await expect(workitems.checkRoom(creator)).rejects.toMatchObject({ code: 'overloaded' });
    await expect(workitems.create(of(4))).rejects.toMatchObject({ code: 'overloaded' });
    await workitems.change({ ...of(1), ...ENDED });
    await workitems.checkRoom(creator);
    await workitems.create(of(4));
    await workitems.change({ ...of(2), ...ENDED });
    await expect(workitems.checkRoom(creator)).rejects.toMatchObject({ code: 'overloaded' });
  });

  test('one is found by its UID as it was created, and not twice', async () => {
    const workitems = await make();
    await workitems.create(aWorkitem());
    expect(await workitems.find(aWorkitem().uid)).toEqual(aWorkitem());
    expect(await workitems.find(sopInstanceUid('1.9'))).toBeUndefined();
    const again = workitems.create(aWorkitem({ caseId: aCaseId(2) }));
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    expect(await workitems.find(aWorkitem().uid)).toEqual(aWorkitem());
  });

  test('a change is kept where nothing changed since, and counted', async () => {
    const workitems = await make();
    await workitems.create(aWorkitem());
    const claimed = aWorkitem({ state: 'IN PROGRESS', transactionUid: '1.77', performer: 'chest-ai' });
    expect(await workitems.change(claimed)).toBe(true);
    expect(await workitems.change(claimed)).toBe(false);
    expect(await workitems.find(claimed.uid)).toEqual({ ...claimed, revision: 2 });
    const done = { ...claimed, ...ENDED, dataset: performed('1.7.1'), revision: 2 };
    expect(await workitems.change(done)).toBe(true);
    expect(await workitems.find(claimed.uid)).toEqual({ ...done, revision: 3 });
    expect(await workitems.change(nth(9))).toBe(false);
  });

  test('of many changes at once one is kept', async () => {
    const workitems = await make();
    await workitems.create(aWorkitem());
    const claims = Array.from({ length: 12 }, (_, machine) =>
      workitems.change(aWorkitem({ state: 'IN PROGRESS', performer: `ai-${String(machine)}` })),
    );
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
    expect(await workitems.find(aWorkitem().uid)).toMatchObject({ revision: 2 });
  });

  test('lists are of those asked for, oldest first, page by page', async () => {
    const workitems = await make();
    const other = practitionerId('other');
    const newer = versionString('3.0.0');
    const rows = [nth(3), nth(1), nth(2, { creator: other }), nth(4, { version: newer })];
    for (const one of [...rows, nth(5, { createdAt: NOW + 4 })]) await workitems.create(one);
    const first = await workitems.list({ of: { kind: 'all' }, limit: 4 });
    expect(uids(first)).toEqual(['1', '2', '3', '4']);
    expect(uids(await workitems.list({ of: { kind: 'all' }, after: first.at(-1), limit: 4 }))).toEqual(['5']);
    await workitems.change(nth(1, { state: 'IN PROGRESS' }));
    expect(uids(await workitems.list({ of: { kind: 'all' }, state: 'IN PROGRESS', limit: 4 }))).toEqual([
      '1',
    ]);
    const scheduled = await workitems.list({ of: { kind: 'all' }, state: 'SCHEDULED', limit: 2 });
    expect(uids(scheduled)).toEqual(['2', '3']);
    const of = { kind: 'creator', creator: other } as const;
    expect(uids(await workitems.list({ of, limit: 9 }))).toEqual(['2']);
    const models = [
      { model: MODEL, version: newer },
      { model: MODEL, version: versionString('9') },
    ];
    expect(uids(await workitems.list({ of: { kind: 'models', models }, limit: 9 }))).toEqual(['4']);
    expect(await workitems.list({ of: { kind: 'models', models: [] }, limit: 9 })).toEqual([]);
  });

  test('a case is awaited until its end is on record', async () => {
    const workitems = await make();
    await workitems.create(nth(1));
    expect(await workitems.awaits(aCaseId(1))).toBe(true);
    expect(await workitems.awaits(aCaseId(2))).toBe(false);
    await workitems.change(nth(1, { state: 'CANCELED', finalAt: NOW }));
    expect(await workitems.awaits(aCaseId(1))).toBe(true);
    await workitems.change(nth(1, { ...ENDED, revision: 2 }));
    expect(await workitems.awaits(aCaseId(1))).toBe(false);
  });

  test('who holds the workitem of a case: whoever claimed it, also once it is final', async () => {
    const workitems = await make();
    await workitems.create(nth(1));
    expect(await workitems.performerOf(aCaseId(1))).toBeUndefined();
    expect(await workitems.performerOf(aCaseId(2))).toBeUndefined();
    await workitems.change(nth(1, { state: 'IN PROGRESS', performer: 'chest-ai' }));
    expect(await workitems.performerOf(aCaseId(1))).toBe('chest-ai');
    await workitems.change(nth(1, { state: 'COMPLETED', performer: 'chest-ai', finalAt: NOW, revision: 2 }));
    expect(await workitems.performerOf(aCaseId(1))).toBe('chest-ai');
  });

  test('under way on a study is what this machine has claimed there and not finished, oldest first', async () => {
    const workitems = await make();
    const study = aStudy().studyInstanceUid;
    const elsewhere = { caller: aPrincipal(), study: aStudy({ studyInstanceUid: studyUid('1.2.9') }) };
    const claimed = { state: 'IN PROGRESS', performer: 'chest-ai' } as const;
    const rows = [
      nth(1, { ...claimed, state: 'COMPLETED', finalAt: NOW }),
      nth(2),
      nth(3, { ...claimed, performer: 'other-ai' }),
      nth(4, { ...claimed, asked: elsewhere }),
      nth(6, claimed),
      nth(5, claimed),
    ];
    for (const one of rows) await workitems.create(one);
    const found = async (machine: string, of = study): Promise<readonly number[]> =>
      (await workitems.performing({ machine, study: of })).map(({ caseId }) => Number(caseId.slice(-2)));
    expect(await found('chest-ai')).toEqual([5, 6]);
    expect(await found('other-ai')).toEqual([3]);
    expect(await found('chest-ai', studyUid('1.2.9'))).toEqual([4]);
    expect(await found('other-ai', studyUid('1.2.9'))).toEqual([]);
    const { caseId, creator, model, version, function: fn, asked } = nth(5, claimed);
    const [oldest] = await workitems.performing({ machine: 'chest-ai', study });
    expect(oldest).toMatchObject({ caseId, creator, model, version, function: fn, asked });
    await workitems.change(nth(5, { ...claimed, state: 'CANCELED', finalAt: NOW }));
    expect(await found('chest-ai')).toEqual([6]);
  });

  test('due is what is open for too long, ended without record, or ended long ago; removed is the last of these', async () => {
    const workitems = await make();
    const rows = [
      nth(1),
      nth(2, { state: 'IN PROGRESS' }),
      nth(3, { state: 'COMPLETED', finalAt: NOW + 9 }),
      nth(4, { ...ENDED, finalAt: NOW + 4 }),
      nth(5, { ...ENDED, finalAt: NOW + 5 }),
      nth(6),
    ];
    for (const one of rows) await workitems.create(one);
    const due = async (): Promise<readonly string[]> =>
      uids(await workitems.due({ created: NOW + 6, final: NOW + 5, limit: 10 }));
    expect(await due()).toEqual(['1', '2', '3', '4']);
    expect(uids(await workitems.due({ created: NOW + 6, final: NOW, limit: 2 }))).toEqual(['1', '2']);
    for (const { uid } of rows) await workitems.remove(uid);
    expect(uids(await workitems.list({ of: { kind: 'all' }, limit: 10 }))).toEqual(['1', '2', '3', '6']);
  });

  test('one person has so many open, and so many in all', async () => {
    const workitems = await make();
    for (let number = 0; number < MAX_OPEN_OF_A_CREATOR; number += 1) await workitems.create(nth(number));
    const one = nth(9_999);
    await expect(workitems.create(one)).rejects.toMatchObject({ code: 'overloaded' });
    await workitems.create({ ...one, creator: practitionerId('other') });
    for (let number = 0; number < MAX_OPEN_OF_A_CREATOR; number += 1)
      await workitems.change(nth(number, ENDED));
    for (let number = MAX_OPEN_OF_A_CREATOR; number < MAX_WORKITEMS_OF_A_CREATOR; number += 1)
      await workitems.create(nth(number, ENDED));
    const late = workitems.create(nth(5_000));
    await expect(late).rejects.toMatchObject({ code: 'overloaded' });
    await workitems.remove(nth(0).uid);
    await workitems.create(nth(5_000));
  });
}

describe('workitems in memory', () => {
  contract(async (room) => createMemoryWorkitems(room));
});

describeOnBoth('workitems', ({ make, kind }) => {
  contract(async (room) => createWorkitems((await make())[0], room));

  test('what is due is told without its dataset being read', async () => {
    const [database] = await make();
    const workitems = createWorkitems(database);
    await workitems.create(aWorkitem());
    await database.updateTable('workitem').set({ dataset: 'no JSON' }).execute();
    await expect(workitems.find(aWorkitem().uid)).rejects.toThrow();
    const { uid, createdAt } = aWorkitem();
    expect(await workitems.due({ created: NOW + 1, final: NOW, limit: 9 })).toEqual([{ uid, createdAt }]);
  });

  test('of two nodes that claim at once one gets it', async () => {
    const [one, other] = (await make()).map((database) => createWorkitems(database));
    if (one === undefined || other === undefined) throw new Error('two ways to one database');
    await one.create(aWorkitem());
    const claims = [one, other, one, other].map((node, machine) =>
      node.change(aWorkitem({ state: 'IN PROGRESS', performer: `ai-${String(machine)}` })),
    );
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
  });

  test.each(['state', 'model', 'function', 'creator', 'case_id', 'version'] as const)(
    'a row whose %s no workitem has is a fault, and is not read',
    async (column) => {
      const [database] = await make();
      const workitems = createWorkitems(database);
      await workitems.create(aWorkitem());
      await database
        .updateTable('workitem')
        .set({ [column]: 'no such thing!' })
        .execute();
      await expect(workitems.find(aWorkitem().uid)).rejects.toMatchObject({ code: 'internal' });
    },
  );

  test('a database that is away is told as such', async () => {
    if (kind !== 'sqlite') return;
    const [database] = await make();
    await database.schema.dropTable('workitem').execute();
    const workitems = createWorkitems(database);
    const all = [
      workitems.checkRoom(RADIOLOGIST),
      workitems.create(aWorkitem()),
      workitems.find(aWorkitem().uid),
      workitems.change(aWorkitem()),
      workitems.list({ of: { kind: 'creator', creator: RADIOLOGIST }, limit: 1 }),
      workitems.awaits(aCaseId(1)),
      workitems.due({ created: 1, final: 1, limit: 1 }),
      workitems.remove(aWorkitem().uid),
    ];
    for (const one of all) await expect(one).rejects.toMatchObject({ code: 'register-unavailable' });
  });
});
