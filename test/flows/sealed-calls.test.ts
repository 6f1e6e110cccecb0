import { createRepeatedCalls } from '../../src/flows/repeated-calls.ts';
import { RegisterUnavailable, GatewayError, NotIdentified } from '../../src/domain/errors.ts';
import { foldCase } from '../../src/domain/case-view.ts';
import type { InferenceAnswer } from '../../src/flows/ports-inference.ts';
import { runOnce } from '../../src/flows/run-once.ts';
import { coSignRegister } from '../fakes/co-sign-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aCaseId,
  aRequest,
  aResult,
  createInferenceHouse,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, aTextBinding, MODEL, NOW } from '../fakes/register-builder.ts';

const NEVER = new AbortController().signal;
const SECRET = 'Contrast 70 mL';
const suggestion = { body: { outputs: [{ name: 'suggestion', data: [SECRET] }] }, length: 100 };
const STOPPED = coSignRegister({
  sequence: 2,
  stopUses: [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong dose', by: 'radiologist' }],
});
const binding = aBinding({
  ...{ function: 'prescribing-suggestion', writes: 'tid1500', findings: ['nodule'] },
});
const asText = aTextBinding({ function: 'prescribing-suggestion' });
const IN_TEXT = coSignRegister({ modelVersions: [aModelVersion({ endpoints: [asText] })] });
const WRITING = coSignRegister({ modelVersions: [aModelVersion({ endpoints: [binding] })] });

function sealing(register = coSignRegister()) {
  const house = createInferenceHouse({ register });
  house.onInfer(() => aResult(suggestion));
  const repeatedCalls = createRepeatedCalls({ monotonicMs: () => 0 });
  const run = (changes: Parameters<typeof aRequest>[0] = {}) =>
    runOnce(
      { ...house.deps, repeatedCalls },
      aRequest({ function: 'prescribing-suggestion', ...changes }),
      NEVER,
    );
  return { house, run };
}

/** That nothing which whoever asked is told has the result in it. */
async function refusal(run: Promise<unknown>): Promise<GatewayError> {
  const fault = await faultOf(run);
  const told = JSON.stringify([fault.code, fault.detail, fault.reasons, fault.message]);
  expect(told).not.toContain(SECRET);
  expect(fault).not.toHaveProperty('body');
  return fault;
}

const codes = ({ reasons }: GatewayError): readonly string[] => reasons.map(({ code }) => code);
const stateOf = (house: InferenceHouse) =>
  foldCase(house.log.all().filter(({ caseId }) => caseId === aCaseId(1)))?.state;

describe('a sealed result stays from whoever asked', () => {
  test('in one piece -> told that it waits, and kept', async () => {
    const { house, run } = sealing();
    expect(codes(await refusal(run()))).toEqual(['co-signature-missing']);
    expect(stateOf(house)).toBe('sealed');
    expect(house.sealed.kept()).toMatchObject([{ caseId: aCaseId(1), body: suggestion.body }]);
  });

  test('repeated under its key, at once and later -> one case, never the body', async () => {
    const { house, run } = sealing();
    const keyed = { idempotencyKey: 'click-1' };
    const both = await Promise.all([refusal(run(keyed)), refusal(run(keyed))]);
    expect(both.map(codes)).toEqual([['co-signature-missing'], ['co-signature-missing']]);
    expect(await refusal(run(keyed))).toMatchObject({ code: 'conflict' });
    expect(house.calls).toHaveLength(1);
    expect(house.sealed.kept()).toHaveLength(1);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });

  test.each([
    ['chat', { kind: 'chat', body: {}, streams: true, shownAs: 'x@1', showsUsage: false }],
    ['text', { kind: 'oip-generate', textInput: 'x', parameters: {}, streams: true }],
  ] as const)(
    'asked for in pieces (%s) -> refused on record before the call, and told how',
    async (_name, payload) => {
      const { house, run } = sealing(IN_TEXT);
      const fault = await refusal(run({ payload }));
      expect([fault.caseId, codes(fault)]).toEqual([aCaseId(1), ['co-signature-missing']]);
      expect(fault.reasons[0]?.remedy).toContain('without streaming');
      expect(house.kinds()).toEqual(['case.refused']);
      expect(house.last().facts.decision).toMatchObject({
        result: 'deny',
        reasons: ['co-signature-missing'],
      });
      expect([house.calls, [...house.livingTokens]]).toEqual([[], []]);
    },
  );

  test.each([
    ['chat', { kind: 'chat', body: {}, streams: false, shownAs: 'x@1', showsUsage: false }],
    ['text', { kind: 'oip-generate', textInput: 'x', parameters: {}, streams: false }],
  ] as const)('the same in one piece (%s) -> called, and sealed', async (_name, payload) => {
    const { house, run } = sealing(IN_TEXT);
    await refusal(run({ payload }));
    expect([house.calls.length, stateOf(house)]).toEqual([1, 'sealed']);
  });

  test('comes in pieces although nobody asked for it so -> none of them, the case failed, the endpoint let go', async () => {
    const { house, run } = sealing();
    let isLeft = false;
    const events = (async function* () {
      try {
        yield { kind: 'piece', bytes: Buffer.from(SECRET) } as const;
        yield { kind: 'end', durationMs: 2 } as const;
      } finally {
        isLeft = true;
      }
    })();
    house.onInfer((): InferenceAnswer => {
      return {
        ...{ kind: 'stream', headers: {}, durationMs: 1, events },
        ...{ attestedModel: 'nodules', attestedVersion: '3' },
      };
    });
    expect(await refusal(run())).toMatchObject({ code: 'model-failed' });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(stateOf(house)).toBe('failed');
    expect(house.sealed.kept()).toEqual([]);
    expect((await events.next()).done ?? isLeft).toBe(true);
  });

  test.each([
    ['there is no room', new GatewayError('overloaded'), 'overloaded'],
    ['the database is away', new RegisterUnavailable('away'), 'register-unavailable'],
    ['something breaks', new Error(SECRET), 'internal'],
  ] as const)('it cannot be kept: %s -> failed on record', async (_name, error, code) => {
    const { house, run } = sealing();
    Object.assign(house.deps, { sealed: { keep: () => Promise.reject(error) } });
    expect(await refusal(run())).toMatchObject({ code, caseId: aCaseId(1) });
    expect(house.last().facts).toMatchObject({ err: code, release: { action: 'withheld' } });
    expect(house.last().facts).not.toHaveProperty('output');
  });

  test('it comes with files -> failed on record', async () => {
    const { house, run } = sealing();
    const files = [{ name: 'image', contentType: 'application/octet-stream', bytes: Buffer.from(SECRET) }];
    house.onInfer(() => aResult({ ...suggestion, files }));
    expect(await refusal(run())).toMatchObject({ code: 'model-failed' });
    expect(house.sealed.kept()).toEqual([]);
  });

  test.each(['fails', 'fails-but-written'] as const)('the log %s at the outcome -> 503', async (mode) => {
    const { house, run } = sealing();
    house.log.behave(mode, 1);
    expect(await refusal(run())).toMatchObject({ code: 'case-log-unavailable' });
  });

  test('a stop-use during the call -> withheld, nothing kept', async () => {
    const { house, run } = sealing();
    house.onInfer(() => {
      house.setRegister(STOPPED);
      return aResult(suggestion);
    });
    expect(codes(await refusal(run()))).toEqual(['stop-use']);
    expect(house.sealed.kept()).toEqual([]);
    expect(stateOf(house)).toBe('withheld');
  });

  test.each([
    ['a stop-use', (house: InferenceHouse) => house.setRegister(STOPPED), 'not-permitted'],
    ['a sign-out', (house: InferenceHouse) => house.setCaller(new NotIdentified()), 'not-identified'],
  ] as const)('%s while its outcome is written -> held back, on record', async (_name, happen, code) => {
    const { house, run } = sealing();
    house.onInfer(() => {
      house.log.onNextAppend(() => happen(house));
      return aResult(suggestion);
    });
    expect(await refusal(run())).toMatchObject({ code });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome', 'case.release']);
    expect(stateOf(house)).toBe('withheld');
    // It could never be opened, so nobody is asked to sign it and nothing of it is kept.
    expect(house.sealed.kept()).toEqual([]);
  });

  test('held back, and it cannot be taken out -> told all the same; it goes when its time is over', async () => {
    const { house, run } = sealing();
    const remove = () => Promise.reject(new RegisterUnavailable('away'));
    Object.assign(house.deps, { sealed: { keep: house.sealed.keep, remove } });
    house.onInfer(() => {
      house.log.onNextAppend(() => house.setRegister(STOPPED));
      return aResult(suggestion);
    });
    expect(codes(await refusal(run()))).toEqual(['stop-use']);
  });

  test('no object is made of it', async () => {
    const { house, run } = sealing(WRITING);
    expect(codes(await refusal(run()))).toEqual(['co-signature-missing']);
    expect(house.orders).toEqual([]);
  });
});
