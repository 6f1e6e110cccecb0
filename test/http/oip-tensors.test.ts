import { request as openRequest, type ClientRequest } from 'node:http';
import fc from 'fast-check';
import request from 'supertest';
import { listen } from '../fakes/chat-app.ts';
import { aCaseId, SESSION } from '../fakes/inference-house.ts';
import { openOipHouse, type OipHouse } from '../fakes/oip-house.ts';
import { rawBytes, rawHead, type PlainTensor } from '../fakes/raw-tensors.ts';
import { aStudy } from '../fakes/register-builder.ts';
import { anAnswer, json, sendRaw } from '../fakes/scripted-endpoint.ts';

const INFER = '/v2/models/lung-nodule/versions/2.1.0/infer';
const COOKIE = `__Host-countersign-session=${SESSION}`;
const STUDY = aStudy().studyInstanceUid;
const LENGTH = 'Inference-Header-Content-Length';
const IMAGE: PlainTensor = { name: 'x', datatype: 'UINT8', shape: [2, 3], data: [0, 1, 2, 3, 4, 5] };
const WORDS: PlainTensor = { name: 'w', datatype: 'BYTES', shape: [2], data: ['left', ''] };
const MASK: PlainTensor = { name: 'mask', datatype: 'INT16', shape: [3], data: [-1, 0, 1] };
const SCORE: PlainTensor = { name: 'score', datatype: 'FP32', shape: [1], data: [0.75] };

let at: OipHouse;
beforeEach(async () => {
  at = await openOipHouse();
  at.endpoint.answer((res) => json(res, anAnswer()));
});
afterEach(() => at.close());

const ofStudy = (more: object = {}): object => ({ parameters: { study_instance_uid: STUDY, ...more } });

interface Sent {
  readonly head: unknown;
  readonly raw?: Uint8Array;
  readonly length?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function post({ head, raw = Buffer.alloc(0), length, headers = {} }: Sent): request.Test {
  const text = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head));
  return request(at.app)
    .post(INFER)
    .set({
      Cookie: COOKIE,
      'Content-Type': 'application/octet-stream',
      [LENGTH]: length ?? String(text.length),
      ...headers,
    })
    .buffer(true)
    .parse((res, done) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => done(null, Buffer.concat(chunks)));
    })
    .send(Buffer.concat([text, raw]));
}

const sound: Sent = {
  head: { id: 'mine', ...ofStudy(), inputs: [rawHead(IMAGE), rawHead(WORDS)] },
  raw: Buffer.concat([IMAGE, WORDS].map(rawBytes)),
};

const bodyOf = (answer: request.Response): Record<string, unknown> =>
  JSON.parse(String(answer.body)) as never;

describe('tensors behind the JSON', () => {
  test('reach the endpoint byte for byte, and the outcome has their digest', async () => {
    const answer = await post(sound).expect(200);
    expect(bodyOf(answer)).toMatchObject({ model_name: 'lung-nodule', model_version: '2.1.0', id: 'mine' });
    expect(at.endpoint.calls[0]?.raw).toEqual(sound.raw);
    expect(at.endpoint.calls[0]?.body).toEqual({ id: aCaseId(1), inputs: [rawHead(IMAGE), rawHead(WORDS)] });
    const [intent, outcome] = at.house.log.all().map(({ facts }) => facts.study);
    expect(intent).not.toHaveProperty('inputDigest');
    const inputDigest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
    expect(outcome).toMatchObject({ inputFrom: 'caller', inputVerified: false, inputDigest });
  });

  test('whatever their values', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const tensor: PlainTensor = { name: 'x', datatype: 'UINT8', shape: [bytes.length], data: [...bytes] };
        await post({ head: { ...ofStudy(), inputs: [rawHead(tensor)] }, raw: bytes }).expect(200);
        expect(at.endpoint.calls.at(-1)?.raw).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 15 },
    );
  });

  test('some in JSON, some behind it; the JSON alone; without a type', async () => {
    await post({ head: { ...ofStudy(), inputs: [IMAGE, rawHead(WORDS)] }, raw: rawBytes(WORDS) }).expect(200);
    await post({ head: { ...ofStudy(), inputs: [IMAGE] } }).expect(200);
    expect(at.endpoint.calls.map(({ raw }) => raw.length)).toEqual([rawBytes(WORDS).length, 0]);
  });
});

test('raw outputs: the JSON under the register’s names with the case, then the bytes, with both lengths', async () => {
  const raw = Buffer.concat([SCORE, MASK].map(rawBytes));
  at.endpoint.answer((res) =>
    sendRaw(res, anAnswer({ outputs: [rawHead(SCORE), rawHead(MASK)], parameters: { x: 1 } }), raw),
  );
  const answer = await post({
    ...sound,
    head: { ...(sound.head as object), ...ofStudy({ binary_data_output: true }) },
  });
  const bytes = answer.body as Buffer;
  const length = Number(answer.headers[LENGTH.toLowerCase()]);
  expect(JSON.parse(bytes.subarray(0, length).toString())).toEqual({
    model_name: 'lung-nodule',
    model_version: '2.1.0',
    id: 'mine',
    parameters: { case_id: aCaseId(1), log_index: expect.any(Number), function: 'detection' },
    outputs: [rawHead(SCORE), rawHead(MASK)],
  });
  expect(bytes.subarray(length)).toEqual(raw);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-length': String(bytes.length),
    'cache-control': 'no-store',
    'case-id': aCaseId(1),
  });
  expect(at.house.kinds()).toEqual(['case.intent', 'case.release', 'case.outcome']);
  expect(at.house.last().facts).toMatchObject({
    output: { scoreMicro: 750_000 },
    study: { inputDigest: expect.any(String) },
  });
});

test('another version answers with raw outputs: nothing of them is let out', async () => {
  const raw = rawBytes(SCORE);
  at.endpoint.answer((res) => sendRaw(res, anAnswer({ model_version: '4', outputs: [rawHead(SCORE)] }), raw));
  const answer = await post({
    ...sound,
    head: { ...(sound.head as object), ...ofStudy({ binary_data_output: true }) },
  });
  expect(answer.status).toBe(502);
  expect(bodyOf(answer)).toMatchObject({ code: 'attestation-mismatch', case_id: aCaseId(1) });
  expect(at.house.last().facts).toMatchObject({
    err: 'attestation-mismatch',
    release: { action: 'withheld' },
  });
});

const inputs = [rawHead(IMAGE)];
const sized = (size: unknown): object => ({ ...rawHead(IMAGE), parameters: { binary_data_size: size } });

describe('refused before anything is decided', () => {
  test.each<[string, Sent, number]>([
    ['a length that is a word', { ...sound, length: 'all' }, 400],
    ['a negative length', { ...sound, length: '-5' }, 400],
    ['a length of 0: a tensor without a name', { ...sound, length: '0' }, 400],
    ['two lengths in one', { ...sound, length: '5, 5' }, 400],
    ['a length beyond the body', { ...sound, length: '500000' }, 400],
    ['a length beyond what is read', { ...sound, length: '2000000' }, 413],
    ['a length that cuts the JSON', { ...sound, length: '20' }, 400],
    ['JSON that is none', { head: '{"inputs":[' }, 400],
    ['JSON that nests too deep', { head: `{"inputs":${'['.repeat(101)}${']'.repeat(101)}}` }, 400],
    ['no tensors named', { head: ofStudy(), raw: Buffer.alloc(4) }, 400],
    ['no inputs at all', { head: ofStudy() }, 400],
    ['fewer bytes than named', { head: { ...ofStudy(), inputs }, raw: Buffer.alloc(5) }, 400],
    ['more bytes than named', { head: { ...ofStudy(), inputs }, raw: Buffer.alloc(7) }, 400],
    [
      'a size that lies about the shape',
      { head: { ...ofStudy(), inputs: [sized(7)] }, raw: Buffer.alloc(7) },
      400,
    ],
    ['a negative size', { head: { ...ofStudy(), inputs: [sized(-6)] } }, 400],
    ['a size that is a text', { head: { ...ofStudy(), inputs: [sized('6')] } }, 400],
    [
      'a size and data',
      { head: { ...ofStudy(), inputs: [{ ...sized(6), data: [1] }] }, raw: Buffer.alloc(6) },
      400,
    ],
    [
      'neither size nor data',
      { head: { ...ofStudy(), inputs: [{ name: 'x', datatype: 'UINT8', shape: [6] }] } },
      400,
    ],
    [
      'a tensor twice',
      { head: { ...ofStudy(), inputs: [...inputs, ...inputs] }, raw: Buffer.alloc(12) },
      400,
    ],
    [
      'tensors larger than are taken',
      { head: { ...ofStudy(), inputs: [{ ...sized(20_000_000), shape: [20_000_000] }] } },
      413,
    ],
    [
      'shared memory',
      { head: { ...ofStudy(), inputs: [{ ...rawHead(IMAGE), parameters: { shared_memory_region: 'r' } }] } },
      403,
    ],
    [
      'a parameter that steers the server',
      { head: { parameters: { study_instance_uid: STUDY, priority: 1 }, inputs } },
      403,
    ],
    ['no study', { head: { inputs }, raw: rawBytes(IMAGE) }, 400],
    ['a packed body', { ...sound, headers: { 'Content-Encoding': 'gzip' } }, 415],
  ])('%s -> %3$i', async (_name, sent, status) => {
    const answer = await post(sent);
    expect(answer.status).toBe(status);
    expect(bodyOf(answer)).toMatchObject({ error: expect.stringMatching(/\.$/), reasons: [] });
    expect(at.house.kinds()).toEqual([]);
    expect(at.endpoint.calls).toHaveLength(0);
  });
});

/** A request whose body is sent by hand. */
async function begin(
  length: number | undefined,
  head: unknown,
): Promise<{
  readonly req: ClientRequest;
  readonly answer: Promise<{ readonly status: number; readonly text: string }>;
  readonly close: () => Promise<void>;
}> {
  const { url, close } = await listen(at.app);
  const text = Buffer.from(JSON.stringify(head));
  const sizes = length === undefined ? {} : { 'Content-Length': text.length + length };
  const headers = {
    Cookie: COOKIE,
    'Content-Type': 'application/octet-stream',
    [LENGTH]: text.length,
    ...sizes,
  };
  const req = openRequest(`${url}${INFER}`, { method: 'POST', headers });
  const answer = new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    req.once('error', reject);
    req.once('response', (res) => {
      let said = '';
      res.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
      res.once('end', () => resolve({ status: res.statusCode ?? 0, text: said }));
    });
  });
  req.write(text);
  return { req, answer, close };
}

describe('a body that goes wrong on its way', () => {
  test.each([
    ['chunked, fewer bytes than named', { ...ofStudy(), inputs }, Buffer.alloc(5), 'too early'],
    ['chunked, more bytes than named', { ...ofStudy(), inputs }, Buffer.alloc(7), 'more bytes'],
    ['texts whose lengths lie', { ...ofStudy(), inputs: [rawHead(WORDS)] }, Buffer.alloc(12, 9), 'lengths'],
  ])('%s -> 400 with the case, and the endpoint got no whole call', async (_name, head, raw, words) => {
    const { req, answer, close } = await begin(undefined, head);
    req.end(raw);
    const { status, text } = await answer;
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      code: 'bad-request',
      case_id: aCaseId(1),
      error: expect.stringContaining(words),
    });
    expect(at.house.last().facts).toMatchObject({ err: 'bad-request' });
    expect(at.endpoint.calls).toHaveLength(0);
    await close();
  });

  test('whoever sends it hangs up -> the case says cancelled', async () => {
    const { req, answer, close } = await begin(6, { ...ofStudy(), inputs });
    req.write(Buffer.alloc(2));
    while (at.house.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    req.destroy();
    await expect(answer).rejects.toThrow();
    while (at.house.kinds().length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(at.house.last()).toMatchObject({
      kind: 'case.outcome',
      facts: { err: 'cancelled' },
    });
    await close();
  });

  test('a refusal comes without the tensors having been read', async () => {
    at.house.setStudy(aStudy({ modalities: ['MR'] }));
    const { answer, req, close } = await begin(6, { ...ofStudy(), inputs });
    const { status } = await answer;
    expect(status).toBe(403);
    expect(at.house.kinds()).toEqual(['case.refused']);
    req.destroy();
    await close();
  });
});

test('a login sends so many at once and no more', async () => {
  const open = await Promise.all(Array.from({ length: 8 }, () => begin(6, { ...ofStudy(), inputs })));
  for (const one of open) one.answer.catch(() => undefined);
  while (at.house.calls.length < 8) await new Promise((resolve) => setImmediate(resolve));
  const answer = await post(sound);
  expect(answer.status).toBe(503);
  expect(bodyOf(answer)).toMatchObject({ code: 'overloaded' });
  for (const { req, close } of open) {
    req.destroy();
    await close();
  }
});
