import { foldCase } from '../../src/domain/case-view.ts';
import type { CaseId } from '../../src/domain/identifiers.ts';
import { closeOrphans } from '../../src/flows/close-orphans.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aCaseId,
  aRequest,
  aResult,
  createInferenceHouse,
  type InferenceHouse,
} from '../fakes/inference-house.ts';

/** Entries of the memory log are a millisecond apart from here (its own default clock). */
const FIRST_MS = 1_767_225_600_000;
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

interface At {
  readonly nowMs?: number;
  readonly olderThanMs?: number;
  readonly maxEntries?: number;
  readonly isInFlight?: (caseId: CaseId) => boolean;
  readonly isOurs?: (intent: { readonly node: string }) => boolean;
}

function close(house: InferenceHouse, at: At = {}): Promise<number> {
  const { nowMs = FIRST_MS + 1_000_000, olderThanMs = 0, isInFlight = () => false, ...options } = at;
  const { caseLog, drift } = house.deps;
  const deps = { caseLogReader: house.log, caseLog, drift, clock: { nowMs: () => nowMs }, isInFlight };
  return closeOrphans(deps, { olderThanMs, ...options });
}

test('a case without an end is closed once, with an id that comes from its intent', async () => {
  const house = createInferenceHouse();
  await abandon(house);
  const counted = house.counts();
  expect(await close(house)).toBe(1);
  expect(house.last()).toMatchObject({
    id: 'id-1:case.orphan',
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
  ['younger than its deadline', { nowMs: FIRST_MS + 999, olderThanMs: 1_000 }, 0],
  ['past its deadline', { nowMs: FIRST_MS + 1_000, olderThanMs: 1_000 }, 1],
  ['at start, with the clock set back since', { nowMs: FIRST_MS - 1_000_000, olderThanMs: 0 }, 1],
  ['past its deadline and still worked on here', { isInFlight: (id: CaseId) => id === aCaseId(1) }, 0],
  ['of this node, at start', { isOurs: ({ node }: { readonly node: string }) => node === 'memory' }, 1],
  ['of another node, at start', { isOurs: () => false }, 0],
  ['of another node, past its deadline', { isOurs: () => false, olderThanMs: 1_000 }, 1],
  ['past its deadline, another one is worked on', { isInFlight: (id: CaseId) => id === aCaseId(2) }, 1],
])('an intent %s', async (_name, at, closed) => {
  const house = createInferenceHouse();
  await abandon(house);
  expect(await close(house, at)).toBe(closed);
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
    clock: { nowMs: () => FIRST_MS + 1_000_000 },
    isInFlight: () => false,
  };
  expect(await closeOrphans(deps, { olderThanMs: 0 })).toBe(0);
  expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
});

test('pages are walked to the bound and no further', async () => {
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
