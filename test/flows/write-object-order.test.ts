import { GatewayError, NotIdentified } from '../../src/domain/errors.ts';
import { foldCase } from '../../src/domain/case-view.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aCaseId,
  aRequest,
  aResult,
  createInferenceHouse,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import {
  aBinding,
  aModelVersion,
  aRegister,
  aStudy,
  MODEL,
  NOW,
  VERSION,
} from '../fakes/register-builder.ts';
import { seriesUid } from '../fakes/uids.ts';

const NEVER = new AbortController().signal;
const CASE = aCaseId(1);
const writing = (findings: readonly string[] = ['nodule']) =>
  [aModelVersion({ endpoints: [aBinding({ writes: 'tid1500', findings })] })] as const;
const STOPPED = aRegister({
  ...{ sequence: 2, modelVersions: writing() },
  stopUses: [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' }],
});

const houseThat = (findings?: readonly string[]): InferenceHouse =>
  createInferenceHouse({ register: aRegister({ modelVersions: writing(findings) }) });
const run = (house: InferenceHouse) => runInference(house.deps, aRequest(), NEVER);
const stateOf = (house: InferenceHouse) =>
  foldCase(house.log.all().filter(({ caseId }) => caseId === CASE))?.state;

describe('an object is made of a result', () => {
  test('once, with what the register lists', async () => {
    const house = houseThat();
    await run(house);
    expect(house.orders).toEqual([
      {
        ...{ kind: 'tid1500', caseId: CASE, requestId: 'request-1', model: MODEL, version: VERSION },
        ...{ study: aStudy().studyInstanceUid, context: expect.anything(), body: aResult().body },
        ...{ score: 0.75, finding: 'nodule' },
      },
    ]);
  });

  test('a finding that is not listed is foreign text, and no part of it', async () => {
    const house = houseThat(['mass']);
    await run(house);
    expect(house.orders).toHaveLength(1);
    expect(house.orders[0]).not.toHaveProperty('finding');
  });

  test('of the series that the call named', async () => {
    const house = houseThat();
    await runInference(house.deps, aRequest({ series: seriesUid('1.2.3.4') }), NEVER);
    expect(house.orders).toMatchObject([{ series: '1.2.3.4' }]);
  });

  test('not where the register does not say so', async () => {
    const house = createInferenceHouse();
    await run(house);
    expect(house.orders).toEqual([]);
  });
});

describe('no object is made of what is not let out', () => {
  test.each([
    ['another version answered', { attestedModel: 'nodules', attestedVersion: '4' }],
    ['nothing was attested', {}],
  ])('%s', async (_name, said) => {
    const house = houseThat();
    const { attestedModel: _model, attestedVersion: _version, ...answer } = aResult();
    house.onInfer(() => ({ ...answer, ...said }));
    await faultOf(run(house));
    expect(house.orders).toEqual([]);
  });

  test('a stop-use during the call', async () => {
    const house = houseThat();
    house.onInfer(() => {
      house.setRegister(STOPPED);
      return aResult();
    });
    await faultOf(run(house));
    expect(house.orders).toEqual([]);
  });

  test.each([
    ['a stop-use', (house: InferenceHouse) => house.setRegister(STOPPED), 'not-permitted'],
    ['a sign-out', (house: InferenceHouse) => house.setCaller(new NotIdentified()), 'not-identified'],
  ] as const)('%s while the outcome is written', async (_name, happen, code) => {
    const house = houseThat();
    house.onInfer(() => {
      house.log.onNextAppend(() => happen(house));
      return aResult();
    });
    expect(await faultOf(run(house))).toMatchObject({ code });
    expect(stateOf(house)).toBe('withheld');
    expect(house.orders).toEqual([]);
  });

  test.each(['fails', 'fails-but-written'] as const)('the log %s at the outcome', async (mode) => {
    const house = houseThat();
    house.log.behave(mode, 1);
    await faultOf(run(house));
    expect(house.orders).toEqual([]);
  });
});

describe('while an object is made', () => {
  test('a stop-use comes -> the result is held back all the same, on record', async () => {
    const house = houseThat();
    Object.assign(house.deps, {
      writeResultObject: async () => {
        house.setRegister(STOPPED);
        return await Promise.resolve({ kind: 'failed', err: 'stop-use' });
      },
    });
    expect(await faultOf(run(house))).toMatchObject({ code: 'not-permitted' });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome', 'case.release']);
    expect(stateOf(house)).toBe('withheld');
  });

  test.each([
    ['it breaks', new TypeError('a mistake'), 'internal'],
    ['the log is away', new GatewayError('case-log-unavailable'), 'case-log-unavailable'],
  ] as const)('%s -> nothing is let out, and the case says so', async (_name, error, code) => {
    const house = houseThat();
    Object.assign(house.deps, { writeResultObject: () => Promise.reject(error) });
    expect(await faultOf(run(house))).toMatchObject({ code, caseId: CASE });
    expect(house.last()).toMatchObject({
      kind: 'case.release',
      facts: { err: code, release: { action: 'withheld' } },
    });
    expect(stateOf(house)).toBe('withheld');
    expect(house.livingTokens.size).toBe(0);
  });
});
