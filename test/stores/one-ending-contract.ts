import type { CaseLog } from '../../src/caselog/assemble-case-log.ts';
import type { LogEntry, Receipt } from '../../src/domain/log-entry.ts';
import { createOrphanWatch } from '../../src/flows/close-orphans.ts';
import type { InferenceDeps } from '../../src/flows/inference-case.ts';
import type { CaseLogAppender } from '../../src/flows/ports.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { aRequest, aResult, createInferenceHouse } from '../fakes/inference-house.ts';
import type { LogOfTwo } from './caselog/both-logs.ts';

const CASES = 40;
const ENDINGS = ['case.outcome', 'case.orphan'];

type Append = () => Promise<Receipt>;

/**
 * Both endings of a case wait for each other, so that each is decided on before either is on record. Then, by turns, one of them is there
 * before the other begins, or they are appended in the same moment.
 */
function createDuels(): (intent: string, append: Append) => Promise<Receipt> {
  const waiting = new Map<string, () => Promise<void>>();
  let fought = 0;
  return (intent, append) =>
    new Promise((resolve, reject) => {
      const go = (): Promise<void> => append().then(resolve, reject);
      const rival = waiting.get(intent);
      waiting.set(intent, go);
      if (rival === undefined) return;
      fought += 1;
      void fight(fought % 4 < 2 ? [rival, go] : [go, rival], fought % 2 === 0);
    });
}

async function fight(
  [first, second]: readonly [() => Promise<void>, () => Promise<void>],
  isAtOnce: boolean,
): Promise<void> {
  const done = first();
  if (!isAtOnce) await done;
  await second();
}

/** A log whose endings are appended in a duel. */
function duelling(log: CaseLogAppender, duel: ReturnType<typeof createDuels>): CaseLogAppender {
  return {
    append: (draft) =>
      ENDINGS.includes(draft.kind) ? duel(draft.intent ?? '', () => log.append(draft)) : log.append(draft),
  };
}

async function endingsOf(log: CaseLog): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of log.range(0, Infinity)) if (ENDINGS.includes(entry.kind)) entries.push(entry);
  return entries;
}

/** Many cases, each ended by its call and as an orphan in the same moment. */
async function race({ own, other }: LogOfTwo): Promise<{
  readonly answers: readonly PromiseSettledResult<{ readonly caseId: string }>[];
  readonly closed: number;
}> {
  const duel = createDuels();
  const { deps: house } = createInferenceHouse();
  let begun = 0;
  let start = (): void => undefined;
  const allBegun = new Promise<void>((resolve) => (start = resolve));
  const infer: InferenceDeps['inference']['infer'] = async () => {
    begun += 1;
    if (begun === CASES) start();
    await allBegun;
    return aResult();
  };
  const deps = { ...house, caseLog: duelling(own, duel), inference: { infer } };
  const calls = Array.from({ length: CASES }, () =>
    runInference(deps, aRequest(), new AbortController().signal),
  );
  const settled = Promise.allSettled(calls);
  await allBegun;
  const { drift, clock } = house;
  const knows = { caseLogReader: other, isInFlight: () => false, isOurs: () => true };
  const watch = createOrphanWatch(
    { ...knows, caseLog: duelling(other, duel), drift, clock },
    { patienceMs: 1 },
  );
  return { closed: await watch.atStart(), answers: await settled };
}

/** What a log must hold to when a case's outcome and its closing as an orphan come at once. */
export function describeOneEnding(name: string, open: () => Promise<LogOfTwo>): void {
  test(`${name}: a case has one ending, and a result is out only where that is its outcome`, async () => {
    const subject = await open();
    const { answers, closed } = await race(subject);
    const endings = await endingsOf(subject.own);
    expect(endings).toHaveLength(CASES);
    expect(new Set(endings.map(({ intent }) => intent)).size).toBe(CASES);
    const idsOf = (kind: string): readonly unknown[] =>
      endings.filter((entry) => entry.kind === kind).map(({ caseId }) => caseId);
    const released = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value.caseId] : []));
    const refused = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(released.toSorted()).toEqual(idsOf('case.outcome').toSorted());
    expect(refused.map(({ caseId }) => caseId).toSorted()).toEqual(idsOf('case.orphan').toSorted());
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['case-closed']));
    expect(closed).toBe(refused.length);
    expect([released.length > 0, refused.length > 0]).toEqual([true, true]);
    expect(await subject.verify()).toBe(true);
  });
}
