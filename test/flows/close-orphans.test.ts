import { foldCase } from '../../src/domain/case-view.ts';
import type { CaseId } from '../../src/domain/identifiers.ts';
import { createOrphanWatch, type OrphanWatch } from '../../src/flows/close-orphans.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aCaseId,
  aRequest,
  aResult,
  createInferenceHouse,
  type InferenceHouse,
} from '../fakes/inference-house.ts';

const never = new AbortController().signal;

/** A process that dies while the endpoint works: the intent is durable, the outcome never comes. */
async function abandon(house: InferenceHouse): Promise<CaseId> {
  const before = house.log.all().length;
  house.onInfer(() => {
    house.log.behave('fails');
    return aResult();
  });
  await faultOf(runInference(house.deps, aRequest(), never));
  house.log.behave('ok');
  house.onInfer(() => aResult());
  const caseId = house.log.all()[before]?.caseId;
  if (caseId === undefined) throw new Error('no intent was written');
  return caseId;
}

const PATIENCE_MS = 1_000;

interface Given {
  readonly nowMs?: () => number;
  readonly maxEntries?: number;
  readonly isInFlight?: (caseId: CaseId) => boolean;
  readonly isOurs?: (intent: { readonly node: string }) => boolean;
}

function watch(house: InferenceHouse, given: Given = {}): OrphanWatch {
  const { nowMs = () => 0, isInFlight = () => false, isOurs = () => true, maxEntries } = given;
  const { caseLog, drift } = house.deps;
  const deps = {
    caseLogReader: house.log,
    caseLog,
    drift,
    clock: { monotonicMs: nowMs },
    isInFlight,
    isOurs,
  };
  return createOrphanWatch(deps, {
    patienceMs: PATIENCE_MS,
    ...(maxEntries === undefined ? {} : { maxEntries }),
  });
}

/** What a node that has just started closes. */
const close = (house: InferenceHouse, given: Given = {}): Promise<number> => watch(house, given).atStart();

test('a case without an end is closed once, with an id that comes from its intent', async () => {
  const house = createInferenceHouse();
  await abandon(house);
  const counted = house.counts();
  expect(await close(house)).toBe(1);
  expect(house.last()).toMatchObject({
    id: 'id-1:end',
    kind: 'case.orphan',
    caseId: aCaseId(1),
    intent: 'id-1',
    facts: {
      function: 'detection',
      site: 'general',
      model: { id: 'lung-nodule', version: '2.1.0' },
      study: { slice: { ageBand: '40-64' } },
      release: { action: 'withheld', reasons: [] },
      err: 'orphaned',
    },
    personal: { user: 'radiologist', patientId: 'P-1' },
  });
  expect(house.counts()).toBe(counted + 1);
  expect(await close(house)).toBe(0);
  expect(house.kinds()).toEqual(['case.intent', 'case.orphan']);
  expect(foldCase(house.log.all())).toMatchObject({ state: 'orphaned' });
});

test('ended, failed and refused cases are left alone', async () => {
  const house = createInferenceHouse();
  await runInference(house.deps, aRequest(), never);
  house.onInfer(() => ({ kind: 'failed', failure: 'timeout', durationMs: 1 }));
  await faultOf(runInference(house.deps, aRequest(), never));
  const entries = house.kinds();
  expect(await close(house)).toBe(0);
  expect(house.kinds()).toEqual(entries);
});

test('among many, exactly the open ones are closed, oldest first', async () => {
  const house = createInferenceHouse();
  const open: CaseId[] = [];
  for (let round = 0; round < 3; round += 1) {
    await runInference(house.deps, aRequest(), never);
    open.push(await abandon(house));
  }
  expect(await close(house)).toBe(3);
  expect(
    house.log
      .all()
      .slice(-3)
      .map(({ caseId }) => caseId),
  ).toEqual(open);
});

test.each([
  ['worked on here', { isInFlight: (id: CaseId) => id === aCaseId(1) }, 0],
  ['and another one is worked on', { isInFlight: (id: CaseId) => id === aCaseId(2) }, 1],
  ['of this node', { isOurs: ({ node }: { readonly node: string }) => node === 'memory' }, 1],
  ['of another node', { isOurs: () => false }, 0],
])('at the start, an intent %s', async (_name, given, closed) => {
  const house = createInferenceHouse();
  await abandon(house);
  expect(await close(house, given)).toBe(closed);
});

test('of another node it is closed once it has been seen for long enough, whatever the clocks on the wall say', async () => {
  const house = createInferenceHouse();
  let nowMs = 0;
  const node = watch(house, { nowMs: () => nowMs, isOurs: () => false });
  await abandon(house);
  expect(await node.atStart()).toBe(0);
  nowMs = PATIENCE_MS - 1;
  expect(await node.again()).toBe(0);
  nowMs = PATIENCE_MS;
  expect(await node.again()).toBe(1);
  expect(await node.again()).toBe(0);
  expect(house.kinds()).toEqual(['case.intent', 'case.orphan']);
});

test('no crowd of later cases hides one that was seen', async () => {
  const house = createInferenceHouse();
  let nowMs = 0;
  const node = watch(house, { nowMs: () => nowMs, maxEntries: 10, isOurs: () => false });
  await node.atStart();
  const caseId = await abandon(house);
  await node.again();
  for (let round = 0; round < 250; round += 1) await runInference(house.deps, aRequest(), never);
  nowMs = PATIENCE_MS;
  expect(await node.again()).toBe(1);
  expect(house.last()).toMatchObject({ kind: 'case.orphan', caseId });
});

test('one that ends after it was seen is left alone', async () => {
  const house = createInferenceHouse();
  let nowMs = 0;
  const node = watch(house, { nowMs: () => nowMs, isOurs: () => false });
  house.onInfer(async () => {
    expect(await node.again()).toBe(0);
    return aResult();
  });
  await runInference(house.deps, aRequest(), never);
  nowMs = PATIENCE_MS;
  expect(await node.again()).toBe(0);
  expect(house.kinds()).not.toContain('case.orphan');
});

test('an outcome that arrives between reading and closing wins', async () => {
  const house = createInferenceHouse();
  await abandon(house);
  const [intent] = house.log.all();
  let late = true;
  const deps = {
    caseLogReader: {
      entries: async (filter: Parameters<typeof house.log.entries>[0]) => {
        const found = await house.log.entries(filter);
        if (late && intent?.caseId !== undefined) {
          late = false;
          const { id, caseId, facts } = intent;
          const draft = { kind: 'case.outcome', caseId, intent: id, facts, personal: {} } as const;
          await house.log.append({ id: `${id}:case.outcome`, retainClass: 'imaging-record', ...draft });
        }
        return found;
      },
    },
    caseLog: house.log,
    drift: house.deps.drift,
    clock: { monotonicMs: () => 0 },
    isInFlight: () => false,
    isOurs: () => true,
  };
  expect(await createOrphanWatch(deps, { patienceMs: PATIENCE_MS }).atStart()).toBe(0);
  expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
});

test('at the start pages are walked to the bound and no further', async () => {
  const house = createInferenceHouse();
  await abandon(house);
  for (let round = 0; round < 250; round += 1) await runInference(house.deps, aRequest(), never);
  expect(await close(house, { maxEntries: 500 })).toBe(0);
  expect(await close(house, { maxEntries: 501 })).toBe(1);
});

test.each(['fails', 'fails-but-written'] as const)(
  'the log %s -> told to the caller, found again later',
  async (mode) => {
    const house = createInferenceHouse();
    await abandon(house);
    house.log.behave(mode);
    expect(await faultOf(close(house))).toMatchObject({ code: 'case-log-unavailable' });
    house.log.behave('ok');
    expect(await close(house)).toBe(mode === 'fails' ? 1 : 0);
    expect(house.kinds()).toEqual(['case.intent', 'case.orphan']);
  },
);

test('what was read once is not read again, though no case is in it', async () => {
  const house = createInferenceHouse();
  const asked: unknown[] = [];
  const reader: typeof house.log = {
    ...house.log,
    entries: async (filter) => {
      asked.push([filter.kinds?.length, filter.afterSeq, filter.beforeSeq]);
      return await house.log.entries(filter);
    },
  };
  const node = watch({ ...house, log: reader });
  const read = async (n: number): Promise<void> => {
    const draft = { kind: 'study.accessed', facts: {}, personal: {}, retainClass: 'imaging-record' } as const;
    await house.log.append({ id: `a${String(n)}`, ...draft });
  };
  for (let n = 0; n < 3; n += 1) await read(n);
  await node.atStart();
  await node.again();
  await read(3);
  await node.again();
  expect(asked).toEqual([
    [undefined, -1, undefined],
    [3, -1, 3],
    [undefined, 2, undefined],
    [undefined, 2, undefined],
    [3, 2, 4],
  ]);
});
