import { judgeStoredResults, type StoredResultsJudge } from '../../src/flows/judge-stored-results.ts';
import { createHeldHouse, storeAsked, type HeldHouse } from '../fakes/held-house.ts';
import { MARKED_STUDY } from '../fakes/marked-study.ts';
import { aPrincipal, MODEL, NOW, VERSION } from '../fakes/register-builder.ts';
import { CASE } from '../fakes/result-files.ts';
import { seriesUid, sopInstanceUid } from '../fakes/uids.ts';

const RESULT = {
  seriesInstanceUid: seriesUid('9.7.1'),
  sopInstanceUid: sopInstanceUid('9.8.1.0'),
  grade: 'definite',
  algorithmName: MODEL,
  algorithmVersion: VERSION,
  madeAt: NOW - 1,
} as const;
const PROBABLE = { ...RESULT, sopInstanceUid: sopInstanceUid('9.8.1.1'), grade: 'probable' } as const;
const never = new AbortController().signal;
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Alice asked for it. */
async function stored(): Promise<HeldHouse> {
  const house = await createHeldHouse([{ kind: 'stored, unlocked', series: 1 }]);
  await storeAsked(house, { uids: [RESULT.sopInstanceUid] });
  return house;
}

/** An answer to Bob, who asked for nothing here. */
async function begin(
  house: HeldHouse,
  at: { ms: number },
  results: readonly (typeof RESULT | typeof PROBABLE)[] = [RESULT],
): Promise<StoredResultsJudge> {
  const clock = { nowMs: () => NOW + at.ms, monotonicMs: () => at.ms };
  const look = { caller: aPrincipal({ subject: 'bob' }), study: MARKED_STUDY, requestId: 'r' };
  return await judgeStoredResults({ ...house.deps, clock }, look, results, never);
}

test.each<[string, (house: HeldHouse) => Promise<void> | void]>([
  ['it is overridden after all', async (house) => await house.say('alice', 'overridden', CASE)],
  [
    'something else is stored for the case',
    async (house) => {
      await storeAsked(house, { uids: [RESULT.sopInstanceUid], bytes: 'b' });
    },
  ],
  ['the case log cannot be read any more', (house) => house.loseLog()],
])('%s in the midst of an answer: within a second nothing of it leaves any more', async (_name, happens) => {
  const house = await stored();
  await house.say('alice', 'accepted', CASE);
  const at = { ms: 0 };
  const judge = await begin(house, at);
  expect(judge.lockedNow().size).toBe(0);
  await happens(house);
  for (at.ms of [249, 499]) {
    judge.lockedNow();
    await settled();
  }
  at.ms = 750;
  expect([...judge.lockedNow()]).toEqual([RESULT.sopInstanceUid]);
});

test('after a pause nothing leaves before it was asked again, and then what is accepted still does', async () => {
  const house = await stored();
  await house.say('alice', 'accepted', CASE);
  const at = { ms: 0 };
  const judge = await begin(house, at, [RESULT, PROBABLE]);
  at.ms = 60_000;
  expect([...judge.lockedNow()]).toContain(RESULT.sopInstanceUid);
  at.ms = 120_000;
  await judge.readAnew?.();
  expect(judge.lockedNow().size).toBe(0);
});

test('what is judged anew is told with its reason, and nothing is asked where there is no result', async () => {
  const house = await stored();
  const judge = await begin(house, { ms: 0 });
  const refusal = await judge.refuse(judge.lockedNow());
  expect(refusal).toMatchObject({ code: 'not-permitted', reasons: [{ code: 'result-held' }] });
  expect((await begin(house, { ms: 0 }, [])).readAnew).toBeUndefined();
});

test('a register that cannot be read asks for no holds: everything of AI’s is locked anyhow', async () => {
  const house = await stored();
  const register = {
    snapshot: () => {
      throw new Error('away');
    },
  };
  const judge = await begin({ ...house, deps: { ...house.deps, register } }, { ms: 0 });
  expect(judge.readAnew).toBeUndefined();
  expect([...judge.lockedNow()]).toEqual([RESULT.sopInstanceUid]);
});
