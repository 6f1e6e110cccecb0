import { createRepeatedCalls } from '../../src/flows/repeated-calls.ts';
import type { RawTensors, StreamEvent } from '../../src/flows/ports-inference.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { runOnce } from '../../src/flows/run-once.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { heapBytes } from '../fakes/heap-bytes.ts';
import { aCaseId, aRequest, aResult, createInferenceHouse } from '../fakes/inference-house.ts';
import { rawTensors } from '../fakes/oip-calls.ts';
import { aRegister, MODEL, NOW } from '../fakes/register-builder.ts';

const CASE = aCaseId(1);
const STOPPED = aRegister({
  sequence: 2,
  stopUses: [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' }],
});
const ATTESTED = { attestedModel: 'nodules', attestedVersion: '3' } as const;

describe('whoever asked hangs up', () => {
  test('as the answer comes -> cancelled, not released and no mistake of ours', async () => {
    const leaving = new AbortController();
    const house = createInferenceHouse();
    house.onInfer(() => {
      leaving.abort();
      return aResult();
    });
    expect(await faultOf(runInference(house.deps, aRequest(), leaving.signal))).toMatchObject({
      code: 'upstream-timeout',
      caseId: CASE,
    });
    expect(house.last().facts).toMatchObject({ err: 'cancelled', release: { action: 'withheld' } });
  });

  test('as the first piece comes -> cancelled, and the endpoint let go', async () => {
    const leaving = new AbortController();
    const house = createInferenceHouse();
    house.onInfer(() => {
      leaving.abort();
      return { kind: 'stream', headers: {}, durationMs: 1, ...ATTESTED, events: pieces() };
    });
    await faultOf(runInference(house.deps, aRequest(), leaving.signal));
    expect(house.last().facts).toMatchObject({ err: 'cancelled' });
  });

  test('while the outcome is written -> held back as cancelled', async () => {
    const leaving = new AbortController();
    const house = createInferenceHouse();
    house.onInfer(() => {
      house.log.onNextAppend(() => leaving.abort());
      return aResult();
    });
    await faultOf(runInference(house.deps, aRequest(), leaving.signal));
    expect(house.last()).toMatchObject({ kind: 'case.release', facts: { err: 'cancelled' } });
  });
});

test('a stream is left while the log is away -> its token and its place in flight go all the same', async () => {
  const house = createInferenceHouse();
  house.onInfer(() => ({ kind: 'stream', headers: {}, durationMs: 1, ...ATTESTED, events: pieces() }));
  const released = await runInference(house.deps, aRequest(), new AbortController().signal);
  if (released.kind !== 'stream') throw new Error('it came in one piece');
  await released.pieces.next();
  house.log.behave('fails');
  expect(await faultOf(Promise.resolve(released.pieces.return?.()))).toMatchObject({
    code: 'case-log-unavailable',
  });
  expect(house.livingTokens.size).toBe(0);
  expect(house.deps.inFlight.has(CASE)).toBe(false);
});

test('an answer that cannot be read and names another version -> failed, and locked', async () => {
  const house = createInferenceHouse();
  house.onInfer(() => ({
    ...{ kind: 'failed', failure: 'attestation-mismatch', durationMs: 1 },
    ...{ attestedModel: 'nodules', attestedVersion: '4' },
  }));
  expect(await faultOf(runInference(house.deps, aRequest(), new AbortController().signal))).toMatchObject({
    code: 'attestation-mismatch',
  });
  expect(house.last().facts).toMatchObject({ err: 'attestation-mismatch' });
  expect(house.mismatches).toMatchObject([{ found: 'call', caseId: CASE, attested: { version: '4' } }]);
});

describe('a repeated call', () => {
  const keyed = () => {
    const house = createInferenceHouse();
    house.onInfer(() => aResult({ length: 100 }));
    const deps = { ...house.deps, repeatedCalls: createRepeatedCalls({ monotonicMs: () => 0 }) };
    const run = (changes: Parameters<typeof aRequest>[0] = {}) =>
      runOnce(deps, aRequest({ idempotencyKey: 'click-1', ...changes }), new AbortController().signal);
    return { house, run };
  };

  test('a stop-use while its delivery is written -> not let out, and that is on record', async () => {
    const { house, run } = keyed();
    await run();
    house.log.onNextAppend(() => house.setRegister(STOPPED));
    expect(await faultOf(run())).toMatchObject({ code: 'not-permitted', caseId: CASE });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome', 'delivery', 'delivery']);
    expect(house.last().facts.release).toEqual({ action: 'withheld', reasons: ['stop-use'] });
  });

  test('with other tensors of the same length -> conflict, never the answer to the first', async () => {
    const { house, run } = keyed();
    house.onInfer(async ({ payload }) => {
      if (payload.kind === 'oip-infer') await drain(payload.tensors);
      return aResult({ length: 100 });
    });
    const withTensors = (text: string) =>
      run({ payload: { kind: 'oip-infer', inputs: [], tensors: rawTensors([Buffer.from(text)]) } });
    const first = await withTensors('abc');
    expect(await withTensors('abc')).toBe(first);
    expect(await faultOf(withTensors('abd'))).toMatchObject({ code: 'conflict' });
    expect(house.calls).toHaveLength(1);
  });
});

async function drain(tensors: RawTensors | undefined): Promise<void> {
  for await (const _bytes of tensors?.bytes ?? []);
}

async function* pieces(): AsyncGenerator<StreamEvent, void, undefined> {
  for (const text of ['a', 'b', 'c']) {
    yield await Promise.resolve({ kind: 'piece', bytes: Buffer.from(text) });
  }
  yield { kind: 'end', durationMs: 3 };
}

test('what a keyed call brought along is not held once it was answered, though its answer is', async () => {
  const house = createInferenceHouse();
  const inference = { infer: () => Promise.resolve(aResult({ length: 100 })) };
  const repeatedCalls = createRepeatedCalls({ monotonicMs: () => 0 });
  const runWith = async (): Promise<WeakRef<object>> => {
    const inputs = [{ name: 'x', data: new Array<number>(1_000).fill(1) }];
    const request = aRequest({ idempotencyKey: 'click-1', payload: { kind: 'oip-infer', inputs } });
    await runOnce({ ...house.deps, inference, repeatedCalls }, request, new AbortController().signal);
    return new WeakRef(inputs);
  };
  const held = await runWith();
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    heapBytes();
  }
  expect(held.deref()).toBeUndefined();
  expect(repeatedCalls).toBeDefined();
});
