import type { ServerResponse } from 'node:http';
import { digestOfText } from '../../src/domain/byte-digest.ts';
import { DRAFT_MARK } from '../../src/domain/draft-marking.ts';
import type { OipTensor } from '../../src/domain/oip-tensor.ts';
import type { EndpointBinding } from '../../src/domain/register.ts';
import type { EndpointFunction } from '../../src/domain/words.ts';
import type { InferenceAnswer } from '../../src/flows/ports-inference.ts';
import { createOipClient } from '../../src/upstreams/oip-client.ts';
import { holdDeadlines } from '../fakes/held-deadlines.ts';
import { aCall, bytesOf, CASE, eventsOf } from '../fakes/oip-calls.ts';
import { json, startScriptedEndpoint, type ScriptedEndpoint } from '../fakes/scripted-endpoint.ts';

const client = createOipClient({ maxAnswerBytes: 2_000, maxTensorBytes: 1_000 });
let endpoint: ScriptedEndpoint;
beforeEach(async () => {
  endpoint = await startScriptedEndpoint();
});
afterEach(() => endpoint.close());
afterEach(() => jest.restoreAllMocks());
afterAll(() => client.close());

interface Asked {
  readonly streams?: boolean;
  readonly signal?: AbortSignal;
  readonly studyAccess?: { readonly dicomwebUrl: string; readonly token: string };
}

function generate(binding: Partial<EndpointBinding> = {}, asked: Asked = {}): Promise<InferenceAnswer> {
  const { streams = false, signal = new AbortController().signal, studyAccess } = asked;
  const payload = { kind: 'oip-generate', textInput: 'Draft it.', parameters: { seed: 7 }, streams } as const;
  const call = aCall(
    payload,
    { baseUrl: endpoint.baseUrl, ...binding },
    studyAccess === undefined ? {} : { studyAccess },
  );
  return client.infer(call, signal);
}

const stream = (binding: Partial<EndpointBinding> = {}, signal = new AbortController().signal) =>
  generate(binding, { streams: true, signal });

const said = (text: unknown, more: object = {}): Readonly<Record<string, unknown>> => ({
  model_name: 'nodules',
  model_version: '3',
  text_output: text,
  ...more,
});

describe('generate', () => {
  test('asks the exact version for one answer, with the settings and nothing of the study', async () => {
    endpoint.answer((res) => json(res, said('No nodule.', { id: CASE, secret: 'x' })));
    const answer = await generate();
    expect(endpoint.calls).toMatchObject([{ method: 'POST', url: '/v2/models/nodules/versions/3/generate' }]);
    expect(endpoint.calls[0]?.body).toEqual({ id: CASE, text_input: 'Draft it.', parameters: { seed: 7 } });
    expect(answer).toMatchObject({
      kind: 'result',
      attestedModel: 'nodules',
      attestedVersion: '3',
      body: { text_output: 'No nodule.' },
      textDigest: digestOfText('No nodule.'),
    });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  test('of a binding that reads the study: where, and the key', async () => {
    endpoint.answer((res) => json(res, said('No nodule.')));
    const studyAccess = { dicomwebUrl: 'http://gateway/dicom-web', token: 'key' };
    await generate({ input: 'study' }, { studyAccess });
    expect(endpoint.calls[0]?.body).toMatchObject({
      text_input: 'Draft it.',
      parameters: {
        seed: 7,
        study_instance_uid: '1.2.3',
        dicomweb_url: 'http://gateway/dicom-web',
        dicomweb_token: 'key',
      },
    });
  });

  test('a draft of a report begins with its mark', async () => {
    endpoint.answer((res) => json(res, said('No nodule.')));
    expect(await generate({ function: 'report-draft' })).toMatchObject({
      body: { text_output: `${DRAFT_MARK}No nodule.` },
      textDigest: digestOfText(`${DRAFT_MARK}No nodule.`),
    });
  });

  test.each([
    ['no text', said(undefined), 'bad-answer'],
    ['a text that is a list', said(['a', 'b']), 'bad-answer'],
    ['no name', said('x', { model_name: undefined }), 'bad-answer'],
    ['no version', said('x', { model_version: undefined }), 'attestation-missing'],
    ['the answer to another call', said('x', { id: 'c-other' }), 'bad-answer'],
    ['an error after a 200', { error: 'patient SMITH' }, 'endpoint-error'],
    ['too long', said('x'.repeat(3_000)), 'bad-answer'],
    ['no JSON', 'oops', 'bad-answer'],
  ])('%s -> %s', async (_name, body, failure) => {
    endpoint.answer((res) => json(res, body));
    expect(await generate()).toEqual({ kind: 'failed', failure, durationMs: expect.any(Number) });
  });

  test('raw tensors in place of text -> bad-answer', async () => {
    endpoint.answer((res) => {
      res.writeHead(200, {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': '2',
      });
      res.end('{}');
    });
    expect(await generate()).toMatchObject({ failure: 'bad-answer' });
  });
});

function sendEvents(res: ServerResponse, ...events: readonly unknown[]): void {
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const event of events)
    res.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
}

describe('generate_stream', () => {
  test('each event is one piece with nothing but the protocol’s members; the digest is over all texts', async () => {
    endpoint.answer((res) => {
      sendEvents(res, said('No ', { id: CASE, secret: 1 }), said('nodule.'));
      res.end();
    });
    const answer = await stream();
    expect(endpoint.calls[0]).toMatchObject({
      url: '/v2/models/nodules/versions/3/generate_stream',
      body: { parameters: { seed: 7, stream: true } },
    });
    const events = await eventsOf(answer);
    expect(answer).toMatchObject({ attestedVersion: '3', headers: { 'content-type': 'text/event-stream' } });
    expect(bytesOf(events).toString()).toBe(
      ['No ', 'nodule.'].map((text) => `data: ${JSON.stringify(said(text))}\n\n`).join(''),
    );
    expect(events.at(-1)).toEqual({
      kind: 'end',
      textDigest: digestOfText('No nodule.'),
      durationMs: expect.any(Number),
    });
  });

  test('a draft’s first words stand behind its mark, once', async () => {
    endpoint.answer((res) => {
      sendEvents(res, said('No '), said('nodule.'));
      res.end();
    });
    const events = await eventsOf(await stream({ function: 'report-draft' }));
    expect(bytesOf(events).toString().split('AI-generated')).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ textDigest: digestOfText(`${DRAFT_MARK}No nodule.`) });
  });

  test('another version in the middle is passed on as it was said, with its piece', async () => {
    endpoint.answer((res) => {
      sendEvents(res, said('a'), said('b', { model_version: '4' }));
      res.end();
    });
    const events = await eventsOf(await stream());
    expect(events.map((event) => event.attestedVersion)).toEqual(['3', '4', undefined]);
  });

  test.each<[string, (res: ServerResponse) => void, string]>([
    ['ends without an event', (res) => sendEvents(res), 'bad-answer'],
    ['an error first', (res) => sendEvents(res, { error: 'patient SMITH' }), 'endpoint-error'],
    ['no version first', (res) => sendEvents(res, said('x', { model_version: '' })), 'attestation-missing'],
    ['no JSON', (res) => sendEvents(res, 'oops'), 'bad-answer'],
    [
      'JSON that nests too deep',
      (res) => sendEvents(res, `${'['.repeat(500)}${']'.repeat(500)}`),
      'bad-answer',
    ],
    [
      'an event without end',
      (res) =>
        void res
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write(`data: ${'x'.repeat(300_000)}`),
      'bad-answer',
    ],
    [
      'bytes that are no text',
      (res) => void res.writeHead(200, { 'content-type': 'text/event-stream' }).write(Buffer.of(0xff, 0xfe)),
      'bad-answer',
    ],
    ['JSON in place of events', (res) => json(res, said('x')), 'bad-answer'],
    ['a redirect', (res) => void res.writeHead(307, { location: '/' }), 'bad-answer'],
  ])('%s -> nothing is let out', async (_name, send, failure) => {
    endpoint.answer((res) => {
      send(res);
      res.end();
    });
    expect(await stream()).toMatchObject({ kind: 'failed', failure });
  });

  test.each<[string, (res: ServerResponse) => void, string]>([
    [
      'an error later',
      (res) => void res.end(`data: ${JSON.stringify({ error: 'oops' })}\n\n`),
      'endpoint-error',
    ],
    [
      'no version later',
      (res) => void res.end(`data: ${JSON.stringify(said('x', { model_version: null }))}\n\n`),
      'attestation-missing',
    ],
    [
      'longer than is let out',
      (res) => void res.end(`data: ${JSON.stringify(said('x'.repeat(3_000)))}\n\n`),
      'bad-answer',
    ],
    [
      'a word that is cut, though the connection ends in good order',
      (res) => void res.end(`data: ${JSON.stringify(said('nodule.'))}\n`),
      'bad-answer',
    ],
    ['a letter that is cut', (res) => void res.end(Buffer.of(0xc3)), 'bad-answer'],
    ['cut', (res) => void setImmediate(() => res.destroy()), 'bad-answer'],
    ['silence', () => undefined, 'timeout'],
  ])('%s -> its last event says so', async (_name, go, failure) => {
    endpoint.answer((res) => {
      sendEvents(res, said('No '));
      go(res);
    });
    const deadlines = holdDeadlines();
    const reading = eventsOf(await stream({ timeoutMs: 60_000 }));
    expect(deadlines.asked).toEqual([60_000]);
    if (failure === 'timeout') await deadlines.pass();
    const events = await reading;
    expect(events.map(({ kind }) => kind)).toEqual(['piece', 'end']);
    expect(events.at(-1)).toMatchObject({ failure });
  });

  test('the reader leaves -> cancelled, and the endpoint sees it', async () => {
    const leave = new AbortController();
    const dropped = new Promise<void>((resolve) => {
      endpoint.answer((res) => {
        res.once('close', resolve);
        sendEvents(res, said('No '));
      });
    });
    const answer = await stream({}, leave.signal);
    leave.abort();
    expect((await eventsOf(answer)).at(-1)).toMatchObject({ failure: 'cancelled' });
    await dropped;
  });

  test('left while the endpoint is silent -> it sees it, and whoever leaves does not wait for it', async () => {
    const dropped = new Promise<void>((resolve) => {
      endpoint.answer((res) => {
        res.once('close', resolve);
        sendEvents(res, said('No '));
      });
    });
    const answer = await stream();
    if (answer.kind !== 'stream') throw new Error('no stream');
    const events = answer.events[Symbol.asyncIterator]();
    await events.next();
    const silent = events.next();
    await events.return?.();
    expect(await silent).toMatchObject({ value: { kind: 'end', failure: 'cancelled' } });
    await dropped;
  });
});

describe('a draft among the outputs of infer', () => {
  const text = (name: string, ...data: readonly string[]): OipTensor => ({
    ...{ name, datatype: 'BYTES', shape: [data.length], data },
  });

  test.each<readonly [string, EndpointFunction, readonly OipTensor[], readonly unknown[][] | undefined]>([
    ['the one text', 'report-draft', [text('text', 'No nodule.\n')], [[`${DRAFT_MARK}No nodule.\n`]]],
    ['one in a list', 'report-draft', [{ ...text('text', 'A'), data: [['A']] }], [[[`${DRAFT_MARK}A`]]]],
    [
      'the one that is not blank',
      'report-draft',
      [text('a', ' '), text('b', 'A', ' ')],
      [[' '], [`${DRAFT_MARK}A`, ' ']],
    ],
    ['several texts: none of them is the draft', 'report-draft', [text('text', 'A', 'B')], undefined],
    ['none', 'report-draft', [text('text')], undefined],
    ['a text of another function', 'detection', [text('finding', 'nodule')], undefined],
  ])('%s', async (_name, wanted, outputs, marked) => {
    const own = { model_name: 'nodules', model_version: '3' };
    endpoint.answer((res) => json(res, { ...own, outputs }));
    const { scoreOutput: _score, findingOutput: _finding, ...call } = aCall({ kind: 'study' }, {}).binding;
    const binding = { ...call, baseUrl: endpoint.baseUrl, function: wanted };
    const answer = await client.infer(
      { ...aCall({ kind: 'study' }, {}), binding },
      new AbortController().signal,
    );
    const shown = marked ?? outputs.map(({ data }) => data);
    const draft = marked?.flat(2).find((one) => typeof one === 'string' && one !== ' ');
    expect(answer).toMatchObject({
      kind: 'result',
      body: { outputs: outputs.map((one, at) => ({ ...one, data: shown[at] })) },
    });
    const textDigest = typeof draft === 'string' ? digestOfText(draft) : undefined;
    expect('textDigest' in answer ? answer.textDigest : undefined).toBe(textDigest);
  });
});
