import { createByteDigest } from '../../src/domain/byte-digest.ts';
import { foldCase } from '../../src/domain/case-view.ts';
import { RegisterUnavailable, SessionLocked } from '../../src/domain/errors.ts';
import type { Attested, InferenceStream, StreamEvent } from '../../src/flows/ports-inference.ts';
import type { ReleasedStream } from '../../src/flows/release-stream.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aCaseId, aRequest, createInferenceHouse, type InferenceHouse } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, aRegister, MODEL, NOW } from '../fakes/register-builder.ts';

const CASE = aCaseId(1);
const MISMATCH = 'attestation-mismatch';
const STOPPED = aRegister({
  sequence: 2,
  stopUses: [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' }],
});
const GONE = new RegisterUnavailable('The register cannot be read.');
const ATTESTED = { attestedModel: 'nodules', attestedVersion: '3' } as const;
const HEADERS = { 'content-type': 'text/event-stream' };
const END: StreamEvent = { kind: 'end', durationMs: 90, score: 0.75, finding: 'nodule' };

function piece(text: string, said: Attested = {}): StreamEvent {
  return { kind: 'piece', bytes: Buffer.from(text), ...said };
}

/** A function among the events happens when it is their turn. */
type Given = StreamEvent | Error | (() => void);

interface Streamed {
  readonly house: InferenceHouse;
  readonly isLeft: () => boolean;
  readonly run: () => Promise<ReleasedStream>;
}

function streaming(given: readonly Given[], said: Partial<InferenceStream> = ATTESTED): Streamed {
  const house = createInferenceHouse();
  let isLeft = false;
  async function* eventsOf(): AsyncGenerator<StreamEvent, void, undefined> {
    try {
      for (const event of given) {
        if (event instanceof Error) throw event;
        if (typeof event === 'function') event();
        else yield event;
        await Promise.resolve();
      }
    } finally {
      isLeft = true;
    }
  }
  house.onInfer(() => ({ kind: 'stream', headers: HEADERS, durationMs: 12, events: eventsOf(), ...said }));
  const run = async (): Promise<ReleasedStream> => {
    const released = await runInference(house.deps, aRequest(), new AbortController().signal);
    if (released.kind !== 'stream') throw new Error('it came in one piece');
    return released;
  };
  return { house, isLeft: () => isLeft, run };
}

/** What was let out, with the kinds on record at each piece, and how it broke off where it did. */
async function readAll({
  house,
  run,
}: Streamed): Promise<{ readonly read: readonly string[]; readonly fault?: unknown }> {
  const read: string[] = [];
  try {
    for await (const bytes of (await run()).pieces) {
      read.push(`${Buffer.from(bytes).toString()} after ${house.kinds().join()}`);
    }
    return { read };
  } catch (fault: unknown) {
    return { read, fault };
  }
}

function digestOf(text: string): string {
  const digest = createByteDigest();
  digest.update(Buffer.from(text));
  return digest.value();
}

function stateOf(house: InferenceHouse): string | undefined {
  return foldCase(house.log.all().filter(({ caseId }) => caseId === CASE))?.state;
}

const BEGUN = 'case.intent,case.release';
const OVER = `${BEGUN},case.outcome`;

describe('an answer in pieces', () => {
  test('its release is on record before the first piece, its outcome before the last', async () => {
    const streamed = streaming([piece('a'), piece('b'), piece('c'), END]);
    expect(await readAll(streamed)).toEqual({
      read: [`a after ${BEGUN}`, `b after ${BEGUN}`, `c after ${OVER}`],
    });
    const { house } = streamed;
    expect(house.last()).toMatchObject({
      id: 'id-1:end',
      facts: {
        release: { action: 'released' },
        model: { attested: 'nodules@3' },
        output: { digest: digestOf('abc'), codes: ['nodule'], scoreMicro: 750_000 },
        timing: { endpointMs: 90 },
      },
    });
    expect(house.last().facts.output).not.toHaveProperty('complete');
    expect(stateOf(house)).toBe('released');
    expect(house.livingTokens.size).toBe(0);
    expect(house.deps.inFlight.has(CASE)).toBe(false);
  });

  test('says its headers, its case and where its release stands', async () => {
    const { house, run } = streaming([piece('a'), END]);
    const { pieces, ...named } = await run();
    const receipt = { seq: 1, id: 'id-1:begun', leaf: house.last().leaf };
    expect(named).toEqual({
      kind: 'stream',
      caseId: CASE,
      receipt,
      function: 'detection',
      headers: HEADERS,
    });
    expect(house.livingTokens.size).toBe(1);
    await pieces.return?.();
    expect(house.livingTokens.size).toBe(0);
  });

  test('of nothing at all has its outcome all the same', async () => {
    const streamed = streaming([END]);
    expect(await readAll(streamed)).toEqual({ read: [] });
    expect(streamed.house.kinds().join()).toBe(OVER);
  });
});

describe('what is not let out', () => {
  test('another version with the first piece -> nothing of it, nothing of a release', async () => {
    const streamed = streaming([piece('a'), END], { attestedModel: 'nodules', attestedVersion: '4' });
    expect(await faultOf(streamed.run())).toMatchObject({ code: MISMATCH, caseId: CASE });
    expect(streamed.house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(streamed.house.last().facts).toMatchObject({ err: MISMATCH, timing: { endpointMs: 12 } });
    expect(streamed.house.last().facts).not.toHaveProperty('output');
    expect(streamed.house.deps.inFlight.has(CASE)).toBe(false);
    expect(streamed.isLeft() || streamed.house.livingTokens.size === 0).toBe(true);
  });

  test.each([
    ['another version in a later piece', [piece('a'), piece('b'), piece('c', { attestedVersion: '4' }), END]],
    ['another version at the end', [piece('a'), piece('b'), { ...END, attestedVersion: '4' }]],
    ['another model in a later piece', [piece('a'), piece('b'), piece('c', { attestedModel: 'other' }), END]],
  ] as const)('%s -> cut there', async (_name, given) => {
    const streamed = streaming(given);
    const { read, fault } = await readAll(streamed);
    expect(read).toEqual([`a after ${BEGUN}`]);
    expect(fault).toMatchObject({ code: 'attestation-mismatch', caseId: CASE });
    expect(streamed.house.last().facts).toMatchObject({
      ...{ err: MISMATCH, release: { action: 'withheld', reasons: [MISMATCH] } },
      output: { digest: digestOf('a'), complete: false },
    });
    expect(stateOf(streamed.house)).toBe('failed');
    expect(streamed.isLeft()).toBe(true);
  });

  test('a stop-use cuts a running stream before its next piece', async () => {
    const streamed = streaming([
      piece('a'),
      piece('b'),
      () => streamed.house.setRegister(STOPPED),
      piece('c'),
      piece('d'),
      END,
    ]);
    const { read, fault } = await readAll(streamed);
    expect(read).toEqual([`a after ${BEGUN}`]);
    expect(fault).toMatchObject({ code: 'not-permitted' });
    expect(streamed.house.last().facts.release?.reasons).toEqual(['stop-use']);
  });

  test('a stop-use while the outcome is written keeps the last piece in', async () => {
    const streamed = streaming([
      piece('a'),
      piece('b'),
      () => streamed.house.log.onNextAppend(() => streamed.house.setRegister(STOPPED)),
      END,
    ]);
    const { read, fault } = await readAll(streamed);
    expect(read).toEqual([`a after ${BEGUN}`]);
    expect(fault).toMatchObject({ code: 'not-permitted' });
    expect(streamed.house.kinds().join()).toBe(`${OVER},case.release`);
    expect(streamed.house.last()).toMatchObject({
      id: 'id-1:case.release',
      facts: { release: { action: 'withheld' } },
    });
  });

  test.each([
    ['the register goes away', (house: InferenceHouse) => house.setRegister(GONE), 'register-unavailable'],
    ['the session locks', (house: InferenceHouse) => house.setCaller(new SessionLocked()), 'not-identified'],
  ] as const)('%s, which is noticed within a second', async (_name, happen, code) => {
    let nowMs = 0;
    const streamed = streaming([
      piece('a'),
      piece('b'),
      () => {
        happen(streamed.house);
        nowMs += 1_000;
      },
      piece('c'),
      END,
    ]);
    Object.assign(streamed.house.deps, { clock: { nowMs: () => NOW, monotonicMs: () => nowMs } });
    const { read, fault } = await readAll(streamed);
    expect(read).toEqual([`a after ${BEGUN}`]);
    expect(fault).toMatchObject({ code, caseId: CASE });
    expect(streamed.house.last().facts).toMatchObject({ err: code, output: { complete: false } });
  });

  test('the log fails at the release -> nothing of it', async () => {
    const streamed = streaming([piece('a'), END]);
    streamed.house.onInfer(() => {
      streamed.house.log.behave('fails');
      return { kind: 'stream', headers: {}, durationMs: 1, events: noEvents(), ...ATTESTED };
    });
    expect(await faultOf(streamed.run())).toMatchObject({ code: 'case-log-unavailable' });
  });

  test('the log fails at the outcome -> the last piece stays in', async () => {
    const streamed = streaming([piece('a'), piece('b'), () => streamed.house.log.behave('fails'), END]);
    const { read, fault } = await readAll(streamed);
    expect(read).toEqual([`a after ${BEGUN}`]);
    expect(fault).toMatchObject({ code: 'case-log-unavailable' });
  });
});

describe('it breaks off', () => {
  const cutBy = (failure: 'unreachable' | 'timeout'): StreamEvent => ({
    kind: 'end',
    failure,
    durationMs: 50,
  });
  test.each([
    [
      'the endpoint goes away',
      [piece('a'), piece('b'), cutBy('unreachable')],
      'upstream-unreachable',
      'unreachable',
    ],
    ['the deadline passes', [piece('a'), piece('b'), cutBy('timeout')], 'upstream-timeout', 'timeout'],
    ['it ends without an end', [piece('a'), piece('b')], 'upstream-bad-answer', 'bad-answer'],
    ['its reader throws', [piece('a'), piece('b'), new Error('mistake')], 'internal', 'internal'],
  ] as const)('%s -> said, and the case failed with what was passed on', async (_name, given, code, err) => {
    const streamed = streaming(given);
    const { read, fault } = await readAll(streamed);
    expect(read).toEqual([`a after ${BEGUN}`]);
    expect(fault).toMatchObject({ code, caseId: CASE });
    expect(streamed.house.last().facts).toMatchObject({ err, output: { digest: digestOf('a') } });
    expect(stateOf(streamed.house)).toBe('failed');
    expect(streamed.house.deps.inFlight.has(CASE)).toBe(false);
  });

  test('whoever reads it leaves -> cancelled, and the endpoint is let go', async () => {
    const streamed = streaming([piece('a'), piece('b'), piece('c'), END]);
    for await (const _bytes of (await streamed.run()).pieces) break;
    expect(streamed.isLeft()).toBe(true);
    expect(streamed.house.last().facts).toMatchObject({
      err: 'cancelled',
      output: { digest: digestOf('a') },
    });
    expect(streamed.house.livingTokens.size).toBe(0);
  });

  test('whoever asked is gone before the first piece is read -> cancelled all the same', async () => {
    const streamed = streaming([piece('a'), END]);
    const { pieces } = await streamed.run();
    await pieces.return?.();
    await pieces.return?.();
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
    expect(streamed.house.kinds().join()).toBe(OVER);
    expect(streamed.house.last().facts.err).toBe('cancelled');
    expect(streamed.house.deps.inFlight.has(CASE)).toBe(false);
  });
});

test('an endpoint that proves nothing -> nothing of its stream', async () => {
  const streamed = streaming([piece('a'), END], {});
  expect(await faultOf(streamed.run())).toMatchObject({ code: 'attestation-mismatch' });
});

test('a call in another dialect than the endpoint’s is refused on record', async () => {
  const house = createInferenceHouse({
    register: aRegister({
      modelVersions: [aModelVersion({ endpoints: [aBinding({ protocol: 'openai-chat' })] })],
    }),
  });
  const fault = await faultOf(runInference(house.deps, aRequest(), new AbortController().signal));
  expect(fault.reasons.map(({ code }) => code)).toContain('function-not-offered');
  expect(house.kinds()).toEqual(['case.refused']);
  expect(house.last().facts.asked).toMatchObject({ protocol: 'oip-v2' });
});

async function* noEvents(): AsyncGenerator<StreamEvent, void, undefined> {
  // None.
}
