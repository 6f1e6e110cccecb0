import type { CaseId } from '../../src/domain/identifiers.ts';
import { element } from '../fakes/part-10.ts';
import { CASE, intentOn, resultFile } from '../fakes/result-files.ts';
import { createStoreHouse, runStore, type StoreHouse } from '../fakes/store-house.ts';
import { storedFile } from '../fakes/stored-files.ts';
import { sopInstanceUid } from '../fakes/uids.ts';

const ONE = sopInstanceUid('1.77.1');
/** The same object with other bytes. */
const LARGE = storedFile({
  sopInstanceUid: ONE,
  sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
  after: [element([0x7fe0, 0x0010], 'OB', 'x'.repeat(3 * 1024 * 1024))],
});
const named = { 'case-id': CASE };

/** A house in which the object was stored by an AI that ran by itself, and is now sent again for a case that somebody asked for. */
async function sentBefore(status: () => number = () => 200) {
  const house = createStoreHouse({ answer: () => ({ status: status(), body: '{}' }) });
  await house.caseLog.append(intentOn());
  await runStore(house, [resultFile(ONE)], { token: 'ai' });
  const seen: (CaseId | undefined)[] = [];
  const pacsStore: StoreHouse['deps']['pacsStore'] = {
    store: async (...request) => {
      seen.push(await caseOf(house));
      return await house.deps.pacsStore.store(...request);
    },
  };
  return { house, deps: { ...house.deps, pacsStore }, seen };
}

async function caseOf({ storedResults }: StoreHouse): Promise<CaseId | undefined> {
  return (await storedResults.find(ONE))?.caseId;
}

const again = { token: 'ai', headers: named, requestId: 'r-2' };

test('while an object is sent again it stands with no case: what was said of other bytes lets none of it out', async () => {
  const { house, deps, seen } = await sentBefore();
  expect(await caseOf(house)).not.toBe(CASE);
  expect(await caseOf(house)).toBeDefined();
  await runStore({ deps }, [resultFile(ONE)], again);
  expect(seen).toEqual([undefined]);
  expect(await caseOf(house)).toBe(CASE);
});

async function* cutOff(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n');
  yield LARGE.subarray(0, 2 * 1024 * 1024);
  await Promise.reject(new Error('gone'));
}

test.each([
  ['the PACS fails', 500, undefined],
  ['the sender hangs up', 200, cutOff],
] as const)('where %s it belongs to the case that says so', async (_name, failing, body) => {
  let status = 200;
  const { house, deps } = await sentBefore(() => status);
  status = failing;
  const how = { ...again, ...(body && { body: body() }) };
  await runStore({ deps }, [resultFile(ONE)], how).catch(() => undefined);
  expect(house.caseLog.all().at(-1)).toMatchObject({ caseId: CASE, facts: { err: 'not-stored' } });
  expect(await caseOf(house)).toBe(CASE);
});

test('where not even that can be written it belongs to none', async () => {
  const { house, deps } = await sentBefore();
  house.caseLog.behave('fails');
  await expect(runStore({ deps }, [resultFile(ONE)], again)).rejects.toMatchObject({
    code: 'case-log-unavailable',
  });
  expect(await caseOf(house)).toBeUndefined();
});

test('one that is not taken in again changes nothing', async () => {
  const { house, deps } = await sentBefore();
  const before = await caseOf(house);
  const headers = { 'case-id': 'c-00000000-0000-4000-8000-000000000009' };
  const { counts } = await runStore({ deps }, [resultFile(ONE)], { ...again, headers });
  expect(counts.refused).toEqual({ 'not-authorised': 1 });
  expect(await caseOf(house)).toBe(before);
});
