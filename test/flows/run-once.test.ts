import { GatewayError } from '../../src/domain/errors.ts';
import { createRepeatedCalls } from '../../src/flows/repeated-calls.ts';
import { runOnce } from '../../src/flows/run-once.ts';
import { shareCall } from '../../src/flows/share-call.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aRequest,
  aResult,
  createInferenceHouse,
  SESSION,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import { aPrincipal, aRegister, MODEL, NOW } from '../fakes/register-builder.ts';

const STOPPED = aRegister({
  sequence: 2,
  stopUses: [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' }],
});
const KEYED = { idempotencyKey: 'click-1' };
const NEVER = new AbortController().signal;

/** A house with what it remembers of calls; `forget` is another node, or this one later. */
function keyed(house: InferenceHouse = createInferenceHouse()) {
  let nowMs = 0;
  const memory = () => createRepeatedCalls({ monotonicMs: () => nowMs });
  let repeatedCalls = memory();
  house.onInfer(() => aResult({ length: 100 }));
  return {
    house,
    run: (changes: Parameters<typeof aRequest>[0] = {}) =>
      runOnce({ ...house.deps, repeatedCalls }, aRequest({ ...KEYED, ...changes }), NEVER),
    forget: () => void (repeatedCalls = memory()),
    pass: (ms: number) => void (nowMs += ms),
  };
}

function kindsOf(house: InferenceHouse): string {
  return house.kinds().join();
}

describe('a call with a key', () => {
  test('repeated soon after -> the same answer and case, decided anew and on record', async () => {
    const { house, run } = keyed();
    const first = await run();
    expect(await run({ requestId: 'request-2' })).toBe(first);
    expect(house.calls).toHaveLength(1);
    expect(kindsOf(house)).toBe('case.intent,case.outcome,delivery');
    expect(house.last()).toMatchObject({
      caseId: first.caseId,
      facts: { release: { action: 'released', reasons: [] }, decision: { result: 'permit' } },
    });
  });

  test('repeated while it runs -> waits for the same answer', async () => {
    const { house, run } = keyed();
    const [first, second] = await Promise.all([run(), run()]);
    expect(second).toBe(first);
    expect(house.calls).toHaveLength(1);
  });

  test('repeated after a stop-use -> refused, and that is on record', async () => {
    const { house, run } = keyed();
    await run();
    house.setRegister(STOPPED);
    const fault = await faultOf(run());
    expect(fault.reasons.map(({ code }) => code)).toEqual(['stop-use']);
    expect(house.last()).toMatchObject({
      kind: 'delivery',
      facts: { release: { action: 'withheld', reasons: ['stop-use'] } },
    });
  });

  test('repeated when the register is away, or the log -> not let out', async () => {
    const { house, run } = keyed();
    await run();
    house.setRegister(new GatewayError('register-unavailable'));
    expect(await faultOf(run())).toMatchObject({ code: 'register-unavailable' });
    house.setRegister(aRegister());
    house.log.behave('fails');
    expect(await faultOf(run())).toMatchObject({ code: 'case-log-unavailable' });
  });

  test.each([
    ['on another node', (house: ReturnType<typeof keyed>) => house.forget()],
    ['after a while', (house: ReturnType<typeof keyed>) => house.pass(600_000)],
  ])('repeated %s -> conflict, and nothing runs', async (_name, then) => {
    const one = keyed();
    await one.run();
    then(one);
    expect(await faultOf(one.run())).toMatchObject({ code: 'conflict' });
    expect(one.house.calls).toHaveLength(1);
    expect(kindsOf(one.house)).toBe('case.intent,case.outcome');
  });

  test.each([
    ['another study', { study: '1.2.9' }],
    ['another function', { function: 'triage' }],
    ['other tensors', { payload: { kind: 'oip-infer', inputs: [{ name: 'x' }] } }],
  ])('under a key used for %s -> conflict', async (_name, changes) => {
    const { house, run } = keyed();
    await run();
    expect(await faultOf(run(changes as never))).toMatchObject({
      code: 'conflict',
      detail: expect.stringContaining('another call'),
    });
    expect(house.calls).toHaveLength(1);
  });

  test('of another person is another call', async () => {
    const other = { ...aPrincipal(), subject: 'somebody-else' };
    const { house, run } = keyed(createInferenceHouse({ people: { [SESSION]: aPrincipal(), other } }));
    await run();
    const fault = await faultOf(run({ evidence: { sessionToken: 'other' } }));
    expect(fault.code).toBe('not-permitted');
    expect(kindsOf(house)).toBe('case.intent,case.outcome,case.refused');
  });

  test('that was refused uses no key up', async () => {
    const { house, run } = keyed(createInferenceHouse({ register: STOPPED }));
    expect(await faultOf(run())).toMatchObject({ code: 'not-permitted' });
    expect(await faultOf(run())).toMatchObject({ code: 'not-permitted' });
    house.setRegister(aRegister());
    await run();
    expect(kindsOf(house)).toBe('case.refused,case.refused,case.intent,case.outcome');
  });

  test('that failed is not run again', async () => {
    const { house, run } = keyed();
    house.onInfer(() => ({ kind: 'failed', failure: 'timeout', durationMs: 1 }));
    expect(await faultOf(run())).toMatchObject({ code: 'upstream-timeout' });
    expect(await faultOf(run())).toMatchObject({ code: 'conflict' });
    expect(house.calls).toHaveLength(1);
  });

  test.each([
    ['is long', aResult({ length: 262_145 })],
    ['does not tell its length', aResult()],
  ])('whose answer %s is not kept', async (_name, answer) => {
    const { house, run } = keyed();
    house.onInfer(() => answer);
    await run();
    expect(await faultOf(run())).toMatchObject({ code: 'conflict' });
  });

  test('whose answer comes in pieces is not given twice', async () => {
    const { house, run } = keyed();
    house.onInfer(() => ({
      ...{ kind: 'stream', headers: {}, durationMs: 1, attestedModel: 'nodules', attestedVersion: '3' },
      events: (async function* () {
        yield { kind: 'end', durationMs: 1 } as const;
      })(),
    }));
    const [first, second] = await Promise.allSettled([run(), run()]);
    expect(first).toMatchObject({ status: 'fulfilled', value: { kind: 'stream' } });
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } });
  });
});

test('without a key every call is a case', async () => {
  const house = createInferenceHouse();
  const deps = { ...house.deps, repeatedCalls: createRepeatedCalls(house.deps.clock) };
  await runOnce(deps, aRequest(), NEVER);
  await runOnce(deps, aRequest(), NEVER);
  expect(house.calls).toHaveLength(2);
});

test('what is remembered has a bound: old answers go first, running calls last', async () => {
  const terms = { maxCalls: 2, maxBytes: 10, maxTotalBytes: 10_000, keepMs: 1_000 };
  const calls = createRepeatedCalls({ monotonicMs: () => 0 }, terms);
  const never = new Promise<never>(() => undefined);
  const call = (asked: string, answer: Promise<never>) => {
    calls.keep(asked, { ...shareCall(() => answer), asked, signIn: 's', tensorDigest: () => undefined });
  };
  call('running', never);
  call('over', Promise.resolve({ kind: 'result', length: 1 } as never));
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  call('next', never);
  call('too many', never);
  expect(['running', 'over', 'next', 'too many'].map((key) => calls.find(key)?.asked)).toEqual([
    'running',
    undefined,
    'next',
    undefined,
  ]);
});
