import { createHash } from 'node:crypto';
import { parseCaseId, type CaseId } from '../../src/domain/identifiers.ts';
import type { EndpointBinding } from '../../src/domain/register.ts';
import type { InferenceAnswer, InferenceCall } from '../../src/flows/ports-inference.ts';
import { createOipClient } from '../../src/upstreams/oip-client.ts';
import { aBinding, studyUid } from '../fakes/register-builder.ts';
import { anAnswer, json, startScriptedEndpoint, type ScriptedEndpoint } from '../fakes/scripted-endpoint.ts';

const MAX_ANSWER_BYTES = 20_000;
const CASE = parseCaseId('c-00000000-0000-4000-8000-000000000001') as CaseId;
const STUDY = studyUid('1.2.3');

const client = createOipClient({ maxAnswerBytes: MAX_ANSWER_BYTES, maxTensorBytes: 1_000_000 });
let endpoint: ScriptedEndpoint;
beforeEach(async () => {
  endpoint = await startScriptedEndpoint();
});
afterEach(() => endpoint.close());
afterAll(() => client.close());

function infer(
  changes: Partial<EndpointBinding> = {},
  call: Partial<InferenceCall> = {},
  signal = new AbortController().signal,
): Promise<InferenceAnswer> {
  const binding = aBinding({ baseUrl: endpoint.baseUrl, input: 'caller', ...changes });
  const inputs = [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }];
  const payload = { kind: 'oip-infer', inputs } as const;
  return client.infer({ binding, caseId: CASE, study: STUDY, payload, ...call }, signal);
}

describe('what is sent', () => {
  beforeEach(() => endpoint.answer((res) => json(res, anAnswer())));

  test('always the exact version, percent-encoded, with the case id', async () => {
    await infer({ endpointModel: 'lung nodule/ä', endpointVersion: 'v1.0' });
    expect(endpoint.calls).toHaveLength(1);
    const [call] = endpoint.calls;
    expect(call?.method).toBe('POST');
    expect(call?.url).toBe('/v2/models/lung%20nodule%2F%C3%A4/versions/v1.0/infer');
    expect(call?.headers).toMatchObject({ 'case-id': CASE, accept: 'application/json' });
    expect(call?.headers).not.toHaveProperty('authorization');
    expect(call?.headers).toMatchObject({ connection: 'keep-alive', 'accept-encoding': 'identity' });
  });

  test('a base URL with a path keeps it', async () => {
    await infer({ baseUrl: `${endpoint.baseUrl}/serving` });
    expect(endpoint.calls[0]?.url).toBe('/serving/v2/models/nodules/versions/3/infer');
  });

  test.each(['', '.', '..'])(
    'a version of %p would name another resource, so nothing is sent',
    async (version) => {
      expect(await infer({ endpointVersion: version })).toMatchObject({ failure: 'unreachable' });
      expect(endpoint.calls).toHaveLength(0);
    },
  );

  test('input study: where to read it and the key, nothing of the caller', async () => {
    const inputs = [{ name: 'smuggled' }];
    const payload = { kind: 'oip-infer', inputs, outputs: [{ name: 'text' }] } as const;
    const studyAccess = { dicomwebUrl: 'http://gateway/dicom-web', token: 'key' };
    await infer({ input: 'study' }, { payload, studyAccess });
    expect(endpoint.calls[0]?.body).toEqual({
      id: CASE,
      parameters: {
        study_instance_uid: STUDY,
        dicomweb_url: 'http://gateway/dicom-web',
        dicomweb_token: 'key',
      },
      inputs: [],
    });
  });

  test('input caller: the tensors and no parameters', async () => {
    const inputs = [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }];
    await infer({}, { payload: { kind: 'oip-infer', inputs } });
    expect(endpoint.calls[0]?.body).toEqual({ id: CASE, inputs });
  });

  test('outputs asked for: score and finding are asked for too', async () => {
    await infer(
      {},
      {
        payload: { kind: 'oip-infer', inputs: [], outputs: [{ name: 'mask' }, { name: 'score' }] },
      },
    );
    expect(endpoint.calls[0]?.body).toMatchObject({
      outputs: [{ name: 'mask' }, { name: 'score' }, { name: 'finding' }],
    });
  });
});

test('a sound answer: attested names, digest over the bytes, score and finding', async () => {
  const bytes = JSON.stringify(
    anAnswer({ id: CASE, parameters: { weights: 'x' }, note: 'not of the protocol' }),
  );
  endpoint.answer((res) => json(res, bytes));
  const answer = await infer();
  expect(answer).toEqual({
    kind: 'result',
    attestedModel: 'nodules',
    attestedVersion: '3',
    body: {
      model_name: 'nodules',
      model_version: '3',
      outputs: anAnswer()['outputs'],
    },
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    length: bytes.length,
    score: 0.75,
    finding: 'nodule',
    durationMs: expect.any(Number),
  });
});

const output = (name: string, datatype: string, shape: readonly number[], data: unknown): unknown =>
  ({ name, datatype, shape, data }) as const;
const finding = output('finding', 'BYTES', [1], ['nodule']);

test.each([
  ['nested FP64', output('score', 'FP64', [1, 2], [[0.25, 0.75]]), 0.25],
  ['whole number', output('score', 'INT64', [1], [1]), 1],
  ['zero', output('score', 'FP32', [1], [0]), 0],
  ['absent beside a finding: no score', output('other', 'FP32', [1], [7]), undefined],
])('score: %s', async (_name, score, expected) => {
  endpoint.answer((res) => json(res, anAnswer({ outputs: [score, finding] })));
  const answer = await infer();
  expect(answer).toMatchObject({ kind: 'result', finding: 'nodule' });
  expect('score' in answer ? answer.score : undefined).toBe(expected);
});

test.each([
  ['no JSON', 'oops'],
  ['not UTF-8', JSON.stringify(anAnswer()).replace('nodule', 'nod\xffle')],
  ['an array', []],
  ['null', null],
  ['no outputs', anAnswer({ outputs: undefined })],
  ['no model name', anAnswer({ model_name: undefined })],
  ['a model name of two lines', anAnswer({ model_name: 'a\nb' })],
  ['a version that is a number', anAnswer({ model_version: 3 })],
  ['a version of 200 characters', anAnswer({ model_version: 'v'.repeat(200) })],
  ['the id of another call', anAnswer({ id: 'c-other' })],
  ['neither score nor finding', anAnswer({ outputs: [output('mask', 'UINT8', [1], [1])] })],
  ['score above 1', anAnswer({ outputs: [output('score', 'FP32', [1], [1.01])] })],
  ['score below 0', anAnswer({ outputs: [output('score', 'FP32', [1], [-0.1])] })],
  ['score that is a text', anAnswer({ outputs: [output('score', 'BYTES', [1], ['0.5'])] })],
  ['score without elements', anAnswer({ outputs: [output('score', 'FP32', [0], []), finding] })],
  ['finding that is a number', anAnswer({ outputs: [output('finding', 'FP32', [1], [0.5])] })],
  ['fewer elements than the shape', anAnswer({ outputs: [output('score', 'FP32', [2], [0.5])] })],
  ['elements of another datatype', anAnswer({ outputs: [finding, output('n', 'UINT8', [1], [256])] })],
  ['integers JSON cannot hold', anAnswer({ outputs: [finding, output('n', 'UINT64', [1], [2 ** 53])] })],
  ['infinity', JSON.stringify(anAnswer()).replace('0.75', '1e999')],
  ['a datatype of nobody', anAnswer({ outputs: [finding, output('n', 'FP8', [1], [1])] })],
  ['an output twice', anAnswer({ outputs: [finding, finding] })],
  ['binary output in place of data', anAnswer({ outputs: [output('score', 'FP32', [1], undefined)] })],
  ['nesting of 5000 levels', `${'['.repeat(5000)}${']'.repeat(5000)}`],
  [
    'a sound tensor of 150 levels',
    JSON.stringify(anAnswer()).replace('[0.75]', `${'['.repeat(150)}0.75${']'.repeat(150)}`),
  ],
])('unreadable: %s -> bad-answer', async (_name, body) => {
  endpoint.answer((res) => {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'latin1'));
  });
  expect(await infer()).toEqual({ kind: 'failed', failure: 'bad-answer', durationMs: expect.any(Number) });
});

describe('attestation', () => {
  test.each([
    ['left out', undefined],
    ['null', null],
    ['empty', ''],
  ])('version %s -> attestation-missing', async (_name, version) => {
    endpoint.answer((res) => json(res, anAnswer({ model_version: version })));
    expect(await infer()).toMatchObject({ kind: 'failed', failure: 'attestation-missing' });
  });

  test('version left out where the name alone is taken -> result without a version', async () => {
    endpoint.answer((res) => json(res, anAnswer({ model_version: undefined })));
    const answer = await infer({ attestation: 'name-only' });
    expect(answer).toMatchObject({ kind: 'result', attestedModel: 'nodules' });
    expect(answer).not.toHaveProperty('attestedVersion');
  });

  test('another version is passed on as it was said: whether it fits is decided, not guessed here', async () => {
    endpoint.answer((res) => json(res, anAnswer({ model_version: '4' })));
    expect(await infer()).toMatchObject({ kind: 'result', attestedVersion: '4' });
  });
});

describe('an endpoint in trouble', () => {
  test.each([
    ['500', 500, 'endpoint-error'],
    ['400 with an error', 400, 'endpoint-error'],
    ['404', 404, 'endpoint-error'],
    ['503', 503, 'unavailable'],
    ['202', 202, 'bad-answer'],
  ])('%s', async (_name, status, failure) => {
    endpoint.answer((res) => json(res, anAnswer({ error: 'patient SMITH is not in my table' }), status));
    const answer = await infer();
    expect(answer).toMatchObject({ kind: 'failed', failure });
    expect(JSON.stringify(answer)).not.toContain('SMITH');
  });

  test('a redirect is not followed', async () => {
    endpoint.answer((res) => void res.writeHead(307, { location: `${endpoint.baseUrl}/elsewhere` }).end());
    expect(await infer()).toMatchObject({ failure: 'bad-answer' });
    expect(endpoint.calls).toHaveLength(1);
  });

  test('another content type -> bad-answer', async () => {
    endpoint.answer(
      (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(anAnswer())),
    );
    expect(await infer()).toMatchObject({ failure: 'bad-answer' });
  });

  test('longer than is read -> bad-answer', async () => {
    endpoint.answer((res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify(anAnswer({ note: 'x'.repeat(MAX_ANSWER_BYTES) })));
    });
    expect(await infer()).toMatchObject({ failure: 'bad-answer' });
  });

  test('endless -> bad-answer, and the connection is dropped', async () => {
    const dropped = new Promise<void>((resolve) => {
      endpoint.answer((res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        const more = (): void => {
          if (!res.destroyed) res.write(' '.repeat(4096), more);
        };
        res.on('close', resolve);
        more();
      });
    });
    expect(await infer()).toMatchObject({ failure: 'bad-answer' });
    await dropped;
  });

  test('cut in the middle -> bad-answer', async () => {
    endpoint.answer((res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      res.write('{"model_name":', () => res.destroy());
    });
    expect(await infer()).toMatchObject({ failure: 'bad-answer' });
  });

  test('hangs up without a word -> unreachable, and there is no second attempt', async () => {
    endpoint.answer((res) => res.destroy());
    expect(await infer()).toMatchObject({ failure: 'unreachable' });
    expect(endpoint.calls).toHaveLength(1);
  });

  test.each(['http://127.0.0.1:1', 'not a url', 'ftp://127.0.0.1'])('%s -> unreachable', async (baseUrl) => {
    expect(await infer({ baseUrl })).toMatchObject({ failure: 'unreachable' });
  });

  test('never answers -> timeout, as long as the binding says', async () => {
    endpoint.answer(() => undefined);
    const answer = await infer({ timeoutMs: 60 });
    expect(answer).toMatchObject({ failure: 'timeout' });
    expect(answer.durationMs).toBeGreaterThanOrEqual(50);
  });

  test('begins and never ends -> timeout', async () => {
    endpoint.answer((res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.write('{');
    });
    expect(await infer({ timeoutMs: 60 })).toMatchObject({ failure: 'timeout' });
  });
});

describe('the caller leaves', () => {
  test('before the call -> cancelled, nothing is sent', async () => {
    expect(await infer({}, {}, AbortSignal.abort())).toMatchObject({ failure: 'cancelled' });
    expect(endpoint.calls).toHaveLength(0);
  });

  test.each([
    ['while the endpoint thinks', false],
    ['while it answers', true],
  ])('%s -> cancelled, and the endpoint sees it', async (_name, begins) => {
    const leave = new AbortController();
    const dropped = new Promise<void>((resolve) => {
      endpoint.answer((res) => {
        res.on('close', resolve);
        if (begins)
          res.writeHead(200, { 'content-type': 'application/json' }).write('{', () => leave.abort());
        else leave.abort();
      });
    });
    expect(await infer({}, {}, leave.signal)).toMatchObject({ failure: 'cancelled' });
    await dropped;
  });
});
