import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { BadRequest } from '../../src/domain/errors.ts';
import type { EndpointBinding } from '../../src/domain/register.ts';
import type { InferenceAnswer } from '../../src/flows/ports-inference.ts';
import { createOipClient } from '../../src/upstreams/oip-client.ts';
import { aCall, bytesOf, CASE, eventsOf, rawTensors, streamOf } from '../fakes/oip-calls.ts';
import { rawBytes, rawHead, type PlainTensor } from '../fakes/raw-tensors.ts';
import { anAnswer, json, sendRaw, startScriptedEndpoint } from '../fakes/scripted-endpoint.ts';
import type { ScriptedEndpoint } from '../fakes/scripted-endpoint.ts';

const client = createOipClient({ maxAnswerBytes: 20_000, maxTensorBytes: 1_000_000 });
let endpoint: ScriptedEndpoint;
beforeEach(async () => {
  endpoint = await startScriptedEndpoint();
});
afterEach(() => endpoint.close());
afterAll(() => client.close());

const SCORE: PlainTensor = { name: 'score', datatype: 'FP32', shape: [1], data: [0.75] };
const FINDING: PlainTensor = { name: 'finding', datatype: 'BYTES', shape: [1], data: ['nodule'] };
const MASK: PlainTensor = { name: 'mask', datatype: 'UINT8', shape: [2, 3], data: [0, 1, 2, 3, 4, 5] };
const DOSE = { output: 'dose', quantity: 'CTDIvol', unit: 'mGy' } as const;
const INPUT = { name: 'x', datatype: 'UINT8', shape: [6], parameters: { binary_data_size: 6 } };

function infer(
  payload: Parameters<typeof aCall>[0],
  binding: Partial<EndpointBinding> = {},
  signal = new AbortController().signal,
): Promise<InferenceAnswer> {
  return client.infer(aCall(payload, { baseUrl: endpoint.baseUrl, ...binding }), signal);
}

const plain = (): Promise<InferenceAnswer> => infer({ kind: 'oip-infer', inputs: [], binaryOutput: true });

describe('tensors of the caller', () => {
  test('go behind the JSON, in pieces, with both lengths; the result has their digest', async () => {
    endpoint.answer((res) => json(res, anAnswer()));
    const tensors = rawTensors([Buffer.from('abc'), Buffer.from('def')]);
    const answer = await infer({ kind: 'oip-infer', inputs: [INPUT], outputs: [{ name: 'mask' }], tensors });
    const [call] = endpoint.calls;
    const head = JSON.stringify(call?.body);
    expect(call?.body).toMatchObject({ id: CASE, inputs: [INPUT] });
    expect(call?.raw.toString()).toBe('abcdef');
    expect(call?.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
      'content-length': String(head.length + 6),
    });
    expect(call?.headers).not.toHaveProperty('transfer-encoding');
    const inputDigest = `sha256:${createHash('sha256').update('abcdef').digest('hex')}`;
    expect(answer).toMatchObject({ kind: 'result', score: 0.75, inputDigest });
  });

  test('of a binding that reads the study: none of them is sent', async () => {
    endpoint.answer((res) => json(res, anAnswer()));
    const tensors = rawTensors([new Error('read')]);
    await infer({ kind: 'oip-infer', inputs: [INPUT], tensors }, { input: 'study' });
    expect(endpoint.calls[0]?.headers['content-type']).toBe('application/json');
  });

  test('that turn out malformed: the fault is the caller’s, and the endpoint never sees the end', async () => {
    endpoint.answer((res) => json(res, anAnswer()));
    const fault = new BadRequest('x has elements whose lengths do not add up.');
    const tensors = { ...rawTensors([Buffer.from('abc'), fault]), length: 6 };
    await expect(infer({ kind: 'oip-infer', inputs: [INPUT], tensors })).rejects.toBe(fault);
    expect(endpoint.calls).toHaveLength(0);
  });

  test('that stop coming -> timeout; whoever sends them leaves -> cancelled', async () => {
    const stuck = (async function* () {
      yield Buffer.from('abc');
      await new Promise(() => undefined);
    })();
    const tensors = { length: 6, digest: () => undefined, bytes: stuck };
    const payload = { kind: 'oip-infer', inputs: [INPUT], tensors } as const;
    expect(await infer(payload, { timeoutMs: 60 })).toMatchObject({ failure: 'timeout' });
    const leave = new AbortController();
    const asked = infer({ ...payload, tensors: { ...tensors, bytes: stuck } }, {}, leave.signal);
    leave.abort();
    expect(await asked).toMatchObject({ failure: 'cancelled' });
  });

  test('longer than their length says -> nothing is let out', async () => {
    endpoint.answer((res) => json(res, anAnswer()));
    const tensors = { ...rawTensors([Buffer.from('abcdef'), Buffer.from('more')]), length: 6 };
    expect(await infer({ kind: 'oip-infer', inputs: [INPUT], tensors })).toMatchObject({ kind: 'failed' });
  });
});

describe('asking for raw outputs', () => {
  beforeEach(() => endpoint.answer((res) => json(res, anAnswer())));

  test('of all: said as a parameter; score and finding stay in JSON where outputs are named', async () => {
    await infer({ kind: 'oip-infer', inputs: [], outputs: [{ name: 'mask' }], binaryOutput: true });
    expect(endpoint.calls[0]?.body).toEqual({
      id: CASE,
      parameters: { binary_data_output: true },
      inputs: [],
      outputs: [
        { name: 'mask' },
        { name: 'score', parameters: { binary_data: false } },
        { name: 'finding', parameters: { binary_data: false } },
      ],
    });
  });

  test.each([
    ['doses are recommended', { doseOutputs: [DOSE] }, ['mask', 'score', 'finding', 'dose']],
    ['an object is made of the answer', { writes: 'segmentation' }, ['mask', 'score', 'finding']],
    ['a draft is to be marked', { function: 'report-draft' }, ['mask', 'score', 'finding']],
  ] as const)('where %s: everything is asked for in JSON', async (_name, binding, names) => {
    const outputs = [{ name: 'mask', parameters: { binary_data: true } }];
    await infer({ kind: 'oip-infer', inputs: [], outputs, binaryOutput: true }, binding);
    const body = { id: CASE, inputs: [], outputs: names.map((name) => ({ name })) };
    expect(endpoint.calls[0]?.body).toEqual(body);
  });
});

const head = (outputs: readonly unknown[], more: object = {}): Readonly<Record<string, unknown>> =>
  anAnswer({ id: CASE, outputs, parameters: { secret: 'x' }, ...more });

test('raw outputs, wherever they are cut: the JSON with nothing but the protocol’s members, the bytes, then score and finding', async () => {
  const raw = Buffer.concat([MASK, SCORE, FINDING].map(rawBytes));
  const said = head([rawHead(MASK), rawHead(SCORE), rawHead(FINDING)]);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 600 }), async (pieceBytes) => {
      endpoint.answer((res) => sendRaw(res, said, raw, { pieceBytes }));
      const answer = await plain();
      const events = await eventsOf(answer);
      const { headers } = streamOf(answer);
      const length = Number(headers['inference-header-content-length']);
      const bytes = bytesOf(events);
      expect(JSON.parse(bytes.subarray(0, length).toString())).toEqual({
        model_name: 'nodules',
        model_version: '3',
        outputs: said['outputs'],
      });
      expect(events[0]).toMatchObject({ kind: 'piece', attestedModel: 'nodules', attestedVersion: '3' });
      expect(bytes.subarray(length)).toEqual(raw);
      expect(events.at(-1)).toEqual({
        kind: 'end',
        score: 0.75,
        finding: 'nodule',
        durationMs: expect.any(Number),
      });
      expect(answer).toMatchObject({ attestedModel: 'nodules', attestedVersion: '3' });
    }),
    { numRuns: 40 },
  );
});

test('score in JSON beside a raw mask', async () => {
  endpoint.answer((res) => sendRaw(res, head([SCORE, rawHead(MASK)]), rawBytes(MASK)));
  expect((await eventsOf(await plain())).at(-1)).toMatchObject({ kind: 'end', score: 0.75 });
});

test('the digest of the caller’s tensors comes with the end', async () => {
  endpoint.answer((res) => sendRaw(res, head([rawHead(SCORE)]), rawBytes(SCORE)));
  const tensors = rawTensors([Buffer.from('abcdef')]);
  const answer = await infer({ kind: 'oip-infer', inputs: [INPUT], tensors, binaryOutput: true });
  expect((await eventsOf(answer)).at(-1)).toMatchObject({ kind: 'end', inputDigest: tensors.digest() });
});

const raw = rawBytes(SCORE);
const sound = [rawHead(SCORE)];
const sized = (size: number): unknown => ({ ...rawHead(SCORE), parameters: { binary_data_size: size } });
const bad = (score: number): Buffer => rawBytes({ ...SCORE, data: [score] });

describe('nothing is let out of', () => {
  test.each<[string, (res: ServerResponse) => void, string?]>([
    ['a length of 0', (res) => sendRaw(res, head(sound), raw, { headLength: '0' })],
    ['a negative length', (res) => sendRaw(res, head(sound), raw, { headLength: '-1' })],
    ['a length that is a word', (res) => sendRaw(res, head(sound), raw, { headLength: 'all' })],
    ['a length beyond the answer', (res) => sendRaw(res, head(sound), raw, { headLength: '900000' })],
    ['a length beyond what is read', (res) => sendRaw(res, head(sound), raw, { headLength: '9000000' })],
    ['a length that cuts the JSON', (res) => sendRaw(res, head(sound), raw, { headLength: '20' })],
    ['a tensor of negative size', (res) => sendRaw(res, head([sized(-4)]), raw)],
    ['a tensor larger than its shape', (res) => sendRaw(res, head([sized(8)]), Buffer.concat([raw, raw]))],
    ['a tensor smaller than its shape', (res) => sendRaw(res, head([sized(2)]), raw)],
    [
      'tensors longer than are taken',
      (res) =>
        sendRaw(
          res,
          head([{ ...rawHead(MASK), shape: [2_000_000], parameters: { binary_data_size: 2_000_000 } }]),
          Buffer.alloc(10),
        ),
    ],
    [
      'an output twice',
      (res) => sendRaw(res, head([rawHead(SCORE), rawHead(SCORE)]), Buffer.concat([raw, raw])),
    ],
    [
      'an output with data and in raw form missing',
      (res) => sendRaw(res, head([{ name: 'score', shape: [1], datatype: 'FP32' }]), raw),
    ],
    [
      'fewer elements in JSON than the shape',
      (res) => sendRaw(res, head([{ ...SCORE, shape: [2] }, rawHead(FINDING)]), rawBytes(FINDING)),
    ],
    ['fewer bytes than it names', (res) => sendRaw(res, head(sound), raw.subarray(1))],
    ['more bytes than it names', (res) => sendRaw(res, head(sound), Buffer.concat([raw, raw]))],
    ['a score above 1', (res) => sendRaw(res, head(sound), bad(1.5))],
    ['a score that is no number', (res) => sendRaw(res, head(sound), bad(Number.NaN))],
    ['neither score nor finding', (res) => sendRaw(res, head([rawHead(MASK)]), rawBytes(MASK))],
    ['the answer to another call', (res) => sendRaw(res, head(sound, { id: 'c-other' }), raw)],
    [
      'no version',
      (res) => sendRaw(res, head(sound, { model_version: undefined }), raw),
      'attestation-missing',
    ],
    [
      'an error',
      (res) => void res.writeHead(500, { 'inference-header-content-length': '2' }).end('{}'),
      'endpoint-error',
    ],
  ])('%s', async (_name, send, failure = 'bad-answer') => {
    endpoint.answer(send);
    const answer = await plain();
    // A short answer is seen whole before its first piece is let out, but for the JSON.
    const events = answer.kind === 'stream' ? await eventsOf(answer) : [];
    const tensors = bytesOf(events.filter((_, at) => at > 0));
    expect(answer.kind === 'failed' ? answer : events.at(-1)).toMatchObject({ failure });
    expect(tensors).toHaveLength(0);
  });

  test.each([
    ['doses', { doseOutputs: [DOSE] }],
    ['an object to be made', { writes: 'tid1500' }],
    ['a draft', { function: 'report-draft' }],
  ] as const)('an endpoint with %s that answers in raw form all the same', async (_name, binding) => {
    endpoint.answer((res) => sendRaw(res, head(sound), raw));
    const payload = { kind: 'oip-infer', inputs: [], binaryOutput: true } as const;
    expect(await infer(payload, binding)).toMatchObject({ failure: 'bad-answer' });
  });
});

describe('in mid-answer', () => {
  const begin = (res: ServerResponse): void => {
    const said = JSON.stringify(head([rawHead(MASK), SCORE]));
    res.writeHead(200, {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': said.length,
      'content-length': said.length + 6,
    });
    res.write(said);
  };

  test('cut -> its last event says bad-answer', async () => {
    endpoint.answer((res) => {
      begin(res);
      res.write(Buffer.alloc(2), () => setImmediate(() => res.destroy()));
    });
    const answer = await plain();
    const end = answer.kind === 'failed' ? answer : (await eventsOf(answer)).at(-1);
    expect(end).toMatchObject({ failure: 'bad-answer' });
  });

  test('silent -> timeout', async () => {
    endpoint.answer((res) => {
      begin(res);
      res.write(Buffer.alloc(2));
    });
    const answer = await infer({ kind: 'oip-infer', inputs: [], binaryOutput: true }, { timeoutMs: 80 });
    const end = answer.kind === 'failed' ? answer : (await eventsOf(answer)).at(-1);
    expect(end).toMatchObject({ failure: 'timeout' });
  });

  test('left -> the endpoint sees it', async () => {
    const dropped = new Promise<void>((resolve) => {
      endpoint.answer((res) => {
        res.once('close', resolve);
        begin(res);
        res.write(Buffer.alloc(2));
        res.write(Buffer.alloc(2));
      });
    });
    const { events } = streamOf(await plain());
    const iterator = events[Symbol.asyncIterator]();
    expect(await iterator.return?.()).toMatchObject({ done: true });
    await dropped;
  });

  test('whoever reads leaves by the signal -> cancelled', async () => {
    const leave = new AbortController();
    endpoint.answer((res) => {
      begin(res);
      res.write(Buffer.alloc(2));
    });
    const payload = { kind: 'oip-infer', inputs: [], binaryOutput: true } as const;
    const answer = await infer(payload, {}, leave.signal);
    leave.abort();
    expect((await eventsOf(answer)).at(-1)).toMatchObject({ kind: 'end', failure: 'cancelled' });
  });
});
