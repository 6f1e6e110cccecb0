import { getEventListeners } from 'node:events';
import { createRepeatedCalls } from '../../src/flows/repeated-calls.ts';
import { runOnce } from '../../src/flows/run-once.ts';
import type { InferenceAnswer, RawTensors, StreamEvent } from '../../src/flows/ports-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRequest, aResult, createInferenceHouse, SESSION } from '../fakes/inference-house.ts';
import { rawTensors } from '../fakes/oip-calls.ts';
import { aPrincipal } from '../fakes/register-builder.ts';

const OTHER_SESSION = 'radiologist-session-elsewhere';
const GONE = { code: 'upstream-timeout', detail: expect.stringContaining('cancelled') };
const ALL_LEFT = { code: 'conflict', detail: expect.stringContaining('had left') };
const IN_PIECES = { code: 'conflict', detail: expect.stringContaining('in pieces') };

type Changes = Parameters<typeof aRequest>[0];

/** A house whose endpoint answers when it is told to, or is cancelled; every click under one key. */
function clicking() {
  const house = createInferenceHouse({ people: { [SESSION]: aPrincipal(), [OTHER_SESSION]: aPrincipal() } });
  const { promise: answered, resolve: answer } = Promise.withResolvers<InferenceAnswer>();
  const ownSignals: AbortSignal[] = [];
  house.onInfer((_call, signal) => {
    ownSignals.push(signal);
    const { promise: cancelled, resolve } = Promise.withResolvers<InferenceAnswer>();
    signal.addEventListener('abort', () => resolve({ kind: 'failed', failure: 'cancelled', durationMs: 1 }));
    return Promise.race([answered, cancelled]);
  });
  const deps = { ...house.deps, repeatedCalls: createRepeatedCalls({ monotonicMs: () => 0 }) };
  const click = (changes: Changes = {}) => {
    const leaving = new AbortController();
    const request = aRequest({ idempotencyKey: 'click-1', ...changes });
    const run = runOnce(deps, request, leaving.signal);
    run.catch(() => undefined);
    return {
      run,
      leave: () => leaving.abort(),
      listeners: () => getEventListeners(leaving.signal, 'abort').length,
    };
  };
  return { house, click, answer, ownSignals };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('who asked first leaves', () => {
  test('and another waits -> told at once, and the other gets the answer', async () => {
    const { house, click, answer } = clicking();
    const first = click();
    await settle();
    const second = click();
    await settle();
    first.leave();
    expect(await faultOf(first.run)).toMatchObject(GONE);
    expect(house.kinds()).toEqual(['case.intent']);
    answer(aResult({ length: 100 }));
    const released = await second.run;
    expect(released).toMatchObject({ kind: 'result' });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome', 'delivery']);
    expect(await click().run).toBe(released);
    expect(house.calls).toHaveLength(1);
    expect([first.listeners(), second.listeners()]).toEqual([0, 0]);
  });

  test('and then the other too -> cancelled, and the case says so', async () => {
    const { house, click, ownSignals } = clicking();
    const [first, second] = [click(), click()];
    await settle();
    first.leave();
    await settle();
    expect(ownSignals.map(({ aborted }) => aborted)).toEqual([false]);
    second.leave();
    expect(await faultOf(second.run)).toMatchObject(GONE);
    expect(ownSignals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(house.last()).toMatchObject({ kind: 'case.outcome', facts: { err: 'cancelled' } });
    expect([first.listeners(), second.listeners()]).toEqual([0, 0]);
  });

  test('and nobody else waits -> cancelled, told with the case', async () => {
    const { house, click } = clicking();
    const only = click();
    await settle();
    only.leave();
    expect(await faultOf(only.run)).toMatchObject({ ...GONE, caseId: house.last().caseId });
    expect(house.last()).toMatchObject({ kind: 'case.outcome', facts: { err: 'cancelled' } });
    expect(await faultOf(click().run)).toMatchObject({ code: 'conflict' });
  });

  test('before all of its tensors were sent -> the call goes too, and the other is told why', async () => {
    const { house, click } = clicking();
    const tensors = (): RawTensors => rawTensors([Buffer.from('abc')]);
    const payload = () => ({ payload: { kind: 'oip-infer', inputs: [], tensors: tensors() } }) as const;
    const [first, second] = [click(payload()), click(payload())];
    await settle();
    first.leave();
    expect(await faultOf(first.run)).toMatchObject(GONE);
    expect(await faultOf(second.run)).toMatchObject(ALL_LEFT);
    expect(house.last()).toMatchObject({ kind: 'case.outcome', facts: { err: 'cancelled' } });
  });
});

describe('another who waits', () => {
  test('leaves -> told at once, and the first gets the answer', async () => {
    const { house, click, answer, ownSignals } = clicking();
    const [first, second] = [click(), click()];
    await settle();
    second.leave();
    expect(await faultOf(second.run)).toMatchObject(GONE);
    expect(ownSignals.map(({ aborted }) => aborted)).toEqual([false]);
    answer(aResult({ length: 100 }));
    expect(await first.run).toMatchObject({ kind: 'result' });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });

  test('had left before they came -> told so, and the call goes on', async () => {
    const { house, click, answer } = clicking();
    const first = click();
    await settle();
    const second = click();
    second.leave();
    expect(await faultOf(second.run)).toMatchObject(GONE);
    answer(aResult());
    expect(await first.run).toMatchObject({ kind: 'result' });
    expect(house.calls).toHaveLength(1);
  });

  test('comes after the last has left and before the cancel is done -> told so', async () => {
    const { house, click } = clicking();
    const first = click();
    const { promise: written, resolve: write } = Promise.withResolvers<InferenceAnswer>();
    house.onInfer(() => written);
    await settle();
    first.leave();
    const late = click();
    await settle();
    write({ kind: 'failed', failure: 'cancelled', durationMs: 1 });
    expect(await faultOf(late.run)).toMatchObject(ALL_LEFT);
    expect(house.calls).toHaveLength(1);
    expect(late.listeners()).toBe(0);
  });
});

describe('an answer in pieces', () => {
  const pieces = async function* (): AsyncGenerator<StreamEvent, void, undefined> {
    yield await Promise.resolve({ kind: 'piece', bytes: Buffer.from('a') } as const);
    yield { kind: 'end', durationMs: 2 };
  };
  const streamed = (): InferenceAnswer => ({
    ...{ kind: 'stream', headers: {}, durationMs: 1, attestedModel: 'nodules', attestedVersion: '3' },
    events: pieces(),
  });

  /** The first has left, this one waits, and the answer comes in pieces. */
  async function takenOver(changes: Changes = {}, first: Changes = {}) {
    const clicks = clicking();
    if (first.payload !== undefined) {
      clicks.house.onInfer(async ({ payload }) => {
        if (payload.kind === 'oip-infer') for await (const _bytes of payload.tensors?.bytes ?? []);
        await settle();
        return streamed();
      });
    }
    const one = clicks.click(first);
    const other = clicks.click({ ...first, ...changes });
    await settle();
    one.leave();
    clicks.answer(streamed());
    return { ...clicks, other };
  }

  async function textOf(run: ReturnType<ReturnType<typeof clicking>['click']>['run']): Promise<string> {
    const released = await run;
    if (released.kind !== 'stream') throw new Error('no stream');
    let text = '';
    for await (const piece of released.pieces) text += Buffer.from(piece).toString();
    return text;
  }

  test('is for who still waits when the first has left', async () => {
    const { house, other } = await takenOver();
    expect(await textOf(other.run)).toBe('a');
    expect(house.kinds()).toEqual(['case.intent', 'case.release', 'case.outcome']);
  });

  test('ends with whoever has it', async () => {
    const { other, ownSignals } = await takenOver();
    await other.run;
    expect(ownSignals.map(({ aborted }) => aborted)).toEqual([false]);
    other.leave();
    expect(ownSignals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('was decided for another sign-in -> nobody has it, and its case is closed', async () => {
    const { house, other } = await takenOver({ evidence: { sessionToken: OTHER_SESSION } });
    expect(await faultOf(other.run)).toMatchObject(IN_PIECES);
    expect(house.last()).toMatchObject({ kind: 'case.outcome', facts: { err: 'cancelled' } });
  });

  test.each([
    ['the same tensors -> theirs', 'abc', { value: 'a' }],
    ['others of the same length -> conflict', 'abd', { reason: { code: 'conflict' } }],
  ])('of %s', async (_name, text, expected) => {
    const payload = (sent: string) =>
      ({ payload: { kind: 'oip-infer', inputs: [], tensors: rawTensors([Buffer.from(sent)]) } }) as const;
    const { house, other } = await takenOver(payload(text), payload('abc'));
    const [got] = await Promise.allSettled([textOf(other.run)]);
    expect(got).toMatchObject(expected);
    expect(house.last().kind).toBe('case.outcome');
  });
});
