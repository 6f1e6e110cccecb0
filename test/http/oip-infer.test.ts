import type { Express } from 'express';
import request from 'supertest';
import { CaseLogUnavailable, GatewayError } from '../../src/domain/errors.ts';
import type { InferenceRequest } from '../../src/flows/inference-case.ts';
import { inputDigestOf } from '../../src/domain/oip-input-digest.ts';
import {
  aCaseId,
  aResult,
  createInferenceHouse,
  SESSION,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import { flowsOf, oipApp } from '../fakes/oip-app.ts';
import { aBinding, aModelVersion, aRegister, aStudy, shippedPolicy } from '../fakes/register-builder.ts';

const INFER = '/v2/models/lung-nodule/versions/2.1.0/infer';
const STUDY = aStudy().studyInstanceUid;
const COOKIE = `__Host-countersign-session=${SESSION}`;
const CASE = aCaseId(1);
const TENSOR = { name: 'x', shape: [2], datatype: 'FP32', data: [0.5, 1] };

let house: InferenceHouse;
let app: Express;
beforeEach(() => {
  house = createInferenceHouse();
  app = oipApp(flowsOf(house));
});

function post(body: unknown, path = INFER): request.Test {
  return request(app)
    .post(path)
    .set('Cookie', COOKIE)
    .set('Content-Type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));
}

const onStudy = (more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  parameters: { study_instance_uid: STUDY },
  ...more,
});

/** Flows that keep the request they are given and answer well. */
function keepRequest(): { readonly seen: InferenceRequest[] } {
  const seen: InferenceRequest[] = [];
  app = oipApp({
    ...flowsOf(house),
    runInference: async (asked) => {
      seen.push(asked);
      const receipt = { seq: 7, id: 'id', leaf: 'leaf' };
      const again = () => Promise.reject(new Error('nothing is repeated here'));
      return { kind: 'result', caseId: CASE, receipt, function: 'detection', body: { outputs: [] }, again };
    },
  });
  return { seen };
}

describe('a permitted call', () => {
  test('that recommends doses says how they stand to the local levels', async () => {
    house.onInfer(() => aResult({ doses: [{ quantity: 'CTDIvol', unit: 'mGy', value: 15 }] }));
    const { body } = await post(onStudy());
    expect(body).toMatchObject({ parameters: { dose_exceeds: false, dose_without_level: true } });
    expect(body).toHaveProperty(
      'parameters.dose',
      '[{"quantity":"CTDIvol","unit":"mGy","value":15,"exceeds":false}]',
    );
  });

  test('answers in the protocol’s shape under the names of the register, with the case', async () => {
    const outputs = [{ name: 'score', shape: [1], datatype: 'FP32', data: [0.75] }];
    house.onInfer(() => aResult({ body: { model_name: 'nodules', model_version: '3', outputs } }));
    const answer = await post(onStudy({ id: 'mine' }));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      model_name: 'lung-nodule',
      model_version: '2.1.0',
      id: 'mine',
      parameters: { case_id: CASE, log_index: 1, function: 'detection' },
      outputs,
    });
    expect(answer.headers).toMatchObject({
      'case-id': CASE,
      'cache-control': 'no-store',
      'content-type': 'application/json',
    });
    expect(answer.text).not.toContain('nodules');
  });

  test.each([
    ['parameter', onStudy(), undefined],
    ['header', {}, STUDY],
    ['both the same', onStudy(), STUDY],
  ])('study by %s', async (_name, body, header) => {
    const { seen } = keepRequest();
    const call = header === undefined ? post(body) : post(body).set('Countersign-Study', header);
    await call.expect(200);
    expect(seen).toMatchObject([
      { study: STUDY, input: 'study', function: undefined, evidence: { sessionToken: SESSION } },
    ]);
    expect(seen[0]?.inputDigest).toBeUndefined();
  });

  test('with tensors the input is the caller’s, and only tensors and outputs go on', async () => {
    const { seen } = keepRequest();
    await post(onStudy({ id: 'mine', inputs: [TENSOR], outputs: [{ name: 'score' }] })).expect(200);
    expect(seen).toMatchObject([{ input: 'caller', inputDigest: inputDigestOf([TENSOR] as never) }]);
    expect(seen[0]?.payload).toEqual({
      kind: 'oip-infer',
      inputs: [TENSOR],
      outputs: [{ name: 'score' }],
    });
  });

  test('the function can be named', async () => {
    const { seen } = keepRequest();
    await post({ parameters: { study_instance_uid: STUDY, function: 'triage' } }).expect(200);
    expect(seen).toMatchObject([{ function: 'triage' }]);
  });

  test('caller’s tensors run through to the endpoint and the case', async () => {
    const endpoints = [aBinding({ input: 'caller' })];
    const policy = { ...shippedPolicy(), callerInputAllowed: true };
    house.setRegister(aRegister({ modelVersions: [aModelVersion({ endpoints })], policy }));
    await post(onStudy({ inputs: [TENSOR] })).expect(200);
    expect(house.calls[0]?.payload).toEqual({ kind: 'oip-infer', inputs: [TENSOR] });
    expect(house.last().facts.study?.inputDigest).toBe(inputDigestOf([TENSOR] as never));
  });
});

describe('refused', () => {
  test('403 with every reason and remedy in the sentence, and the case', async () => {
    house.setRegister(aRegister({ approvals: [] }));
    const answer = await post(onStudy());
    expect(answer.status).toBe(403);
    expect(answer.headers).toMatchObject({
      'case-id': CASE,
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'gateway-origin': 'gateway',
    });
    const [reason] = answer.body.reasons;
    expect(answer.body).toEqual({
      error: `${String(reason.text)} ${String(reason.remedy)}`,
      code: 'not-permitted',
      reasons: [{ code: 'approval-missing', text: expect.any(String), remedy: expect.any(String) }],
      case_id: CASE,
    });
  });

  test('nobody signed in -> 401, and the body is not even read', async () => {
    const answer = await request(app).post(INFER).set('Content-Type', 'application/json').send('{"broken');
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ error: 'Sign in to continue.', code: 'not-identified', reasons: [] });
    expect(house.kinds()).toEqual([]);
  });

  test.each([
    ['endpoint down', { kind: 'failed', failure: 'unreachable', durationMs: 1 }, 502, 'upstream-unreachable'],
    ['endpoint slow', { kind: 'failed', failure: 'timeout', durationMs: 1 }, 504, 'upstream-timeout'],
    ['another version', aResult({ attestedVersion: '4' }), 502, 'attestation-mismatch'],
  ] as const)('%s -> %i %s with the case', async (_name, result, status, code) => {
    house.onInfer(() => result);
    const answer = await post(onStudy());
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, case_id: CASE, error: expect.stringMatching(/\.$/) });
    expect(answer.body).not.toHaveProperty('outputs');
  });

  test.each([
    ['case log full', new CaseLogUnavailable('It is full.', undefined, CASE), 503, 'It is full.'],
    ['a bug', new Error('secret: hunter2'), 500, expect.not.stringContaining('hunter2')],
    ['a fault without words', new GatewayError('overloaded'), 503, 'The gateway is busy.'],
  ])('%s -> %i', async (_name, thrown, status, sentence) => {
    app = oipApp({ ...flowsOf(house), runInference: () => Promise.reject(thrown) });
    const answer = await post(onStudy());
    expect(answer.status).toBe(status);
    expect(answer.body.error).toEqual(sentence);
  });
});

describe('a call that cannot be understood', () => {
  const deep = `${'['.repeat(101)}${']'.repeat(101)}`;
  const parameters = { study_instance_uid: STUDY };
  test.each([
    ['no JSON', '{', 400],
    ['not an object', '"text"', 400],
    ['null inside', JSON.stringify(onStudy({ inputs: null })), 400],
    ['no study', {}, 400],
    ['a malformed study', { parameters: { study_instance_uid: '1.2.../../3' } }, 400],
    ['a function of nobody', { parameters: { ...parameters, function: 'view' } }, 400],
    ['an unknown parameter', { parameters: { ...parameters, threshold: 0.1 } }, 400],
    ['an unknown member', onStudy({ model: 'other' }), 400],
    ['__proto__ as a member', `{"parameters":{"study_instance_uid":"${STUDY}"},"__proto__":{"id":"x"}}`, 400],
    ['too few elements', onStudy({ inputs: [{ ...TENSOR, data: [1] }] }), 400],
    ['an element of another type', onStudy({ inputs: [{ ...TENSOR, data: ['a', 'b'] }] }), 400],
    ['a lone surrogate', `{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["\\ud800"]}]}`, 400],
    [
      'a name with a lone surrogate',
      `{"inputs":[{"name":"\\ud800","shape":[1],"datatype":"BOOL","data":[true]}]}`,
      400,
    ],
    ['a datatype of nobody', onStudy({ inputs: [{ ...TENSOR, datatype: 'FP8' }] }), 400],
    [
      'classification asked for',
      onStudy({ outputs: [{ name: 'x', parameters: { classification: 3 } }] }),
      400,
    ],
    ['nesting deeper than 100', `{"inputs":${deep}}`, 400],
    ['too large', onStudy({ id: 'x'.repeat(100_000) }), 413],
    [
      'binary_data_size without a tensor behind',
      onStudy({ inputs: [{ ...TENSOR, parameters: { binary_data_size: 8 } }] }),
      400,
    ],
    ['binary_data_output that is no boolean', { parameters: { ...parameters, binary_data_output: 1 } }, 400],
    ['an input twice', onStudy({ inputs: [TENSOR, TENSOR] }), 400],
    ['an output twice', onStudy({ outputs: [{ name: 'x' }, { name: 'x' }] }), 400],
    ...['shared_memory_region', 'shared_memory_offset'].map(
      (name) =>
        [
          `${name} on a tensor`,
          onStudy({ inputs: [{ ...TENSOR, parameters: { [name]: 1 } }] }),
          403,
        ] as const,
    ),
    ...['sequence_id', 'sequence_start', 'priority', 'timeout', 'headers', 'triton_enable'].map(
      (name) => [name, { parameters: { ...parameters, [name]: 1 } }, 403] as const,
    ),
  ] as const)('%s -> %3$i', async (_name, body, status) => {
    const { seen } = keepRequest();
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body).toMatchObject({ error: expect.any(String), code: expect.any(String), reasons: [] });
    expect(seen).toEqual([]);
  });

  test.each([
    ['text/plain', {}],
    ['application/octet-stream', {}],
    ['application/json', { 'Content-Encoding': 'gzip' }],
    ['application/octet-stream', { 'Inference-Header-Content-Length': '12', 'Content-Encoding': 'gzip' }],
    ['text/plain', { 'Inference-Header-Content-Length': '12' }],
  ])('content type %s with %j -> 415', async (type, headers) => {
    const answer = await post(onStudy()).set('Content-Type', type).set(headers);
    expect(answer.status).toBe(415);
    expect(answer.body.code).toBe('unsupported-media-type');
  });

  test('parameter and header name different studies -> 400', async () => {
    const answer = await post(onStudy()).set('Countersign-Study', '1.2.3');
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain('different studies');
  });

  test('the header twice -> 400, even when both say the same', async () => {
    const answer = await post({}).set('Countersign-Study', [STUDY, STUDY] as never);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain('once');
  });

  test.each([
    ['/v2/models/lung-nodule/infer', 'Name the exact version'],
    ['/v2/models/lung-nodule/versions/latest/infer', 'exact version'],
    ['/v2/models/lung-nodule/versions/a%2Fb/infer', 'exact version'],
    ['/v2/models/..%2F/versions/1/infer', 'model'],
  ])('%s -> 400', async (path, words) => {
    const answer = await post(onStudy(), path);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(words);
    expect(house.kinds()).toEqual([]);
  });
});
