import type { SopInstanceUid } from '../../src/domain/identifiers.ts';
import { sopInstanceUid } from '../fakes/uids.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import type { Policy } from '../../src/domain/policy.ts';
import {
  currentEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
} from '../fakes/register-builder.ts';
import { aWorkitem, el } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, workitemRegister, type WorkitemHouse } from '../fakes/workitem-house.ts';

let house: WorkitemHouse;
beforeEach(() => void (house = createWorkitemHouse()));

const uidsOf = async (token: string, query = ''): Promise<readonly unknown[]> =>
  (await house.search(token, query)).rows.map((row) => row['00080018']?.Value?.[0]);

describe('who sees what', () => {
  beforeEach(async () => {
    await house.create('operator', '1.5.1');
    await house.create('rcai', '1.5.2');
  });

  test.each([
    ['operator', ['1.5.1']],
    ['rcai', ['1.5.1', '1.5.2']],
    ['chest-ai', ['1.5.1', '1.5.2']],
    ['other-ai', []],
  ])('%s: %j', async (token, expected) => {
    expect(await uidsOf(token)).toEqual(expected);
    for (const uid of ['1.5.1', '1.5.2']) {
      const found = house.read(token, uid);
      if (expected.includes(uid)) expect(await found).toMatchObject({ '00080018': el('UI', uid) });
      else await expect(found).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  test.each([
    ['ct', 'not-permitted'],
    ['endpoint', 'not-permitted'],
    ['emergency', 'not-permitted'],
    ['stranger', 'not-permitted'],
    ['images', 'scope-missing'],
    ['unsure', 'sessions-unavailable'],
    ['nobody', 'not-identified'],
  ])('%s -> %s', async (token, code) => {
    await expect(house.read(token)).rejects.toMatchObject({ code });
    await expect(house.search(token)).rejects.toMatchObject({ code });
    await expect(house.state(token, 'IN PROGRESS')).rejects.toMatchObject({ code });
    await expect(house.update(token, {})).rejects.toMatchObject({ code });
    await expect(house.cancel(token)).rejects.toMatchObject({ code });
  });

  test.each<readonly [string, () => ReturnType<typeof workitemRegister>]>([
    ['an RC-AI whose credential has lapsed', () => workitemRegister({ evidence: lapsed() })],
    ['anybody where the policy leaves stopping to everybody', () => workitemRegister({ policy: open() })],
    ['anybody where the policy leaves it to nobody', () => workitemRegister({ policy: open('none') })],
  ])('%s sees no more than their own', async (_name, register) => {
    house.setRegister(register());
    expect(await uidsOf('rcai')).toEqual(['1.5.2']);
  });

  test('the key of whoever claimed it is shown to nobody', async () => {
    await house.state('chest-ai', 'IN PROGRESS', '1.4.4.4');
    for (const token of ['operator', 'rcai', 'chest-ai', 'chest-ai-two']) {
      expect(JSON.stringify(await house.read(token))).not.toContain('1.4.4.4');
      expect(JSON.stringify(await house.search(token, 'includefield=all'))).not.toContain('1.4.4.4');
      expect(await uidsOf(token, '00081195=1.4.4.4')).toEqual([]);
    }
  });
});

const lapsed = () =>
  currentEvidence(RADIOLOGIST).filter(({ type }) => type !== 'annual-declaration' && type !== 'registration');

/** The policy that ships, with its rule for stopping left open, or left out. */
function open(stopping: 'all' | 'none' = 'all'): Policy {
  const policy = shippedPolicy();
  const others = policy.acts.filter(({ act }) => act !== 'stop-use');
  const rules = policy.acts.filter(({ act }) => act === 'stop-use' && stopping === 'all');
  return { ...policy, acts: [...others, ...rules.map((rule) => ({ ...rule, roles: [], credentials: [] }))] };
}

describe('a search', () => {
  const many = async (count: number): Promise<void> => {
    const at = (number: number): SopInstanceUid => sopInstanceUid(`1.6.${String(number)}`);
    for (let number = 0; number < count; number += 1) {
      const one = aWorkitem({ uid: at(number), caseId: aCaseId(number), createdAt: NOW + number });
      // Each of somebody else: one person has no more than so many.
      await house.workitems.create({
        ...one,
        creator: practitionerId(`p-${String(number)}`),
        dataset: {
          ...one.dataset,
          '00080018': el('UI', at(number)),
          '00741204': el('LO', `L${String(number % 2)}`),
        },
      });
    }
  };

  test('goes page by page, oldest first, and says when there is more', async () => {
    await many(450);
    const query = 'ProcedureStepLabel=L1&limit=3&offset=200';
    expect(await uidsOf('rcai', query)).toEqual(['1.6.401', '1.6.403', '1.6.405']);
    expect(await house.search('rcai', query)).toMatchObject({ hasMore: true });
    expect(await house.search('rcai', 'ProcedureStepLabel=L1&offset=224')).toMatchObject({ hasMore: false });
    expect(await uidsOf('rcai', 'ProcedureStepLabel=L1&offset=224')).toEqual(['1.6.449']);
    expect(await uidsOf('rcai', 'offset=450')).toEqual([]);
    expect(await house.search('rcai', 'limit=0')).toEqual({ rows: [], hasMore: true });
  });

  test('lets everybody else have their turn between two pages', async () => {
    await many(101);
    let turns = 0;
    Object.assign(house.deps, { pause: async () => void (turns += 1) });
    expect(await uidsOf('rcai')).toHaveLength(101);
    expect(turns).toBe(2);
  });

  test('that takes long does so more often, and stops in the end', async () => {
    await many(40);
    let [nowMs, turns] = [0, 0];
    const clock = { nowMs: () => NOW, monotonicMs: () => (nowMs += 3) };
    Object.assign(house.deps, { clock, pause: async () => void (turns += 1) });
    expect(await house.search('rcai')).toMatchObject({ hasMore: false });
    expect(turns).toBeGreaterThan(10);
    Object.assign(house.deps, { clock: { ...clock, monotonicMs: () => (nowMs += 400) } });
    const found = await house.search('rcai');
    expect(found.hasMore).toBe(true);
    expect(found.rows.length).toBeLessThan(10);
    expect(await house.search('rcai', 'ProcedureStepLabel=none')).toEqual({ rows: [], hasMore: true });
  });

  test('gives the first that it finds, however large, and says when there is more', async () => {
    const large = { ...aWorkitem().dataset, '00741204': el('UT', 'x'.repeat(5_000_000)) };
    for (const number of [1, 2])
      await house.workitems.create(
        aWorkitem({ uid: sopInstanceUid(`1.6.${String(number)}`), caseId: aCaseId(number), dataset: large }),
      );
    const found = await house.search('rcai');
    expect([found.rows.length, found.hasMore]).toEqual([1, true]);
    expect(await house.search('rcai', 'offset=1')).toMatchObject({ hasMore: false });
  });

  test('for a pattern that is too long is told so', async () => {
    await expect(house.search('rcai', `00741208=*${'a'.repeat(250)}b`)).rejects.toMatchObject({
      code: 'bad-request',
    });
  });

  test('for one state does not look at the others', async () => {
    await many(3);
    const asked: unknown[] = [];
    const { list } = house.workitems;
    const watched = async (what: Parameters<typeof list>[0]) => {
      asked.push(what.state);
      return await list(what);
    };
    Object.assign(house.deps, { workitems: { ...house.deps.workitems, list: watched } });
    expect(await uidsOf('rcai', 'ProcedureStepState=SCHEDULED')).toHaveLength(3);
    expect(await uidsOf('rcai', 'ProcedureStepState=SCHED*')).toHaveLength(3);
    expect(asked).toEqual(['SCHEDULED', undefined]);
  });

  test('gives no more than so many at once, and looks at no more than so many', async () => {
    await many(501);
    const found = await house.search('rcai', 'limit=10000');
    expect([found.rows.length, found.hasMore]).toEqual([500, true]);
    const list = async (asked: { readonly limit: number }) =>
      Array.from({ length: asked.limit }, () => aWorkitem());
    Object.assign(house.deps, { workitems: { ...house.deps.workitems, list } });
    expect(await house.search('rcai', 'ProcedureStepLabel=none')).toEqual({ rows: [], hasMore: true });
  });
});
