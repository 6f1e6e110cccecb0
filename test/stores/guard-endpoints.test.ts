import { createEndpointGates } from '../../src/upstreams/endpoint-gates.ts';
import { guardEndpoints } from '../../src/upstreams/guard-endpoints.ts';
import type {
  InferenceAnswer,
  InferenceCall,
  InferenceFailure,
  StreamEvent,
} from '../../src/flows/ports-inference.ts';
import { aCaseId, aResult } from '../fakes/inference-house.ts';
import { aBinding, aStudy } from '../fakes/register-builder.ts';

const LIMITS = {
  maxConcurrent: 2,
  maxWaiting: 3,
  failuresInRow: 3,
  leftAloneMs: 1_000,
  longestLeftAloneMs: 4_000,
};
const NEVER = new AbortController().signal;
const LONG_MS = 600_000;

function aCall(changes: Partial<InferenceCall['binding']> = {}): InferenceCall {
  return {
    binding: aBinding(changes),
    caseId: aCaseId(1),
    study: aStudy().studyInstanceUid,
    payload: { kind: 'study' },
  };
}

/** An endpoint that answers each call when it is told to, in turn. */
function guarded(limits: Partial<typeof LIMITS> = {}) {
  let nowMs = 0;
  const inside: ((answer: InferenceAnswer) => void)[] = [];
  const calls: InferenceCall[] = [];
  const held: InferenceFailure[] = [];
  const clock = { monotonicMs: () => nowMs };
  const client = guardEndpoints(
    {
      infer: (call) => {
        calls.push(call);
        return new Promise((resolve) => inside.push(resolve));
      },
    },
    {
      gates: createEndpointGates(clock, { ...LIMITS, ...limits }),
      clock,
      onHeld: (why) => held.push(why),
    },
  );
  return {
    client,
    calls,
    held,
    inside,
    pass: (ms: number) => void (nowMs += ms),
    answer: (answer: InferenceAnswer = aResult()) => inside.shift()?.(answer),
    settle: async () => {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    },
  };
}

function failed(failure: InferenceFailure): InferenceAnswer {
  return { kind: 'failed', failure, durationMs: 1 };
}

describe('so many at once, so many waiting', () => {
  test('in turn, and the rest is turned away at once', async () => {
    const house = guarded();
    const asked = Array.from({ length: 6 }, () => house.client.infer(aCall(), NEVER));
    await expect(asked[5]).resolves.toMatchObject({ kind: 'failed', failure: 'busy' });
    expect(house.calls).toHaveLength(2);
    house.answer();
    await asked[0];
    await house.settle();
    expect(house.calls).toHaveLength(3);
    for (let turn = 0; turn < 4; turn += 1) {
      house.answer();
      await house.settle();
    }
    expect(await Promise.all(asked.slice(0, 5))).toHaveLength(5);
    expect(house.held).toEqual(['busy']);
  });

  test('endpoints do not wait for each other; two versions of one server’s model do', async () => {
    const house = guarded({ maxConcurrent: 1 });
    void house.client.infer(aCall({ endpointVersion: '3' }), NEVER);
    void house.client.infer(aCall({ endpointVersion: '4' }), NEVER);
    void house.client.infer(aCall({ baseUrl: 'http://other.test' }), NEVER);
    await house.settle();
    expect(house.calls.map(({ binding }) => binding.endpointVersion)).toEqual(['3', '3']);
  });

  test('who hangs up while waiting leaves the queue', async () => {
    const house = guarded({ maxConcurrent: 1, maxWaiting: 1 });
    void house.client.infer(aCall(), NEVER);
    const leaving = new AbortController();
    const waiting = house.client.infer(aCall(), leaving.signal);
    leaving.abort();
    expect(await waiting).toMatchObject({ failure: 'cancelled' });
    void house.client.infer(aCall(), NEVER);
    house.answer();
    await house.settle();
    expect(house.calls).toHaveLength(2);
  });

  test('who has hung up already is not let in', async () => {
    const house = guarded();
    expect(await house.client.infer(aCall(), AbortSignal.abort())).toMatchObject({ failure: 'cancelled' });
    expect(house.calls).toHaveLength(0);
  });

  test('the deadline counts from when a call began to wait', async () => {
    const house = guarded({ maxConcurrent: 1 });
    void house.client.infer(aCall({ timeoutMs: LONG_MS }), NEVER);
    void house.client.infer(aCall({ timeoutMs: LONG_MS }), NEVER);
    await house.settle();
    house.pass(1_500);
    house.answer();
    await house.settle();
    expect(house.calls.map(({ binding }) => binding.timeoutMs)).toEqual([LONG_MS, LONG_MS - 1_500]);
  });

  test('who waits longer than that is told so', async () => {
    const house = guarded({ maxConcurrent: 1 });
    void house.client.infer(aCall(), NEVER);
    expect(await house.client.infer(aCall({ timeoutMs: 1 }), NEVER)).toMatchObject({ failure: 'timeout' });
    expect(house.held).toEqual(['timeout']);
  });

  test('a client that throws gives its place back', async () => {
    const clock = { monotonicMs: () => 0 };
    const gates = createEndpointGates(clock, { ...LIMITS, maxConcurrent: 1 });
    const client = guardEndpoints({ infer: () => Promise.reject(new Error('mistake')) }, { gates, clock });
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(client.infer(aCall(), NEVER)).rejects.toThrow('mistake');
    }
  });
});

describe('failures in a row', () => {
  async function fail(house: ReturnType<typeof guarded>, failure: InferenceFailure = 'unreachable') {
    const answer = house.client.infer(aCall(), NEVER);
    await house.settle();
    house.answer(failed(failure));
    return await answer;
  }

  async function tripped() {
    const house = guarded();
    for (let turn = 0; turn < LIMITS.failuresInRow; turn += 1) await fail(house);
    return house;
  }

  test('-> left alone, then one call tries it, and a success forgets all', async () => {
    const house = await tripped();
    expect(await house.client.infer(aCall(), NEVER)).toMatchObject({ failure: 'left-alone' });
    house.pass(1_000);
    const trying = house.client.infer(aCall(), NEVER);
    expect(await house.client.infer(aCall(), NEVER)).toMatchObject({ failure: 'left-alone' });
    await house.settle();
    house.answer();
    expect(await trying).toMatchObject({ kind: 'result' });
    expect(await fail(house)).toMatchObject({ failure: 'unreachable' });
    expect(await fail(house)).toMatchObject({ failure: 'unreachable' });
  });

  test('a try that fails -> twice as long, up to the longest', async () => {
    const house = await tripped();
    for (const ms of [1_000, 2_000, 4_000, 4_000]) {
      house.pass(ms - 1);
      expect(await house.client.infer(aCall(), NEVER)).toMatchObject({ failure: 'left-alone' });
      house.pass(1);
      expect(await fail(house)).toMatchObject({ failure: 'unreachable' });
    }
  });

  test('whoever tries it and hangs up lets the next one try', async () => {
    const house = await tripped();
    house.pass(1_000);
    await fail(house, 'cancelled');
    expect(await fail(house, 'cancelled')).toMatchObject({ failure: 'cancelled' });
  });

  test.each(['cancelled', 'endpoint-error', 'attestation-missing', 'attestation-mismatch'] as const)(
    '%s is none',
    async (failure) => {
      const house = guarded();
      for (let turn = 0; turn < 5; turn += 1) expect(await fail(house, failure)).toMatchObject({ failure });
    },
  );

  test('that it takes no calls at the moment is one', async () => {
    const house = guarded();
    for (let turn = 0; turn < LIMITS.failuresInRow; turn += 1) await fail(house, 'unavailable');
    expect(await house.client.infer(aCall(), NEVER)).toMatchObject({ failure: 'left-alone' });
  });

  test('those who wait are turned away with it', async () => {
    const house = guarded({ maxConcurrent: 1, failuresInRow: 1 });
    const first = house.client.infer(aCall(), NEVER);
    const second = house.client.infer(aCall(), NEVER);
    await house.settle();
    house.answer(failed('timeout'));
    expect(await first).toMatchObject({ failure: 'timeout' });
    expect(await second).toMatchObject({ failure: 'left-alone' });
  });
});

describe('an answer in pieces keeps its place', () => {
  const PIECE: StreamEvent = { kind: 'piece', bytes: Buffer.from('a') };
  const streamOf = (events: readonly (StreamEvent | Error)[]): InferenceAnswer => ({
    kind: 'stream',
    headers: {},
    durationMs: 1,
    events: (async function* () {
      for (const event of events) {
        if (event instanceof Error) throw event;
        yield event;
      }
    })(),
  });

  async function begun(events: readonly (StreamEvent | Error)[]) {
    const house = guarded({ maxConcurrent: 1, failuresInRow: 1 });
    const answer = house.client.infer(aCall(), NEVER);
    const next = house.client.infer(aCall(), NEVER);
    await house.settle();
    house.answer(streamOf(events));
    const stream = await answer;
    if (stream.kind !== 'stream') throw new Error('no stream');
    const iterator = stream.events[Symbol.asyncIterator]();
    await house.settle();
    expect(house.calls).toHaveLength(1);
    return { house, iterator, next };
  }

  test('until its end', async () => {
    const { house, iterator } = await begun([PIECE, { kind: 'end', durationMs: 2 }]);
    expect(await iterator.next()).toEqual({ done: false, value: PIECE });
    expect(house.calls).toHaveLength(1);
    await iterator.next();
    await house.settle();
    expect(house.calls).toHaveLength(2);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('until it is left', async () => {
    const { house, iterator } = await begun([PIECE, PIECE]);
    await iterator.next();
    await iterator.return?.();
    await house.settle();
    expect(house.calls).toHaveLength(2);
  });

  test('until it ends without saying so', async () => {
    const { house, iterator } = await begun([]);
    await iterator.next();
    await house.settle();
    expect(house.calls).toHaveLength(2);
  });

  test.each([
    ['it is cut', { kind: 'end', failure: 'unreachable', durationMs: 2 }],
    ['it throws', new Error('mistake')],
  ] as const)('%s -> it counts as a failure', async (_name, event) => {
    const { iterator, next } = await begun([event]);
    await iterator.next().catch(() => undefined);
    expect(await next).toMatchObject({ failure: 'left-alone' });
  });
});
