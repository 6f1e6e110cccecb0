import type { EndpointBinding } from '../../src/domain/register.ts';
import { holdDeadlines } from '../fakes/held-deadlines.ts';
import { OUTPUTS } from '../fakes/torchserve-app.ts';
import {
  eventsOf,
  failureOf,
  startTorchserveCalls,
  type TorchserveCalls,
} from '../fakes/torchserve-calls.ts';
import { sayBytes, sayJson, type TorchserveFake } from '../fakes/torchserve-server.ts';

let server: TorchserveFake;
let infer: TorchserveCalls['infer'];
let close: TorchserveCalls['close'];

beforeEach(async () => {
  ({ server, infer, close } = await startTorchserveCalls());
});
afterEach(() => close());
afterEach(() => jest.restoreAllMocks());

describe('what comes of a reply', () => {
  test('a JSON object is the result, whether it says its type or not; it names no version', async () => {
    for (const type of [undefined, 'application/json; charset=UTF-8']) {
      server.answer((res) => sayJson(res, { score: 0.75, finding: 'nodule' }, 200, type));
      expect(await infer({ binding: OUTPUTS })).toEqual({
        ...{ kind: 'result', attestedModel: 'nodules', score: 0.75, finding: 'nodule' },
        body: { score: 0.75, finding: 'nodule' },
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        ...{ length: 33, durationMs: expect.any(Number) },
      });
    }
  });

  test.each([
    ['a list', '[1]', undefined, 'application/json'],
    ['a number', '0.5', 'application/json', 'application/json'],
    ['text', 'none', 'text/plain; charset=utf-8', 'text/plain'],
    ['an image', 'x', 'image/png', 'image/png'],
    ['bytes of no type', 'x', undefined, 'application/octet-stream'],
    ['a page', '<script>', 'text/html', 'application/octet-stream'],
    ['a drawing', '<svg/>', 'image/svg+xml', 'application/octet-stream'],
  ])('%s is passed on as it is', async (_name, text, type, contentType) => {
    server.answer((res) => sayJson(res, text, 200, type));
    const bytes = Buffer.from(text);
    expect(await infer()).toMatchObject({
      ...{ kind: 'result', body: {}, attestedModel: 'nodules', length: bytes.length },
      files: [{ name: 'prediction', contentType, bytes }],
    });
  });

  test.each<[string, Partial<EndpointBinding>, unknown, string | undefined]>([
    ['nothing', {}, '', undefined],
    ['JSON that is none', {}, '{', 'application/json'],
    ['nesting without end', {}, `{"a":${'['.repeat(400)}${']'.repeat(400)}}`, 'application/json'],
    ['no score where one is named', OUTPUTS, {}, undefined],
    ['a score above one', OUTPUTS, { score: 75 }, undefined],
    ['a finding that is none', OUTPUTS, { finding: 3 }, undefined],
    ['a file where a score is named', OUTPUTS, 'x', 'image/png'],
    ['a list where a score is named', OUTPUTS, [{ score: 0.5 }], undefined],
    ['more than is held where a score is named', OUTPUTS, { score: 0.5, x: 'x'.repeat(2_000) }, undefined],
    ['more than is passed on', {}, 'x'.repeat(20_000), 'text/plain'],
  ])('%s is no result', async (_name, binding, body, type) => {
    server.answer((res) => sayJson(res, body, 200, type));
    const answer = await infer({ binding });
    if (answer.kind !== 'stream') expect(failureOf(answer)).toBe('bad-answer');
    else expect((await eventsOf(answer)).at(-1)).toMatchObject({ kind: 'end', failure: 'bad-answer' });
  });

  test('a packed one is no result', async () => {
    server.answer((res) => void res.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
    expect(failureOf(await infer())).toBe('bad-answer');
  });
});

describe('a report draft', () => {
  const binding = { function: 'report-draft' } as const;

  test('is text that begins with the mark', async () => {
    server.answer((res) => sayJson(res, 'No nodule.'));
    const answer = await infer({ binding });
    expect(answer).toMatchObject({ kind: 'result', textDigest: expect.stringMatching(/^sha256:/) });
    const [file] = answer.kind === 'result' ? (answer.files ?? []) : [];
    expect(file?.contentType).toBe('text/plain; charset=utf-8');
    expect(String(file?.bytes)).toBe('DRAFT – AI-generated, not verified\n\nNo nodule.');
  });

  test.each([
    ['JSON has no place for the mark', '{"text":"x"}', 'application/json'],
    ['JSON without a type neither', '{"text":"x"}', undefined],
    ['nor has an image', 'x', 'image/png'],
    ['nor a text that is too long to be held', 'x'.repeat(2_000), 'text/plain'],
  ])('%s', async (_name, text, type) => {
    server.answer((res) => sayJson(res, text, 200, type));
    expect(failureOf(await infer({ binding }))).toBe('bad-answer');
  });

  test('what is no UTF-8 is no text', async () => {
    server.answer((res) => sayBytes(res, Buffer.from([0xff, 0xfe]), 'text/plain'));
    expect(failureOf(await infer({ binding }))).toBe('bad-answer');
  });
});

describe('a reply that is longer than is held', () => {
  const LONG = Buffer.alloc(5_000, 7);

  test('streams, every piece from the same model', async () => {
    server.answer((res) => sayBytes(res, LONG, 'application/dicom'));
    const answer = await infer();
    expect(answer).toMatchObject({
      ...{ kind: 'stream', attestedModel: 'nodules', headers: { 'content-type': 'application/dicom' } },
    });
    const events = await eventsOf(answer);
    const pieces = events.flatMap((event) => (event.kind === 'piece' ? [event] : []));
    expect(Buffer.concat(pieces.map(({ bytes }) => bytes))).toEqual(LONG);
    expect(new Set(pieces.map(({ attestedModel }) => attestedModel))).toEqual(new Set(['nodules']));
    expect(events.at(-1)).toEqual({ kind: 'end', durationMs: expect.any(Number) });
  });

  test('left early, the server is told', async () => {
    const left = new Promise((resolve) => {
      server.answer((res) => {
        res.once('close', resolve);
        res.writeHead(200).write(LONG);
      });
    });
    // Not by its deadline.
    const answer = await infer({ binding: { timeoutMs: 60_000 } });
    if (answer.kind !== 'stream') throw new Error(answer.kind);
    const events = answer.events[Symbol.asyncIterator]();
    await events.next();
    await events.return?.();
    await left;
  });

  test('cut by the server', async () => {
    server.answer((res) => {
      res.writeHead(200, { 'content-length': '9000' });
      res.write(LONG, () => res.destroy());
    });
    expect((await eventsOf(await infer())).at(-1)).toMatchObject({ failure: 'bad-answer' });
  });

  test('whoever asked leaves', async () => {
    const leaving = new AbortController();
    server.answer((res) => void res.writeHead(200).write(LONG));
    const answer = await infer({ signal: leaving.signal });
    leaving.abort();
    expect((await eventsOf(answer)).at(-1)).toMatchObject({ failure: 'cancelled' });
  });

  test('without an end: the deadline is for all of it', async () => {
    server.answer((res) => void res.writeHead(200).write(LONG));
    const deadlines = holdDeadlines();
    const answer = await infer({ binding: { timeoutMs: 60_000 } });
    expect(deadlines.asked).toEqual([60_000]);
    const reading = eventsOf(answer);
    await deadlines.pass();
    expect((await reading).at(-1)).toMatchObject({ failure: 'timeout' });
  });
});
