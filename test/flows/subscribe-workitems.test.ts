import { ALL_WORKITEMS, FILTERED_WORKITEMS } from '../../src/domain/workitem-subscription.ts';
import { NOW } from '../fakes/register-builder.ts';
import { aWorkitemDraft, el, performed } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, KEY, PERFORMER, TWIN, type WorkitemHouse } from '../fakes/workitem-house.ts';

const DAY = 86_400_000;
const ONE = '1.5.1';
let house: WorkitemHouse;
beforeEach(async () => {
  house = createWorkitemHouse();
  await house.create();
});
const stateOf = (report: object | undefined): unknown => report?.['00741000' as never];
const claim = () => house.state(PERFORMER, 'IN PROGRESS');
const told = async (listening: { readonly reports: readonly object[] }): Promise<readonly unknown[]> => {
  await house.events.idle();
  return listening.reports.map((one) => ['00001000', '00001002'].map((tag) => valueOf(one, tag)));
};
const valueOf = (report: object, tag: string): unknown =>
  (Object.entries(report).find(([name]) => name === tag)?.[1] as { readonly Value: readonly unknown[] })
    .Value[0];

describe('of one workitem', () => {
  test('its state is reported at once, to the AE title that subscribed and to no other', async () => {
    const [mine, other] = [await house.listen(PERFORMER), await house.listen(PERFORMER, 'OTHER')];
    await house.subscribe(PERFORMER, ONE, 'OTHER');
    await house.subscribe(PERFORMER, ONE);
    expect(await told(mine)).toEqual([[ONE, 1]]);
    expect(await told(other)).toEqual([[ONE, 1]]);
    expect(stateOf(mine.reports[0])).toEqual(el('CS', 'SCHEDULED'));
  });

  test('what one may not see is not there', async () => {
    for (const [token, code] of [
      ['other-ai', 'not-found'],
      ['ct', 'not-permitted'],
      ['nobody', 'not-identified'],
      ['images', 'scope-missing'],
      ['emergency', 'not-permitted'],
    ] as const) {
      await expect(house.subscribe(token, ONE)).rejects.toMatchObject({ code });
      if (token !== 'other-ai') await expect(house.listen(token)).rejects.toMatchObject({ code });
    }
    await expect(house.subscribe('operator', '1.5.9')).rejects.toMatchObject({ code: 'not-found' });
    await expect(house.subscribe('operator', 'x')).rejects.toMatchObject({ code: 'not-found' });
    expect(await house.subscriptions.find('ME')).toBeUndefined();
  });

  test('unsubscribed, nothing is told any more', async () => {
    const mine = await house.listen('operator');
    await house.subscribe('operator', ONE);
    expect(await told(mine)).toHaveLength(1);
    await house.unsubscribe('operator', ONE);
    await house.unsubscribe('operator', ONE);
    await claim();
    expect(await told(mine)).toHaveLength(1);
    await house.subscribe(TWIN, ONE);
  });
});

describe('an AE title', () => {
  test('belongs to whoever subscribed with it first', async () => {
    await house.subscribe(PERFORMER, ONE);
    for (const act of [
      house.subscribe('operator', ONE),
      house.subscribe(TWIN, ALL_WORKITEMS),
      house.unsubscribe('operator', ONE),
      house.unsubscribe(TWIN, ALL_WORKITEMS),
      house.suspend('operator', ALL_WORKITEMS),
      house.listen('operator'),
    ])
      await expect(act).rejects.toMatchObject({ code: 'not-permitted' });
    await house.unsubscribe(PERFORMER, ALL_WORKITEMS);
    await house.subscribe('operator', ONE);
  });

  test('tells nothing to somebody else who had its channel open before', async () => {
    const [early, owner] = [await house.listen('operator'), await house.listen('rcai')];
    await house.subscribe('rcai', ALL_WORKITEMS);
    await claim();
    expect(await told(owner)).toEqual([[ONE, 1]]);
    expect(await told(early)).toEqual([]);
  });
});

describe('of many', () => {
  test('of all: what is there and what comes, as far as one sees it', async () => {
    const [mine, seen] = [await house.listen('operator', 'OP'), await house.listen('rcai', 'RC')];
    await house.subscribe('operator', ALL_WORKITEMS, 'OP');
    await house.subscribe('rcai', ALL_WORKITEMS, 'RC');
    await claim();
    await house.create('rcai', '1.5.2');
    expect(await told(mine)).toEqual([[ONE, 1]]);
    expect(await told(seen)).toEqual([
      [ONE, 1],
      ['1.5.2', 1],
    ]);
  });

  test('and between two of them everybody else has their turn', async () => {
    for (const uid of ['1.5.7', '1.5.8', '1.5.9']) await house.create('operator', uid);
    let turns = 0;
    Object.assign(house.deps, { pause: async () => void (turns += 1) });
    await house.subscribe('rcai', ALL_WORKITEMS, 'ME', 'deletionlock=true');
    expect(turns).toBe(house.workitems.all().length);
  });

  test('with a lock, those that are there are reported at once; filtered, those that match', async () => {
    const [mine, few] = [await house.listen('rcai'), await house.listen('rcai', 'FEW')];
    await house.create('rcai', '1.5.2', aWorkitemDraft({ '00741202': el('LO', 'URGENT') }));
    await house.subscribe('rcai', ALL_WORKITEMS, 'ME', 'deletionlock=true');
    await house.subscribe('rcai', FILTERED_WORKITEMS, 'FEW', 'deletionlock=true&00741202=URGENT');
    expect(await told(mine)).toEqual([
      [ONE, 1],
      ['1.5.2', 1],
    ]);
    expect(await told(few)).toEqual([['1.5.2', 1]]);
    await claim();
    expect(await told(few)).toHaveLength(1);
  });

  test('suspended, what is created later is not told; one that was left is not either, until all are taken again', async () => {
    const mine = await house.listen('operator');
    await house.subscribe('operator', ALL_WORKITEMS);
    await house.suspend('operator', ALL_WORKITEMS);
    house.setNow(NOW + 1);
    await house.create('operator', '1.5.2');
    expect(await told(mine)).toEqual([]);
    await claim();
    expect(await told(mine)).toEqual([[ONE, 1]]);
    await house.unsubscribe('operator', ONE);
    await house.update(PERFORMER, { '00741002': el('SQ', {}) }, KEY);
    expect(await told(mine)).toHaveLength(1);
    await house.subscribe('operator', ALL_WORKITEMS);
    await house.update(PERFORMER, { '00741002': el('SQ', {}) }, KEY);
    expect((await told(mine)).slice(1)).toEqual([[ONE, 3]]);
    await expect(house.suspend('operator', ONE)).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('a filter belongs to the address for it', async () => {
    for (const [of, query] of [
      [ALL_WORKITEMS, '00741202=AI'],
      [ONE, '00741202=AI'],
      [FILTERED_WORKITEMS, ''],
    ] as const)
      await expect(house.subscribe('operator', of, 'ME', query)).rejects.toMatchObject({
        code: 'bad-request',
      });
  });
});

describe('a deletion lock', () => {
  beforeEach(async () => {
    await claim();
    await house.store('1.9.1');
    await house.update(PERFORMER, performed('1.9.1'), KEY);
    await house.state(PERFORMER, 'COMPLETED');
  });
  const left = async (atMs: number): Promise<number> => {
    house.setNow(atMs);
    await house.sweep();
    return house.workitems.all().length;
  };

  test('keeps a workitem until it is taken back', async () => {
    await house.subscribe('operator', ONE, 'ME', 'deletionlock=true');
    expect(await left(NOW + 8 * DAY)).toBe(1);
    await house.subscribe('operator', ONE);
    expect(await left(NOW + 8 * DAY)).toBe(0);
    expect(await house.subscriptions.find('ME')).toBeUndefined();
  });

  test('and no longer than workitems may be kept at all', async () => {
    await house.subscribe('rcai', ALL_WORKITEMS, 'ME', 'deletionlock=true');
    expect(await left(NOW + 90 * DAY)).toBe(1);
    expect(await left(NOW + 90 * DAY + 1)).toBe(0);
  });

  test('holds nothing that its owner never saw', async () => {
    await house.subscribe('other-ai', ALL_WORKITEMS, 'ME', 'deletionlock=true');
    expect(await left(NOW + 8 * DAY)).toBe(0);
  });

  test('keeps what comes behind it from nothing', async () => {
    await house.subscribe('operator', ONE, 'ME', 'deletionlock=true');
    const [held] = house.workitems.all();
    if (held === undefined) throw new Error('there is one');
    for (let number = 0; number < 250; number += 1)
      await house.workitems.create({
        ...held,
        uid: `1.6.${String(number)}` as never,
        createdAt: NOW + 1 + number,
        creator: `c${String(number % 5)}` as never,
      });
    await house.subscribe('rcai', FILTERED_WORKITEMS, 'RC', 'deletionlock=true&00741202=AI');
    expect(await left(NOW + 9 * DAY)).toBe(251);
    await house.unsubscribe('rcai', ALL_WORKITEMS, 'RC');
    expect(await left(NOW + 9 * DAY)).toBe(1);
  });
});
