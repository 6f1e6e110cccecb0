import { CaseLogUnavailable } from '../../src/domain/errors.ts';
import type { CaseLogReader } from '../../src/flows/ports.ts';
import { element } from '../fakes/part-10.ts';
import { aBinding, aModelVersion, aRegister, NOW } from '../fakes/register-builder.ts';
import { CASE, intentOn, kindsIn, refusedOf, resultFile } from '../fakes/result-files.ts';
import { createStoreHouse, runStore, storeRegister, type StoreHouse } from '../fakes/store-house.ts';
import { CT, STORED_STUDY, storedFile } from '../fakes/stored-files.ts';
import { sopInstanceUid } from '../fakes/uids.ts';

const ONE = '1.77.1';
const TWO = '1.77.2';
const named = { 'case-id': CASE };

function failsOnce(house: StoreHouse): StoreHouse['deps'] {
  let left = 1;
  const entries: CaseLogReader['entries'] = async (filter) => {
    if (left-- > 0) throw new CaseLogUnavailable('The case log cannot be read (test).');
    return await house.caseLog.entries(filter);
  };
  return { ...house.deps, caseLogReader: { entries } };
}

describe('a case that could not be looked at for the first object', () => {
  test('is looked at for the second: what fits goes into it', async () => {
    const house = createStoreHouse();
    await house.caseLog.append(intentOn());
    const deps = failsOnce(house);
    const files = [resultFile(ONE), resultFile(TWO)];
    const { counts } = await runStore({ deps }, files, { token: 'ai', headers: named });
    expect(counts).toEqual({ passed: 1, refused: { 'processing-failure': 1 } });
    expect(kindsIn(house)).toEqual(['case.intent', 'delivery']);
  });

  test('is looked at for the second: what does not fit is filed nowhere else', async () => {
    const house = createStoreHouse();
    await house.caseLog.append(intentOn('1.5'));
    const deps = failsOnce(house);
    const files = [resultFile(ONE), resultFile(TWO)];
    await expect(runStore({ deps }, files, { token: 'ai', headers: named })).rejects.toMatchObject({
      code: 'case-log-unavailable',
    });
    expect(house.sent).toEqual([]);
    expect(kindsIn(house)).toEqual(['case.intent']);
  });
});

describe('what needs a second signature', () => {
  test('is not taken in by a case whose result is sealed, nor after somebody co-signed it', async () => {
    const house = createStoreHouse();
    const ends = { id: 'end', kind: 'case.outcome', intent: 'intent-1' } as const;
    const signed = { id: 'signed', kind: 'case.release', intent: 'intent-1' } as const;
    await house.caseLog.append(intentOn());
    const sealed = { action: 'sealed', reasons: ['co-signature-missing'] } as const;
    await house.caseLog.append(intentOn(STORED_STUDY, { ...ends, facts: { release: sealed } }));
    expect(await refusedOf(house, [resultFile(ONE)], named)).toEqual({ 'not-authorised': 1 });
    const released = { action: 'released', reasons: [] } as const;
    await house.caseLog.append(intentOn(STORED_STUDY, { ...signed, facts: { release: released } }));
    expect(await refusedOf(house, [resultFile(ONE)], named)).toEqual({ 'not-authorised': 1 });
    expect(house.sent).toEqual([]);
  });

  test('comes not past the seal by being stored', async () => {
    const house = createStoreHouse();
    const { policy } = aRegister();
    const fn = policy.duties.find(({ coSignature }) => coSignature)?.function;
    if (fn === undefined || fn === 'view') throw new Error('the policy wants no second signature');
    const endpoints = [aBinding(), aBinding({ function: fn })];
    house.changeRegister(storeRegister({ modelVersions: [aModelVersion({ endpoints })] }));
    expect(await refusedOf(house, [resultFile(ONE)])).toEqual({ 'not-authorised': 1 });
    expect(house.caseLog.all().map(({ facts }) => facts.release?.reasons)).toEqual([
      ['co-signature-missing'],
    ]);
  });
});

describe('a case says that what was opened for it did not arrive', () => {
  const failed = (uid: string) => ({
    body: JSON.stringify({
      '00081198': {
        vr: 'SQ',
        Value: [
          {
            '00081150': { vr: 'UI', Value: [CT] },
            '00081155': { vr: 'UI', Value: [uid] },
            '00081197': { vr: 'US', Value: [272] },
          },
        ],
      },
    }),
  });
  const large = storedFile({
    sopInstanceUid: ONE,
    after: [element([0x7fe0, 0x0010], 'OB', 'x'.repeat(3 * 1024 * 1024))],
  });

  test.each<[string, StoreHouse]>([
    ['the PACS fails', createStoreHouse({ answer: () => ({ status: 500 }) })],
    ['the PACS refuses the request', createStoreHouse({ answer: () => ({ status: 400 }) })],
    ['the PACS refuses all and says nothing of any', createStoreHouse({ answer: () => ({ status: 409 }) })],
    ['the PACS refuses the object', createStoreHouse({ answer: () => failed(ONE) })],
  ])('%s', async (_name, house) => {
    await runStore(house, [resultFile(ONE)], { token: 'ai' }).catch(() => undefined);
    expect(kindsIn(house)).toEqual(['case.unsolicited', 'delivery', 'delivery']);
    expect(new Set(house.caseLog.all().map(({ caseId }) => caseId)).size).toBe(1);
    expect(house.caseLog.all().at(-1)?.facts).toMatchObject({
      release: { action: 'withheld', reasons: [] },
      err: 'not-stored',
    });
  });

  test('and once more, where it arrives when it is sent again', async () => {
    let status = 500;
    const house = createStoreHouse({ answer: () => ({ status }) });
    await runStore(house, [resultFile(ONE)], { token: 'ai' }).catch(() => undefined);
    status = 200;
    await runStore(house, [resultFile(ONE)], { token: 'ai', requestId: 'r-2' });
    const said = house.caseLog.all().map(({ facts }) => facts.release?.action);
    expect(said).toEqual([undefined, 'released', 'withheld', 'released']);
  });

  test('a stop-use breaks it off', async () => {
    const house = createStoreHouse();
    const stop = { id: 's', from: NOW, reason: 'x', by: 'y' };
    house.caseLog.onNextAppend(() => {
      house.changeRegister(storeRegister({ stopUses: [stop] }));
    });
    await runStore(house, [large], { token: 'ai', pieceBytes: 65_536 });
    expect(house.caseLog.all().at(-1)).toMatchObject({ kind: 'delivery', facts: { err: 'not-stored' } });
  });

  test('the sender hangs up', async () => {
    const house = createStoreHouse();
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n');
      yield large.subarray(0, 2 * 1024 * 1024);
      await Promise.reject(new Error('gone'));
    }
    await runStore(house, [], { token: 'ai', body: body() }).catch(() => undefined);
    expect(house.caseLog.all().at(-1)).toMatchObject({ kind: 'delivery', facts: { err: 'not-stored' } });
  });

  test('that it cannot be written takes nothing from what is told', async () => {
    const house = createStoreHouse({ answer: () => ({ status: 500 }) });
    house.caseLog.behave('fails', 2);
    await expect(runStore(house, [resultFile(ONE)], { token: 'ai' })).rejects.toMatchObject({
      code: 'upstream-bad-answer',
    });
  });
});

test('an object that cannot be stamped leaves nothing, neither in the index nor a case', async () => {
  const house = createStoreHouse();
  const file = storedFile({ sopInstanceUid: ONE, before: [element([0x0018, 0xa001], 'LO', 'x')] });
  expect(await refusedOf(house, [file])).toEqual({ 'cannot-understand': 1 });
  expect(await house.storedResults.find(sopInstanceUid(ONE))).toBeUndefined();
  expect(house.caseLog.all()).toEqual([]);
});

test('a case of work that one machine has done takes nothing in from another', async () => {
  const house = createStoreHouse();
  await house.caseLog.append(intentOn());
  await house.caseLog.append(
    intentOn(STORED_STUDY, {
      id: 'end',
      kind: 'case.outcome',
      intent: 'intent-1',
      facts: { performer: 'another-ai', release: { action: 'released', reasons: [] } },
    }),
  );
  expect(await refusedOf(house, [resultFile(ONE)], named)).toEqual({ 'not-authorised': 1 });
});

test('an object that comes byte by byte is held in few pieces', async () => {
  const house = createStoreHouse();
  let pieces = 0;
  const deps: StoreHouse['deps'] = {
    ...house.deps,
    pacsStore: {
      store: async (request, signal) => {
        const counted = async function* (): AsyncGenerator<Uint8Array> {
          for await (const piece of request.body) {
            pieces += 1;
            yield piece;
          }
        };
        return await house.deps.pacsStore.store({ ...request, body: counted() }, signal);
      },
    },
  };
  const file = storedFile({
    sopInstanceUid: ONE,
    after: [element([0x7fe0, 0x0010], 'OB', 'x'.repeat(40_000))],
  });
  await runStore({ deps }, [file], { pieceBytes: 1 });
  expect(house.sent[0]?.parts).toEqual([file]);
  expect(pieces).toBeLessThan(500);
});
