import { createHash } from 'node:crypto';
import { foldCase } from '../../src/domain/case-view.ts';
import { explainEntries } from '../../src/flows/explain-entries.ts';
import { GatewayError, UpstreamFault } from '../../src/domain/errors.ts';
import { element } from '../fakes/part-10.ts';
import { aBinding, aModelVersion, MODEL, NOW, RADIOLOGIST, VERSION } from '../fakes/register-builder.ts';
import { kindsIn, refusedOf, resultFile } from '../fakes/result-files.ts';
import { BOTH, createStoreHouse, runStore, storeRegister } from '../fakes/store-house.ts';
import { STORED_STUDY, storedFile } from '../fakes/stored-files.ts';
import { sopInstanceUid } from '../fakes/uids.ts';

const ONE = '1.77.1';
const TWO = '1.77.2';

describe('an AI that ran by itself', () => {
  test('opens a case without a practitioner before the object leaves', async () => {
    const house = createStoreHouse();
    let before: readonly string[] = [];
    const { pacsStore } = house.deps;
    const deps = {
      ...house.deps,
      pacsStore: {
        store: async (...given: Parameters<typeof pacsStore.store>) => {
          before = kindsIn(house);
          return await pacsStore.store(...given);
        },
      },
    };
    await runStore({ deps }, [resultFile(ONE)], { token: 'ai' });
    expect(before).toEqual(['case.unsolicited']);
    const [opened, delivered] = house.caseLog.all();
    expect(opened).toMatchObject({
      kind: 'case.unsolicited',
      facts: {
        function: 'detection',
        site: 'general',
        performer: 'chest-ai',
        model: { id: MODEL, version: VERSION, family: 'lung-ct' },
        study: { modality: ['CT'], slice: { maker: 'Example Tomography', sex: 'F', ageBand: '40-64' } },
      },
      personal: { studyUid: STORED_STUDY, patientId: 'P-1', resultSop: ONE, age: '57' },
    });
    expect(opened?.personal).not.toHaveProperty('user');
    expect(delivered?.caseId).toBe(opened?.caseId);
    expect(house.counts.drift).toBe(1);
    expect(foldCase(house.caseLog.all())).toMatchObject({ state: 'unsolicited', model: MODEL });
  });

  test('the digests of what came and of what was passed on stand in it', async () => {
    const house = createStoreHouse();
    await runStore(house, [resultFile(ONE)], { token: 'ai' });
    const sha = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const [sent = Buffer.alloc(0)] = house.sent.flatMap(({ parts }) => parts);
    expect(house.caseLog.all().at(-1)).toMatchObject({
      kind: 'delivery',
      facts: {
        release: { action: 'released' },
        delivered: { objects: 1, before: sha(resultFile(ONE)), after: sha(sent) },
      },
    });
    expect(sha(sent)).not.toBe(sha(resultFile(ONE)));
    expect((await house.storedResults.find(sopInstanceUid(ONE)))?.digest).toBe(sha(sent));
    expect(sent.includes(Buffer.from('Processing Equipment'))).toBe(true);
  });

  test('the index names the case once it is on record what was delivered, and not before', async () => {
    const house = createStoreHouse();
    house.caseLog.behave('fails', 1);
    await expect(runStore(house, [resultFile(ONE)], { token: 'ai' })).rejects.toThrow();
    expect(await house.storedResults.find(sopInstanceUid(ONE))).not.toHaveProperty('caseId');
    house.caseLog.behave('ok');
    await runStore(house, [resultFile(ONE), resultFile(TWO)], { token: 'ai' });
    const [opened] = house.caseLog.all();
    for (const uid of [ONE, TWO])
      expect(await house.storedResults.find(sopInstanceUid(uid))).toMatchObject({ caseId: opened?.caseId });
  });

  test('one case for each study and version of a request, and one delivery of all of its objects', async () => {
    const house = createStoreHouse();
    const second = BOTH[1].version;
    const files = [
      resultFile('1.1', STORED_STUDY, VERSION),
      resultFile('1.2', STORED_STUDY, second),
      resultFile('1.3', '1.9.9', VERSION),
      resultFile('1.4', STORED_STUDY, VERSION),
    ];
    await runStore(house, files, { token: 'ai-two', pieceBytes: 7 });
    expect(kindsIn(house).filter((kind) => kind === 'case.unsolicited')).toHaveLength(3);
    const deliveries = house.caseLog.all().filter(({ kind }) => kind === 'delivery');
    expect(deliveries.map(({ facts }) => facts.delivered?.objects)).toEqual([2, 1, 1]);
    expect(new Set(deliveries.map(({ caseId: id }) => id)).size).toBe(3);
  });

  test('the same request again is the same case, and the same bytes', async () => {
    const house = createStoreHouse();
    await runStore(house, [resultFile(ONE), resultFile(TWO)], { token: 'ai' });
    const entries = house.caseLog.all();
    const later = { ...house.deps, clock: { nowMs: () => NOW + 60_000 } };
    await runStore({ deps: later }, [resultFile(ONE), resultFile(TWO)], { token: 'ai' });
    expect(house.caseLog.all()).toEqual(entries);
    expect(house.sent[1]?.parts).toEqual(house.sent[0]?.parts);
  });

  test('where the case cannot be written nothing leaves', async () => {
    const house = createStoreHouse();
    house.caseLog.behave('fails');
    await expect(runStore(house, [resultFile(ONE)], { token: 'ai' })).rejects.toMatchObject({
      code: 'case-log-unavailable',
    });
    expect(house.sent).toEqual([]);
  });

  test('where what was delivered cannot be written the request to the PACS has no end', async () => {
    const house = createStoreHouse();
    house.caseLog.behave('fails', 1);
    await expect(runStore(house, [resultFile(ONE)], { token: 'ai' })).rejects.toMatchObject({
      code: 'case-log-unavailable',
    });
    expect(house.sent.map(({ isWhole }) => isWhole)).toEqual([false]);
  });

  test('its device identifier stands in it, and no function where the version has several', async () => {
    const house = createStoreHouse();
    const endpoints = [aBinding(), aBinding({ function: 'triage' })];
    house.changeRegister(storeRegister({ modelVersions: [aModelVersion({ udi: 'UDI-1', endpoints })] }));
    await runStore(house, [resultFile(ONE)], { token: 'ai' });
    expect(house.caseLog.all()[0]?.facts).toMatchObject({ model: { udi: 'UDI-1' } });
    expect(house.caseLog.all()[0]?.facts).not.toHaveProperty('function');
    expect(house.sent[0]?.parts[0]?.includes(Buffer.from('UDI-1'))).toBe(true);
  });

  test('what stands in the place of its equipment, and is no sequence, is not passed on', async () => {
    const house = createStoreHouse();
    const file = storedFile({ sopInstanceUid: ONE, before: [element([0x0018, 0xa001], 'LO', 'x')] });
    expect(await refusedOf(house, [file])).toEqual({ 'cannot-understand': 1 });
    expect(house.sent).toEqual([]);
  });

  test('whoever may read the log is told how it came about, although nobody decided', async () => {
    const house = createStoreHouse();
    await runStore(house, [resultFile(ONE)], { token: 'ai' });
    const register = { asItStood: () => Promise.reject(new Error('nothing was decided')) };
    const explained = await explainEntries({ register }, house.caseLog.all().toReversed());
    expect(explained).toMatchObject({ state: 'unsolicited', verdict: 'same', decisions: [] });
  });

  test('images of people and modalities are passed on as they came, and are nobody’s case', async () => {
    const house = createStoreHouse();
    for (const token of ['ct', 'alice']) await runStore(house, [resultFile(ONE)], { token });
    expect(house.sent.flatMap(({ parts }) => parts)).toEqual([resultFile(ONE), resultFile(ONE)]);
    expect(house.caseLog.all()).toEqual([]);
  });
});

describe('a version that is not in use', () => {
  test.each([
    ['in acceptance', aModelVersion({ state: 'acceptance' }), 'not-released'],
    ['retired', aModelVersion({ state: 'retired', retiredAt: NOW - 1 }), 'model-retired'],
  ])('%s: its results are refused, and that is on record', async (_name, modelVersion, reason) => {
    const house = createStoreHouse();
    house.changeRegister(storeRegister({ modelVersions: [modelVersion] }));
    expect(await refusedOf(house, [resultFile(ONE), resultFile(TWO)])).toEqual({ 'not-authorised': 2 });
    expect(house.sent).toEqual([]);
    expect(house.caseLog.all()).toMatchObject([
      {
        kind: 'delivery',
        facts: { release: { action: 'withheld', reasons: [reason] }, performer: 'chest-ai' },
      },
    ]);
    expect(await house.storedResults.find(sopInstanceUid(ONE))).toBeUndefined();
  });

  test('in acceptance, for a study of its plan: taken in, as a run of its test', async () => {
    const house = createStoreHouse();
    const plan = {
      ...{ id: 'plan-1', model: MODEL, version: VERSION, title: 'Plan', studies: [STORED_STUDY], script: [] },
      ...{ operator: RADIOLOGIST, approvedBy: RADIOLOGIST, approvedAt: NOW },
    };
    const modelVersions = [aModelVersion({ state: 'acceptance' })];
    house.changeRegister(storeRegister({ modelVersions, plans: [plan] }));
    expect(await refusedOf(house, [resultFile(ONE)])).toEqual({});
    expect(house.caseLog.all()[0]).toMatchObject({
      kind: 'case.unsolicited',
      facts: { approval: { id: 'plan-1', mode: 'acceptance' } },
    });
  });

  test('one that is in no register', async () => {
    const house = createStoreHouse();
    house.changeRegister(storeRegister({ modelVersions: [] }));
    expect(await refusedOf(house, [resultFile(ONE)])).toEqual({ 'not-authorised': 1 });
    expect(house.caseLog.all()[0]?.facts).toMatchObject({
      model: { id: MODEL, version: VERSION },
      release: { reasons: ['model-unknown'] },
    });
  });

  test('a study that no PACS knows, or whose PACS is away', async () => {
    const unknown = createStoreHouse({
      study: async () => await Promise.reject(new GatewayError('not-found')),
    });
    expect(await refusedOf(unknown, [resultFile(ONE)])).toEqual({ 'not-authorised': 1 });
    expect(unknown.caseLog.all()[0]?.facts.release?.reasons).toEqual(['context-missing']);
    const away = createStoreHouse({
      study: async () => await Promise.reject(new UpstreamFault('upstream-unreachable', 'pacs')),
    });
    await expect(runStore(away, [resultFile(ONE)], { token: 'ai' })).rejects.toMatchObject({
      code: 'upstream-unreachable',
    });
  });

  test('a stop-use that comes while an object is on its way breaks it off', async () => {
    const house = createStoreHouse();
    const file = storedFile({
      sopInstanceUid: ONE,
      after: [element([0x7fe0, 0x0010], 'OB', 'x'.repeat(3 * 1024 * 1024))],
    });
    const stop = { id: 's', from: NOW, reason: 'x', by: 'y' };
    house.caseLog.onNextAppend(() => {
      house.changeRegister(storeRegister({ stopUses: [stop] }));
    });
    const { counts } = await runStore(house, [file], { token: 'ai', pieceBytes: 65_536 });
    expect(counts.refused).toEqual({ 'not-authorised': 1 });
    expect(house.sent.map(({ isWhole }) => isWhole)).toEqual([false]);
  });
});
