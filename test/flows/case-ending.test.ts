import { RegisterUnavailable, UpstreamFault } from '../../src/domain/errors.ts';
import { foldCase } from '../../src/domain/case-view.ts';
import type { EntryKind } from '../../src/domain/log-entry.ts';
import { createOrphanWatch, type OrphanWatch } from '../../src/flows/close-orphans.ts';
import type { InferenceAnswer } from '../../src/flows/ports-inference.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aCaseId,
  aRequest,
  aResult,
  createInferenceHouse,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import { aRegister, MODEL, NOW } from '../fakes/register-builder.ts';

const CASE = aCaseId(1);

/** Another node, which knows nothing of what is in flight here. */
function twin({ deps, log }: InferenceHouse): OrphanWatch {
  const clock = { monotonicMs: () => 0 };
  const knows = { isInFlight: () => false, isOurs: () => true };
  return createOrphanWatch(
    { caseLogReader: log, caseLog: log, drift: deps.drift, clock, ...knows },
    { patienceMs: 1_000 },
  );
}

const run = (house: InferenceHouse): ReturnType<typeof runInference> =>
  runInference(house.deps, aRequest(), new AbortController().signal);

const stopUse = { id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' };

describe('a case that is closed as orphaned while its endpoint works lets nothing out', () => {
  test.each<{
    readonly name: string;
    readonly then: (house: InferenceHouse) => InferenceAnswer;
  }>([
    { name: 'a result', then: () => aResult() },
    { name: 'a result of another version', then: () => aResult({ attestedVersion: '4' }) },
    {
      name: 'a result that a stop-use withholds',
      then: ({ setRegister }) => {
        setRegister(aRegister({ sequence: 2, stopUses: [stopUse] }));
        return aResult();
      },
    },
    {
      name: 'a result that cannot be decided about',
      then: ({ setRegister }) => {
        setRegister(new RegisterUnavailable('The register cannot be read.'));
        return aResult();
      },
    },
    { name: 'a failure', then: () => ({ kind: 'failed', failure: 'timeout', durationMs: 1 }) },
    {
      name: 'a throw',
      then: () => {
        throw new UpstreamFault('upstream-unreachable', 'endpoint');
      },
    },
  ])('$name -> case-closed, and the record says only that', async ({ then }) => {
    const house = createInferenceHouse();
    house.onInfer(async () => {
      expect(await twin(house).atStart()).toBe(1);
      return then(house);
    });
    const fault = await faultOf(run(house));
    expect(fault).toMatchObject({ code: 'case-closed', caseId: CASE });
    expect(fault.detail).toContain('never finished');
    expect(house.kinds()).toEqual(['case.intent', 'case.orphan']);
    expect(foldCase(house.log.all())).toMatchObject({ state: 'orphaned' });
    expect(house.counts()).toBe(1);
    expect(house.livingTokens.size).toBe(0);
    expect(house.deps.inFlight.has(CASE)).toBe(false);
  });

  test('closed while the log does not confirm the outcome -> the one or the other, never both', async () => {
    const house = createInferenceHouse();
    house.log.behave('fails-but-written', 1);
    expect(await faultOf(run(house))).toMatchObject({ code: 'case-log-unavailable' });
    house.log.behave('ok');
    expect(await twin(house).atStart()).toBe(0);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });
});

describe('a case that has ended is not closed as orphaned', () => {
  test('the outcome comes right after the last look -> it stands, and the watch goes on', async () => {
    const house = createInferenceHouse();
    let finish = (): void => undefined;
    const mayFinish = new Promise<void>((resolve) => (finish = resolve));
    const begun = new Promise<void>((resolve) => {
      house.onInfer(async () => {
        resolve();
        await mayFinish;
        return aResult();
      });
    });
    const first = run(house);
    await begun;
    house.onInfer(() => {
      house.log.behave('fails');
      return aResult();
    });
    await faultOf(run(house));
    house.log.behave('ok');
    const { entries, append } = house.log;
    const caseLogReader = {
      entries: async (filter: Parameters<typeof entries>[0]) => {
        const found = await entries(filter);
        if (filter.caseId === CASE) {
          finish();
          await first;
        }
        return found;
      },
    };
    const knows = { isInFlight: () => false, isOurs: () => true };
    const deps = { caseLogReader, caseLog: { append }, clock: { monotonicMs: () => 0 }, ...knows };
    const watch = createOrphanWatch({ ...deps, drift: house.deps.drift }, { patienceMs: 1_000 });
    expect(await watch.atStart()).toBe(1);
    expect(house.log.all().map(({ kind, caseId }) => [kind, caseId])).toEqual([
      ['case.intent', CASE],
      ['case.intent', aCaseId(2)],
      ['case.outcome', CASE],
      ['case.orphan', aCaseId(2)],
    ]);
    expect(await first).toMatchObject({ receipt: { id: 'id-1:end' } });
  });

  // What stands in logs from before both endings had one id.
  test.each<{ readonly kind: EntryKind; readonly state: string }>([
    { kind: 'case.outcome', state: 'released' },
    { kind: 'case.orphan', state: 'orphaned' },
  ])('an ending with an id of its own kind, $kind -> read as before', async ({ kind, state }) => {
    const house = createInferenceHouse();
    house.log.behave('fails', 1);
    await faultOf(run(house));
    house.log.behave('ok');
    const facts = kind === 'case.outcome' ? ({ release: { action: 'released', reasons: [] } } as const) : {};
    const ending = { kind, caseId: CASE, intent: 'id-1', facts, personal: {} } as const;
    await house.log.append({ id: `id-1:${kind}`, retainClass: 'imaging-record', ...ending });
    expect(await twin(house).atStart()).toBe(0);
    expect(house.kinds()).toEqual(['case.intent', kind]);
    expect(foldCase(house.log.all())).toMatchObject({ state });
  });
});
