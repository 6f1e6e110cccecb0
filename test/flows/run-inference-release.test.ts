import {
  NotIdentified,
  RegisterUnavailable,
  SessionLocked,
  SessionsUnavailable,
} from '../../src/domain/errors.ts';
import type { Caller } from '../../src/domain/principal.ts';
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
  aNameOnlyBinding,
  aPrincipal,
  aRegister,
  MODEL,
  NOW,
} from '../fakes/register-builder.ts';

const CASE = aCaseId(1);
const STOPPED = aRegister({
  sequence: 2,
  stopUses: [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' }],
});
const GONE = new RegisterUnavailable('The register cannot be read.');

function run(house: InferenceHouse): ReturnType<typeof runInference> {
  return runInference(house.deps, aRequest(), new AbortController().signal);
}

function viewOf(house: InferenceHouse): ReturnType<typeof foldCase> {
  return foldCase(house.log.all().filter(({ caseId }) => caseId === CASE));
}

describe('a stop-use during the call', () => {
  test('-> withheld: the outcome says so and keeps nothing of the result', async () => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      house.setRegister(STOPPED);
      return aResult();
    });
    const fault = await faultOf(run(house));
    expect(fault).toMatchObject({ code: 'not-permitted', caseId: CASE });
    expect(fault.reasons.map(({ code }) => code)).toEqual(['stop-use']);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(house.last().facts).toMatchObject({
      decision: { result: 'deny', registerSeq: 2 },
      release: { action: 'withheld', reasons: ['stop-use'] },
      err: 'withheld',
    });
    expect(house.last().facts).not.toHaveProperty('output');
    expect(viewOf(house)).toMatchObject({ state: 'withheld', reasons: ['stop-use'] });
  });

  test('while the outcome is being written -> withheld at the last look, and that is on record too', async () => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      house.log.onNextAppend(() => house.setRegister(STOPPED));
      return aResult();
    });
    expect(await faultOf(run(house))).toMatchObject({ code: 'not-permitted', caseId: CASE });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome', 'case.release']);
    expect(house.last()).toMatchObject({
      id: 'id-1:case.release',
      intent: 'id-1',
      facts: { release: { action: 'withheld', reasons: ['stop-use'] } },
    });
    expect(house.counts()).toBe(2);
    expect(viewOf(house)).toMatchObject({ state: 'withheld' });
    expect(viewOf(house)).not.toHaveProperty('score');
  });
});

describe('who asked is asked again', () => {
  const UNCONFIRMED = { ...aPrincipal(), unconfirmed: true };
  const rows: readonly {
    readonly name: string;
    readonly now: Caller | Error;
    readonly code: string;
    readonly release: unknown;
  }[] = [
    {
      name: 'signed out',
      now: new NotIdentified(),
      code: 'not-identified',
      release: { err: 'not-identified', release: { action: 'withheld' } },
    },
    {
      name: 'locked',
      now: new SessionLocked(),
      code: 'not-identified',
      release: { err: 'not-identified', release: { action: 'withheld' } },
    },
    {
      name: 'unknown, with the session store away',
      now: new SessionsUnavailable(),
      code: 'sessions-unavailable',
      release: { err: 'sessions-unavailable', release: { action: 'withheld' } },
    },
    {
      name: 'unconfirmed',
      now: UNCONFIRMED,
      code: 'not-permitted',
      release: { release: { action: 'withheld', reasons: ['session-unconfirmed'] } },
    },
    {
      name: 'signed in more weakly',
      now: { ...aPrincipal(), assurance: 1 },
      code: 'not-permitted',
      release: { release: { action: 'withheld', reasons: ['assurance-too-low'] } },
    },
  ];

  test.each(rows)('$name during the call -> withheld, on record', async ({ now, code, release }) => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      house.setCaller(now);
      return aResult();
    });
    expect(await faultOf(run(house))).toMatchObject({ code, caseId: CASE });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(house.last().facts).toMatchObject(release as object);
    expect(house.last().facts).not.toHaveProperty('output');
    expect(house.counts()).toBe(1);
  });

  test.each(rows)('$name while the outcome is being written -> held back', async ({ now, code, release }) => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      house.log.onNextAppend(() => house.setCaller(now));
      return aResult();
    });
    expect(await faultOf(run(house))).toMatchObject({ code, caseId: CASE });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome', 'case.release']);
    expect(house.last().facts).toMatchObject(release as object);
    expect(viewOf(house)).not.toHaveProperty('score');
  });
});

describe('what answered is not what was asked', () => {
  test.each([
    ['another version', { attestedVersion: '4' }],
    ['another model', { attestedModel: 'other' }],
  ])('%s -> withheld, and the log keeps what it said', async (_name, attested) => {
    const house = createInferenceHouse();
    house.onInfer(() => aResult(attested));
    const fault = await faultOf(run(house));
    expect(fault).toMatchObject({ code: 'attestation-mismatch', caseId: CASE });
    expect(fault.reasons.map(({ code }) => code)).toEqual(['attestation-mismatch']);
    const { attestedModel, attestedVersion } = aResult(attested);
    expect(house.last().facts).toMatchObject({
      model: { attested: `${String(attestedModel)}@${String(attestedVersion)}` },
      release: { action: 'withheld', reasons: ['attestation-mismatch'] },
    });
    expect(house.last().facts).not.toHaveProperty('output');
  });

  test('the register moves to another endpoint version meanwhile -> withheld', async () => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      const moved = aModelVersion({ endpoints: [aBinding({ endpointVersion: '4' })] });
      house.setRegister(aRegister({ modelVersions: [moved] }));
      return aResult();
    });
    expect(await faultOf(run(house))).toMatchObject({ code: 'attestation-mismatch' });
    expect(viewOf(house)).toMatchObject({ state: 'failed', err: 'attestation-mismatch' });
  });

  test('the same while the outcome is written -> withheld at the last look, and the case has failed', async () => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      const moved = aModelVersion({ endpoints: [aBinding({ endpointVersion: '4' })] });
      house.log.onNextAppend(() => house.setRegister(aRegister({ modelVersions: [moved] })));
      return aResult();
    });
    expect(await faultOf(run(house))).toMatchObject({ code: 'attestation-mismatch' });
    expect(house.last()).toMatchObject({ kind: 'case.release', facts: { err: 'attestation-mismatch' } });
    expect(viewOf(house)).toMatchObject({ state: 'failed', err: 'attestation-mismatch' });
    expect(viewOf(house)).not.toHaveProperty('shownInPart');
  });

  test('no version where the name alone is taken -> released, and the log says no version', async () => {
    const endpoints = [aNameOnlyBinding()];
    const house = createInferenceHouse({
      register: aRegister({ modelVersions: [aModelVersion({ endpoints })] }),
    });
    house.onInfer(() => {
      const { attestedVersion: _version, ...answer } = aResult();
      return answer;
    });
    await run(house);
    expect(house.last().facts.model).not.toHaveProperty('attested');
    expect(house.last().facts.release?.action).toBe('released');
  });
});

describe('the register goes away', () => {
  test('during the call -> closed as failed, nothing let out', async () => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      house.setRegister(GONE);
      return aResult();
    });
    expect(await faultOf(run(house))).toMatchObject({ code: 'register-unavailable', caseId: CASE });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(house.last().facts).toMatchObject({
      release: { action: 'withheld' },
      err: 'register-unavailable',
    });
    expect(house.last().facts).not.toHaveProperty('output');
  });

  test('while the outcome is being written -> held back, on record', async () => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      house.log.onNextAppend(() => house.setRegister(GONE));
      return aResult();
    });
    expect(await faultOf(run(house))).toMatchObject({ code: 'register-unavailable', caseId: CASE });
    expect(house.last()).toMatchObject({
      kind: 'case.release',
      facts: { release: { action: 'withheld' }, err: 'register-unavailable' },
    });
  });
});

describe('the case log takes an entry or nothing runs', () => {
  const steps = ['intent', 'outcome'] as const;
  const rows = steps.flatMap((step, passes) =>
    (['fails', 'fails-but-written'] as const).map((mode) => ({ step, passes, mode })),
  );
  test.each(rows)('$step $mode -> nothing is let out', async ({ step, passes, mode }) => {
    const house = createInferenceHouse();
    house.log.behave(mode, passes);
    expect(await faultOf(run(house))).toMatchObject({ code: 'case-log-unavailable', caseId: CASE });
    expect(house.calls).toHaveLength(step === 'intent' ? 0 : 1);
    const written = mode === 'fails' ? steps.slice(0, passes) : steps.slice(0, passes + 1);
    expect(house.kinds()).toEqual(written.map((name) => `case.${name}`));
    expect(house.livingTokens.size).toBe(0);
    expect(house.deps.inFlight.has(CASE)).toBe(false);
  });

  test.each(['fails', 'fails-but-written'] as const)(
    'refusal %s -> 503, not a plain refusal',
    async (mode) => {
      const house = createInferenceHouse({ register: STOPPED });
      house.log.behave(mode);
      expect(await faultOf(run(house))).toMatchObject({ code: 'case-log-unavailable', caseId: CASE });
      expect(house.calls).toHaveLength(0);
    },
  );

  test.each(['fails', 'fails-but-written'] as const)('failure of the endpoint %s -> 503', async (mode) => {
    const house = createInferenceHouse();
    house.onInfer(() => ({ kind: 'failed', failure: 'timeout', durationMs: 1 }));
    house.log.behave(mode, 1);
    expect(await faultOf(run(house))).toMatchObject({ code: 'case-log-unavailable', caseId: CASE });
  });

  test.each(['fails', 'fails-but-written'] as const)(
    'withdrawal at the last look %s -> 503',
    async (mode) => {
      const house = createInferenceHouse();
      house.onInfer(() => {
        house.log.onNextAppend(() => {
          house.setRegister(STOPPED);
          house.log.behave(mode);
        });
        return aResult();
      });
      expect(await faultOf(run(house))).toMatchObject({ code: 'case-log-unavailable', caseId: CASE });
    },
  );
});
