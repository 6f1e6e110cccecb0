import { GatewayError, RegisterUnavailable, UpstreamFault } from '../../src/domain/errors.ts';
import type { InferenceFailure } from '../../src/flows/ports-inference.ts';
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
  shippedPolicy,
  versionString,
} from '../fakes/register-builder.ts';

const CASE = aCaseId(1);

function run(
  house: Pick<InferenceHouse, 'deps'>,
  request = aRequest(),
  signal = new AbortController().signal,
): ReturnType<typeof runInference> {
  return runInference(house.deps, request, signal);
}

describe('a permitted call', () => {
  test('intent is durable before the endpoint is called, the outcome before the result is let out', async () => {
    const house = createInferenceHouse();
    const order: string[] = [];
    house.onInfer(() => {
      order.push(`infer after ${house.kinds().join()}`);
      return aResult();
    });
    const result = await run(house);
    order.push(`result after ${house.kinds().join()}`);
    expect(order).toEqual(['infer after case.intent', 'result after case.intent,case.outcome']);
    expect(result).toEqual({
      again: expect.any(Function),
      kind: 'result',
      caseId: CASE,
      receipt: { seq: 1, id: 'id-1:end', leaf: house.last().leaf },
      function: 'detection',
      body: { model_name: 'nodules', model_version: '3', outputs: [] },
    });
  });

  test('both entries say what the case stands on', async () => {
    const house = createInferenceHouse();
    await run(house);
    const [intent, outcome] = house.log.all();
    expect(intent).toMatchObject({
      id: 'id-1',
      caseId: CASE,
      facts: {
        function: 'detection',
        site: 'general',
        irmerDuty: 'practitioner',
        study: { modality: ['CT'], inputFrom: 'study', inputVerified: true },
        auth: { method: 'saml', assurance: 3 },
        credential: { id: 'rc-ai', status: 'current' },
        approval: { id: 'approval-1', mode: 'independent' },
        model: { id: 'lung-nodule', version: '2.1.0', endpoint: 'nodules@3', attestation: 'reply' },
        policy: { id: 'uk-pathway-2025' },
        decision: { result: 'permit', reasons: [], at: NOW, registerSeq: 1 },
      },
      personal: { user: 'radiologist', patientId: 'P-1', studyUid: aStudy().studyInstanceUid },
    });
    expect(outcome).toMatchObject({
      caseId: CASE,
      intent: 'id-1',
      facts: {
        model: { id: 'lung-nodule', version: '2.1.0', attested: 'nodules@3' },
        release: { action: 'released', reasons: [] },
        output: { digest: aResult().digest, codes: ['nodule'], scoreMicro: 750_000, positive: true },
        timing: { endpointMs: 42 },
      },
    });
    expect(outcome?.facts).not.toHaveProperty('err');
  });

  test('the endpoint may read exactly this study, for exactly this call', async () => {
    const house = createInferenceHouse();
    house.onInfer(({ studyAccess }) => {
      expect(studyAccess).toEqual({
        dicomwebUrl: 'http://gateway.test/dicom-web',
        token: `token-of-${CASE}`,
      });
      expect([...house.livingTokens]).toEqual([`token-of-${CASE}`]);
      return aResult();
    });
    await run(house);
    expect(house.livingTokens.size).toBe(0);
  });

  test('counters are told once the outcome stands, and nothing waits for them', async () => {
    const house = createInferenceHouse();
    const seen: string[] = [];
    const count = (): void => void seen.push(house.kinds().join());
    await run({ deps: { ...house.deps, drift: { count } } });
    expect(seen).toEqual(['case.intent,case.outcome']);
  });

  test('a case counts as under way until its result is out', async () => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      expect(house.deps.inFlight.has(CASE)).toBe(true);
      return aResult();
    });
    await run(house);
    expect(house.deps.inFlight.has(CASE)).toBe(false);
  });

  test('input of the caller: no study token, digest and "not verified" on record', async () => {
    const binding = aBinding({ input: 'caller' });
    const policy = { ...shippedPolicy(), callerInputAllowed: true };
    const register = aRegister({ modelVersions: [aModelVersion({ endpoints: [binding] })], policy });
    const house = createInferenceHouse({ register });
    const inputDigest = `sha256:${'1'.repeat(64)}`;
    await run(house, aRequest({ input: 'caller', inputDigest, payload: { kind: 'oip-infer', inputs: [] } }));
    expect(house.calls[0]).not.toHaveProperty('studyAccess');
    expect(house.last().facts.study).toMatchObject({
      inputDigest,
      inputFrom: 'caller',
      inputVerified: false,
    });
  });
});

describe('a refused call', () => {
  test('is on record with every reason, and the endpoint is not called', async () => {
    const stop = { id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' };
    const house = createInferenceHouse({ register: aRegister({ approvals: [], stopUses: [stop] }) });
    const fault = await faultOf(run(house));
    expect(fault).toMatchObject({ code: 'not-permitted', caseId: CASE });
    const codes = fault.reasons.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['approval-missing', 'stop-use']));
    expect(house.kinds()).toEqual(['case.refused']);
    expect(house.last()).toMatchObject({
      caseId: CASE,
      facts: { decision: { result: 'deny', reasons: codes } },
    });
    expect(house.calls).toHaveLength(0);
    expect(house.counts()).toBe(1);
  });

  test('a version nobody knows is refused on record, not "not found"', async () => {
    const house = createInferenceHouse();
    const fault = await faultOf(run(house, aRequest({ version: versionString('9.9') })));
    expect(fault.reasons.map(({ code }) => code)).toContain('model-unknown');
    expect(house.kinds()).toEqual(['case.refused']);
  });

  test.each([
    ['nobody is signed in', {}],
    ['a study token is shown in place of a session', { bearerToken: 'study-token' }],
  ])('%s -> not-identified, no case', async (_name, evidence) => {
    const reader = { kind: 'study-reader', studyInstanceUid: '1.2', caseId: CASE, expiresAt: NOW } as const;
    const house = createInferenceHouse({ people: { 'study-token': reader } });
    expect(await faultOf(run(house, aRequest({ evidence })))).toMatchObject({ code: 'not-identified' });
    expect(house.kinds()).toEqual([]);
  });

  test.each([
    ['away', new UpstreamFault('upstream-unreachable', 'pacs'), 'upstream-unreachable'],
    ['without such a study', new GatewayError('not-found', { detail: 'No such study.' }), 'not-found'],
    ['broken', new Error('socket hang up'), 'internal'],
  ])('PACS %s -> refused on record, the input checks fail closed', async (_name, study, code) => {
    const house = createInferenceHouse();
    house.setStudy(study);
    expect(await faultOf(run(house))).toMatchObject({ code, caseId: CASE });
    expect(house.kinds()).toEqual(['case.refused']);
    expect(house.last().facts).toMatchObject({ err: 'study-context', decision: { result: 'deny' } });
    expect(house.last().facts.decision?.reasons).toContain('context-missing');
    expect(house.calls).toHaveLength(0);
  });

  test('register unreadable -> nothing runs and nothing is promised', async () => {
    const house = createInferenceHouse();
    house.setRegister(new RegisterUnavailable('The register cannot be read.'));
    expect(await faultOf(run(house))).toMatchObject({ code: 'register-unavailable' });
    expect(house.kinds()).toEqual([]);
  });
});

describe('which function, where none is named', () => {
  const reads = aBinding({ function: 'detection', input: 'study' });
  const takes = aBinding({ function: 'quality-check', input: 'caller' });
  test.each([
    ['one function, its kind of input', [reads], 'study', 'detection'],
    ['two functions, the one that reads the study', [reads, takes], 'study', 'detection'],
    ['two functions, the one that takes tensors', [reads, takes], 'caller', 'quality-check'],
  ] as const)('%s -> %4$s', async (_name, endpoints, input, expected) => {
    const house = createInferenceHouse({
      register: aRegister({ modelVersions: [aModelVersion({ endpoints })] }),
    });
    await run(house, aRequest({ input })).catch(() => undefined);
    expect(house.log.all()[0]?.facts.function).toBe(expected);
  });

  test.each([
    ['two that read the study', [reads, aBinding({ function: 'triage' })], 'study'],
    ['none that takes tensors', [reads], 'caller'],
  ] as const)('%s -> 400 that names them, no case', async (_name, endpoints, input) => {
    const house = createInferenceHouse({
      register: aRegister({ modelVersions: [aModelVersion({ endpoints })] }),
    });
    const fault = await faultOf(run(house, aRequest({ input })));
    expect(fault.code).toBe('bad-request');
    for (const endpoint of endpoints) expect(fault.detail).toContain(endpoint.function);
    expect(house.kinds()).toEqual([]);
  });
});

describe('the endpoint fails: the case is closed as failed before anybody is told', () => {
  const kinds: readonly (readonly [InferenceFailure, string])[] = [
    ['unreachable', 'upstream-unreachable'],
    ['timeout', 'upstream-timeout'],
    ['bad-answer', 'upstream-bad-answer'],
    ['endpoint-error', 'model-failed'],
    ['unavailable', 'model-failed'],
    ['cancelled', 'upstream-timeout'],
    ['attestation-missing', 'attestation-mismatch'],
  ];
  test.each(kinds)('%s -> %s', async (failure, code) => {
    const house = createInferenceHouse();
    house.onInfer(() => ({ kind: 'failed', failure, durationMs: 12 }));
    expect(await faultOf(run(house))).toMatchObject({ code, caseId: CASE });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(house.last()).toMatchObject({
      intent: 'id-1',
      facts: { release: { action: 'withheld' }, timing: { endpointMs: 12 }, err: failure },
    });
    expect(house.last().facts).not.toHaveProperty('output');
    expect(house.counts()).toBe(1);
    expect(house.livingTokens.size).toBe(0);
  });

  test('the client throws where it must not -> failed all the same, token revoked', async () => {
    const house = createInferenceHouse();
    house.onInfer(() => {
      throw new Error('a bug');
    });
    expect(await faultOf(run(house))).toMatchObject({ code: 'internal', caseId: CASE });
    expect(house.last()).toMatchObject({ kind: 'case.outcome', facts: { err: 'internal' } });
    expect(house.livingTokens.size).toBe(0);
    expect(house.deps.inFlight.has(CASE)).toBe(false);
  });

  test('no study token is to be had -> failed, the endpoint is not called', async () => {
    const house = createInferenceHouse();
    house.refuseTokens();
    expect(await faultOf(run(house))).toMatchObject({ code: 'overloaded', caseId: CASE });
    expect(house.last()).toMatchObject({ kind: 'case.outcome', facts: { err: 'overloaded' } });
    expect(house.calls).toHaveLength(0);
  });
});
