import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { element } from '../fakes/part-10.ts';
import { createMemoryPacs, type CannedAnswer } from '../fakes/memory-pacs.ts';
import { MODEL, NOW, VERSION } from '../fakes/register-builder.ts';
import { BOTH, createStoreHouse, runStore } from '../fakes/store-house.ts';
import { sequence, STORED_SERIES, STORED_STUDY, storedFile } from '../fakes/stored-files.ts';
import { sopInstanceUid, studyUid } from '../fakes/uids.ts';

const UID = '1.77.1';
const REPORT = '1.2.840.10008.5.1.4.1.1.88.33';
const naming = (...versions: readonly string[]): Buffer =>
  storedFile({
    sopInstanceUid: UID,
    sopClassUid: REPORT,
    after: versions.map((version) =>
      sequence(
        [0x0062, 0x0002],
        [[element([0x0066, 0x0031], 'LO', version), element([0x0066, 0x0036], 'LO', MODEL)]],
      ),
    ),
  });
const plain = naming();
const row = (uid: string): CannedAnswer => ({
  body: JSON.stringify([{ '00080018': { vr: 'UI', Value: [uid] } }]),
});

test('an AI machine locks no image of another PACS by storing under its UID', async () => {
  const house = createStoreHouse();
  const archive = createMemoryPacs({ instances: row(UID) });
  const deps = { ...house.deps, holders: [house.pacs, archive] };
  const { counts } = await runStore({ deps }, [plain], { token: 'ai' });
  expect(counts).toEqual({ passed: 0, refused: { 'duplicate-instance': 1 } });
  expect(await house.storedResults.find(sopInstanceUid(UID))).toBeUndefined();
});

describe('what an AI machine stores is kept as a result before it leaves', () => {
  test('with its UIDs, its machine, the one version that it stores results of, and its digest', async () => {
    const house = createStoreHouse();
    let before: unknown;
    const { pacsStore } = house.deps;
    const deps = {
      ...house.deps,
      pacsStore: {
        store: async (...given: Parameters<typeof pacsStore.store>) => {
          before = await house.storedResults.find(sopInstanceUid(UID));
          return await pacsStore.store(...given);
        },
      },
    };
    await runStore({ deps }, [plain], { token: 'ai' });
    const kept = {
      sopInstanceUid: UID,
      sopClassUid: REPORT,
      study: STORED_STUDY,
      series: STORED_SERIES,
      machine: 'chest-ai',
      madeBy: { model: MODEL, version: VERSION },
      keptAt: NOW,
    };
    expect(before).toEqual(kept);
    expect(await house.storedResults.ofStudies([studyUid(STORED_STUDY)])).toEqual([
      {
        ...kept,
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        caseId: house.caseLog.all()[0]?.caseId,
      },
    ]);
  });

  test.each<[string, string, Buffer, string | undefined]>([
    ['bound to one, the object names none', 'ai', plain, VERSION],
    ['bound to one, the object names it', 'ai', naming(VERSION), VERSION],
    ['bound to one, the object names another', 'ai', naming('7.0.0'), undefined],
    ['bound to two, the object names none', 'ai-two', plain, undefined],
    ['bound to two, the object names one', 'ai-two', naming(BOTH[1].version), BOTH[1].version],
    ['bound to two, the object names both', 'ai-two', naming(VERSION, BOTH[1].version), undefined],
  ])('%s', async (_name, token, file, version) => {
    const house = createStoreHouse();
    await runStore(house, [file], { token });
    const kept = await house.storedResults.find(sopInstanceUid(UID));
    expect(kept?.madeBy?.version).toBe(version);
  });

  test('what people and modalities store is no result', async () => {
    const house = createStoreHouse();
    for (const token of ['alice', 'ct']) await runStore(house, [plain], { token });
    expect(await house.storedResults.ofStudies([studyUid(STORED_STUDY)])).toEqual([]);
  });
});

describe('no record, no result', () => {
  test('where none can be kept nothing leaves, and the fault is told', async () => {
    const house = createStoreHouse();
    house.storedResults.goAway();
    const run = runStore(house, [plain], { token: 'ai' });
    await expect(run).rejects.toBeInstanceOf(RegisterUnavailable);
    expect(house.sent).toEqual([]);
  });

  test('what was kept stays so, whatever the PACS says', async () => {
    const house = createStoreHouse({ answer: () => ({ status: 500 }) });
    await expect(runStore(house, [plain], { token: 'ai' })).rejects.toMatchObject({
      code: 'upstream-bad-answer',
    });
    expect(await house.storedResults.find(sopInstanceUid(UID))).toBeDefined();
  });

  test('images pass while results cannot be kept', async () => {
    const house = createStoreHouse();
    house.storedResults.goAway();
    expect((await runStore(house, [plain], { token: 'ct' })).status).toBe(200);
  });

  test.each<[string, Readonly<Record<string, CannedAnswer>>, string | undefined, string[]]>([
    ['has it', { instances: row(UID) }, undefined, ['duplicate-instance']],
    [
      'has it, and searches within studies only',
      { instances: { status: 400 }, [`studies/${STORED_STUDY}/instances`]: row(UID) },
      undefined,
      ['duplicate-instance'],
    ],
    [
      'does not have it, and searches within studies only',
      { instances: { status: 501 } },
      'upstream-bad-answer',
      [],
    ],
    ['says that there is none', { instances: { status: 204 } }, undefined, []],
    ['lists none', { instances: { body: '[]' } }, undefined, []],
    ['does not search by that', { instances: row('1.9') }, 'upstream-bad-answer', []],
    ['answers what cannot be read', { instances: { body: '<html>' } }, 'upstream-bad-answer', []],
    ['cannot search', { instances: { status: 500 } }, 'upstream-bad-answer', []],
  ])('an object whose UID the PACS %s', async (_name, searches, fault, refused) => {
    const house = createStoreHouse({ searches });
    const run = runStore(house, [plain], { token: 'ai' });
    if (fault === undefined) expect(Object.keys((await run).counts.refused)).toEqual(refused);
    else await expect(run).rejects.toMatchObject({ code: fault });
    const mayPass = fault === undefined && refused.length === 0;
    expect(house.sent.length).toBe(mayPass ? 1 : 0);
    expect((await house.storedResults.find(sopInstanceUid(UID))) !== undefined).toBe(mayPass);
  });

  test('a machine stores its own result again, and nobody else’s', async () => {
    const house = createStoreHouse();
    await runStore(house, [plain], { token: 'ai' });
    const held = {
      ...house,
      deps: { ...house.deps, pacs: createStoreHouse({ searches: { instances: row(UID) } }).pacs },
    };
    expect((await runStore(held, [plain], { token: 'ai' })).status).toBe(200);
    const other = await runStore(held, [naming(VERSION)], { token: 'ai-two' });
    expect([other.status, other.counts.refused]).toEqual([409, { 'duplicate-instance': 1 }]);
  });

  test('one whose meta names another object is refused: a PACS may believe the meta', async () => {
    const file = storedFile({ sopInstanceUid: UID, meta: ['1.2', '1.9'] });
    const house = createStoreHouse();
    expect((await runStore(house, [file], { token: 'ai' })).counts.refused).toEqual({
      'dataset-mismatch': 1,
    });
    expect((await runStore(house, [file], { token: 'ct' })).status).toBe(200);
  });

  test('a mistake of ours is not taken for one of the sender’s', async () => {
    const house = createStoreHouse();
    const broken = { ...house.storedResults, find: () => Promise.reject(new TypeError('a bug')) };
    const run = runStore({ deps: { ...house.deps, storedResults: broken } }, [plain], { token: 'ai' });
    await expect(run).rejects.toBeInstanceOf(TypeError);
  });
});
