import type { EndpointBinding } from '../../src/domain/register.ts';
import type { ProbeAnswer } from '../../src/flows/ports-attestation.ts';
import type { InferenceAnswer, InferenceFailure, StreamEvent } from '../../src/flows/ports-inference.ts';
import { createEndpointGates } from '../../src/upstreams/endpoint-gates.ts';
import { guardEndpoints } from '../../src/upstreams/guard-endpoints.ts';
import { guardProber } from '../../src/upstreams/guard-prober.ts';
import { aCaseId, aResult } from '../fakes/inference-house.ts';
import { aBinding, aStudy } from '../fakes/register-builder.ts';

const LIMITS = {
  maxConcurrent: 1,
  maxWaiting: 1,
  failuresInRow: 2,
  leftAloneMs: 1_000,
  longestLeftAloneMs: 4_000,
};
const NEVER = new AbortController().signal;
const RIGHT: ProbeAnswer = { kind: 'attested', model: 'nodules', version: '3' };
const AWAY: ProbeAnswer = { kind: 'away' };
const LEFT_ALONE = { kind: 'left-alone' };

/** An endpoint whose looks and calls are answered when they are told to, in turn. */
function createHouse() {
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs };
  const gates = createEndpointGates(clock, LIMITS);
  const looks: ((answer: ProbeAnswer) => void)[] = [];
  const calls: ((answer: InferenceAnswer) => void)[] = [];
  const held: InferenceFailure[] = [];
  let asked = 0;
  const guarded = { gates, clock, onHeld: (why: InferenceFailure) => void held.push(why) };
  const prober = guardProber(
    {
      probe: () => {
        asked += 1;
        return new Promise((resolve) => looks.push(resolve));
      },
      gateOf: (binding) => binding,
    },
    guarded,
  );
  const client = guardEndpoints({ infer: () => new Promise((resolve) => calls.push(resolve)) }, guarded);
  return {
    prober,
    held,
    asked: () => asked,
    pass: (ms: number) => void (nowMs += ms),
    look: (
      when: Parameters<typeof prober.probe>[2],
      signal = NEVER,
      changes: Partial<EndpointBinding> = {},
    ) => prober.probe(aBinding(changes), signal, when),
    tell: (answer: ProbeAnswer) => looks.shift()?.(answer),
    call: () =>
      client.infer(
        {
          binding: aBinding(),
          caseId: aCaseId(1),
          study: aStudy().studyInstanceUid,
          payload: { kind: 'study' },
        },
        NEVER,
      ),
    answer: (answer: InferenceAnswer) => calls.shift()?.(answer),
    settle: async () => {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    },
  };
}
type House = ReturnType<typeof createHouse>;

async function looked(house: House, answer: ProbeAnswer, when: 'schedule' | 'before' | 'after' = 'schedule') {
  const look = house.look(when);
  await house.settle();
  house.tell(answer);
  return await look;
}

async function called(house: House, answer: InferenceAnswer) {
  const call = house.call();
  await house.settle();
  house.answer(answer);
  return await call;
}

const failed = (failure: InferenceFailure): InferenceAnswer => ({ kind: 'failed', failure, durationMs: 1 });

async function tripped(): Promise<House> {
  const house = createHouse();
  for (let turn = 0; turn < LIMITS.failuresInRow; turn += 1) await looked(house, AWAY);
  return house;
}

describe('a dead endpoint is left alone by looks too', () => {
  test('after failures of looks in a row nobody asks it, and calls are turned away', async () => {
    const house = await tripped();
    expect(await house.look('schedule')).toEqual(LEFT_ALONE);
    expect(await house.look('before')).toEqual(LEFT_ALONE);
    expect(await house.call()).toMatchObject({ failure: 'left-alone' });
    expect(house.asked()).toBe(LIMITS.failuresInRow);
    expect(house.held).toEqual(['left-alone', 'left-alone']);
  });

  test('after failures of calls, too', async () => {
    const house = createHouse();
    await called(house, failed('timeout'));
    await called(house, failed('unreachable'));
    expect(await house.look('schedule')).toEqual(LEFT_ALONE);
    expect(house.asked()).toBe(0);
  });

  test('then one look tries it; one that works lets everybody in again', async () => {
    const house = await tripped();
    house.pass(1_000);
    const trying = house.look('schedule');
    expect(await house.look('before')).toEqual(LEFT_ALONE);
    await house.settle();
    house.tell(RIGHT);
    expect(await trying).toEqual(RIGHT);
    expect(await called(house, aResult())).toMatchObject({ kind: 'result' });
  });

  test('a try that fails: twice as long', async () => {
    const house = await tripped();
    house.pass(1_000);
    expect(await looked(house, AWAY)).toEqual(AWAY);
    house.pass(1_999);
    expect(await house.look('schedule')).toEqual(LEFT_ALONE);
    house.pass(1);
    expect(await looked(house, RIGHT)).toEqual(RIGHT);
  });

  test.each<ProbeAnswer>([RIGHT, { kind: 'absent' }, { kind: 'silent' }])(
    '%p is no failure',
    async (answer) => {
      const house = createHouse();
      for (let turn = 0; turn < 4; turn += 1) expect(await looked(house, answer)).toEqual(answer);
      expect(await called(house, aResult())).toMatchObject({ kind: 'result' });
    },
  );

  test('whoever looked has gone: that says nothing', async () => {
    const house = createHouse();
    const leaving = new AbortController();
    for (let turn = 0; turn < 4; turn += 1) {
      const look = house.look('schedule', leaving.signal);
      await house.settle();
      leaving.abort();
      house.tell(AWAY);
      await look;
    }
    expect(await called(house, aResult())).toMatchObject({ kind: 'result' });
  });

  test('other endpoints are asked all the same', async () => {
    const house = await tripped();
    const look = house.look('schedule', NEVER, { baseUrl: 'http://other.test' });
    await house.settle();
    house.tell(RIGHT);
    expect(await look).toEqual(RIGHT);
  });
});

test('looks that work do not hide calls that fail', async () => {
  const house = createHouse();
  for (let turn = 0; turn < LIMITS.failuresInRow; turn += 1) {
    await looked(house, RIGHT, 'before');
    await called(house, failed('timeout'));
  }
  expect(await house.call()).toMatchObject({ failure: 'left-alone' });
});

describe('looks and calls do not wait for each other', () => {
  test('a look is made while every place is taken and others wait', async () => {
    const house = createHouse();
    const calls = [house.call(), house.call()];
    await house.settle();
    expect(await looked(house, RIGHT)).toEqual(RIGHT);
    for (const call of calls) {
      house.answer(aResult());
      await call;
      await house.settle();
    }
  });

  test('a call is made while looks are under way', async () => {
    const house = createHouse();
    const looks = [house.look('schedule'), house.look('after'), house.look('before')];
    expect(await called(house, aResult())).toMatchObject({ kind: 'result' });
    for (const look of looks) {
      house.tell(RIGHT);
      expect(await look).toEqual(RIGHT);
    }
  });

  test('an endpoint that is deaf while it works on a call is not away for that', async () => {
    const house = createHouse();
    const call = house.call();
    await house.settle();
    for (let turn = 0; turn < 4; turn += 1) expect(await looked(house, AWAY)).toEqual(AWAY);
    const waiting = house.call();
    house.answer(aResult());
    expect(await call).toMatchObject({ kind: 'result' });
    await house.settle();
    house.answer(aResult());
    expect(await waiting).toMatchObject({ kind: 'result' });
  });
});

describe('an answer that is there is looked at whatever happened meanwhile', () => {
  test('by whoever tries the endpoint and keeps their place as its pieces come', async () => {
    const house = await tripped();
    house.pass(1_000);
    const END: StreamEvent = { kind: 'end', durationMs: 1 };
    const events = (async function* () {
      yield await Promise.resolve(END);
    })();
    const answer = await called(house, { kind: 'stream', headers: {}, durationMs: 1, events });
    expect(answer.kind).toBe('stream');
    expect(await house.call()).toMatchObject({ failure: 'left-alone' });
    expect(await looked(house, RIGHT, 'after')).toEqual(RIGHT);
  });

  test('and what comes of that counts', async () => {
    const house = createHouse();
    for (let turn = 0; turn < LIMITS.failuresInRow; turn += 1) {
      await called(house, aResult());
      expect(await looked(house, AWAY, 'after')).toEqual(AWAY);
    }
    await looked(house, AWAY, 'after');
    expect(await house.look('before')).toEqual(LEFT_ALONE);
  });
});

describe('calls that are about to begin share a look', () => {
  test('one under way is waited for; the next call looks anew', async () => {
    const house = createHouse();
    const both = [house.look('before'), house.look('before')];
    await house.settle();
    expect(house.asked()).toBe(1);
    house.tell(RIGHT);
    expect(await Promise.all(both)).toEqual([RIGHT, RIGHT]);
    expect(await looked(house, AWAY, 'before')).toEqual(AWAY);
    expect(house.asked()).toBe(2);
  });

  test('who leaves does not end it for the others', async () => {
    const house = createHouse();
    const leaving = new AbortController();
    const [gone, stays] = [house.look('before', leaving.signal), house.look('before')];
    leaving.abort();
    expect(await gone).toEqual(AWAY);
    house.tell(RIGHT);
    expect(await stays).toEqual(RIGHT);
    expect(await house.look('before', AbortSignal.abort())).toEqual(AWAY);
    expect(house.asked()).toBe(1);
  });

  test('bindings do not share; what comes after an answer is never shared', async () => {
    const house = createHouse();
    const looks = [
      house.look('before'),
      house.look('before', NEVER, { endpointVersion: '4' }),
      house.look('after'),
      house.look('after'),
    ];
    await house.settle();
    expect(house.asked()).toBe(4);
    for (const look of looks) {
      house.tell(RIGHT);
      expect(await look).toEqual(RIGHT);
    }
  });
});
