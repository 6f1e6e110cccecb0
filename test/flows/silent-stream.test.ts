import { createByteDigest } from '../../src/domain/byte-digest.ts';
import { SessionLocked } from '../../src/domain/errors.ts';
import type { StreamEvent } from '../../src/flows/ports-inference.ts';
import type { ReleasedStream } from '../../src/flows/release-stream.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aCaseId, aRequest, createInferenceHouse, type InferenceHouse } from '../fakes/inference-house.ts';
import { aRegister, MODEL, NOW } from '../fakes/register-builder.ts';

const CASE = aCaseId(1);
const STOPPED = aRegister({
  sequence: 2,
  stopUses: [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' }],
});
const END: StreamEvent = { kind: 'end', durationMs: 90 };
const DONE = { done: true, value: undefined } as const;

function piece(text: string): StreamEvent {
  return { kind: 'piece', bytes: Buffer.from(text) };
}

interface Silent {
  readonly house: InferenceHouse;
  readonly pieces: ReleasedStream['pieces'];
  /** The endpoint goes on after all. */
  readonly goOn: (event: StreamEvent | Error) => void;
  readonly isLeft: () => boolean;
}

/** An answer of which the first piece was read, and whose endpoint says nothing more until it is told to. */
async function begin(): Promise<Silent> {
  const house = createInferenceHouse();
  const given = [piece('a'), piece('b')];
  const last = Promise.withResolvers<StreamEvent>();
  let [isLeft, pending] = [false, Promise.resolve<unknown>(undefined)];
  const events: AsyncIterableIterator<StreamEvent> = {
    next: async () => {
      const event = given.shift();
      if (event !== undefined) return { done: false, value: event };
      pending = last.promise;
      return { done: false, value: await last.promise };
    },
    // As a generator that waits for its next event has it: it ends no sooner than that is there.
    return: async () => {
      isLeft = true;
      await pending;
      return DONE;
    },
    [Symbol.asyncIterator]: () => events,
  };
  const attested = { attestedModel: 'nodules', attestedVersion: '3' };
  house.onInfer(() => ({ kind: 'stream', headers: {}, durationMs: 12, events, ...attested }));
  const released = await runInference(house.deps, aRequest(), new AbortController().signal);
  if (released.kind !== 'stream') throw new Error('it came in one piece');
  const { pieces } = released;
  expect(textOf(await pieces.next())).toBe('a');
  const goOn: Silent['goOn'] = (event) => {
    if (event instanceof Error) last.reject(event);
    else last.resolve(event);
  };
  return { house, pieces, goOn, isLeft: () => isLeft };
}

function textOf({ done, value }: IteratorResult<Uint8Array>): string | undefined {
  return done === true ? undefined : Buffer.from(value).toString();
}

function digestOf(text: string): string {
  const digest = createByteDigest();
  digest.update(Buffer.from(text));
  return digest.value();
}

function expectOver({ house, isLeft }: Silent): void {
  expect(isLeft()).toBe(true);
  expect(house.waits.size).toBe(0);
  expect(house.livingTokens.size).toBe(0);
  expect(house.deps.inFlight.has(CASE)).toBe(false);
}

describe('while the endpoint is silent', () => {
  test('a stop-use cuts its stream, and the endpoint is not waited for', async () => {
    const silent = await begin();
    const { house, pieces } = silent;
    house.setRegister(STOPPED);
    const fault = faultOf(pieces.next());
    await house.letTimePass();
    expect((await fault).reasons.map(({ code }) => code)).toEqual(['stop-use']);
    expect(await fault).toMatchObject({ code: 'not-permitted', caseId: CASE });
    expect(house.last()).toMatchObject({
      kind: 'case.outcome',
      facts: {
        err: 'withheld',
        release: { action: 'withheld', reasons: ['stop-use'] },
        output: { digest: digestOf('a'), complete: false },
      },
    });
    expectOver(silent);
    expect(await pieces.next()).toEqual(DONE);
  });

  test('what it does after that is nobody’s any more', async () => {
    const unheard: unknown[] = [];
    const note = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', note);
    const silent = await begin();
    silent.house.setRegister(STOPPED);
    const fault = faultOf(silent.pieces.next());
    await silent.house.letTimePass();
    expect(await fault).toMatchObject({ code: 'not-permitted' });
    silent.goOn(new Error('mistake'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unheard).toEqual([]);
    expect(silent.house.kinds()).toEqual(['case.intent', 'case.release', 'case.outcome']);
  });

  test('a session that locks cuts it within a second', async () => {
    const silent = await begin();
    const { house, pieces } = silent;
    let nowMs = 0;
    Object.assign(house.deps, { clock: { nowMs: () => NOW, monotonicMs: () => nowMs } });
    house.setCaller(new SessionLocked());
    const fault = faultOf(pieces.next());
    await house.letTimePass();
    nowMs += 1_000;
    await house.letTimePass();
    expect(await fault).toMatchObject({ code: 'not-identified', caseId: CASE });
    expectOver(silent);
  });

  test('nothing has changed: it goes on where it was', async () => {
    const { house, pieces, goOn } = await begin();
    const second = pieces.next();
    for (const _look of Array(3)) await house.letTimePass();
    goOn(END);
    expect(textOf(await second)).toBe('b');
    expect(await pieces.next()).toEqual(DONE);
    expect(house.kinds()).toEqual(['case.intent', 'case.release', 'case.outcome']);
    expect(house.last().facts).toMatchObject({
      release: { action: 'released' },
      output: { digest: digestOf('ab') },
    });
    expect(house.waits.size).toBe(0);
  });

  test('whoever reads it leaves -> cancelled, without waiting for the endpoint', async () => {
    const silent = await begin();
    const { house, pieces } = silent;
    const fault = faultOf(pieces.next());
    const left = pieces.return?.();
    await house.letTimePass();
    expect(await left).toEqual(DONE);
    expect(await fault).toMatchObject({ code: 'upstream-timeout', caseId: CASE });
    expect(house.last().facts).toMatchObject({ err: 'cancelled', output: { digest: digestOf('a') } });
    expectOver(silent);
  });
});
