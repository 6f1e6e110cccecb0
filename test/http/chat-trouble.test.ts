import type { ServerResponse } from 'node:http';
import request from 'supertest';
import { DRAFT_MARK } from '../../src/domain/draft-marking.ts';
import {
  aChunk,
  aCompletion,
  beginStream,
  COOKIE,
  eventsIn,
  NAMED,
  openChatHouse,
  sendEvent,
  soundChunks,
  stream,
  STUDY,
  type ChatHouse,
} from '../fakes/chat-app.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { json } from '../fakes/scripted-endpoint.ts';

const CASE = aCaseId(1);
const OTHER = { model: 'drafter-2.1.1' };
const SECRET = 'secret-of-the-endpoint';

let chat: ChatHouse;
beforeEach(async () => {
  chat = await openChatHouse();
});
afterEach(() => chat.close());

function bodyOf(streams: boolean): string {
  const messages = [{ role: 'user', content: 'Draft it.' }];
  return JSON.stringify({ model: NAMED, messages, stream: streams, metadata: { study_instance_uid: STUDY } });
}

async function ask(streams: boolean): Promise<request.Response> {
  return await request(chat.app)
    .post('/v1/chat/completions')
    .set('Cookie', COOKIE)
    .set('Content-Type', 'application/json')
    .send(bodyOf(streams));
}

const said = (content: string): Readonly<Record<string, unknown>> => aChunk({ content });
const [first] = soundChunks();
const choices = (content: unknown): unknown => [{ message: { content }, finish_reason: 'stop' }];
type Answering = (res: ServerResponse) => void;

describe('an answer that is none', () => {
  const plain: readonly (readonly [string, Answering, number, string])[] = [
    [
      'another version',
      (res) => json(res, aCompletion({ ...OTHER, choices: choices(SECRET) })),
      502,
      'attestation-mismatch',
    ],
    [
      'no name',
      (res) => json(res, aCompletion({ model: null, choices: choices(SECRET) })),
      502,
      'attestation-mismatch',
    ],
    ['a name that is none', (res) => json(res, aCompletion({ model: 'ä' })), 502, 'attestation-mismatch'],
    ['an error', (res) => json(res, { error: { message: SECRET } }, 500), 502, 'model-failed'],
    ['no JSON', (res) => json(res, SECRET), 502, 'upstream-bad-answer'],
    [
      'no UTF-8',
      (res) =>
        res.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])),
      502,
      'upstream-bad-answer',
    ],
    ['JSON without end', (res) => json(res, '['.repeat(50_000)), 502, 'upstream-bad-answer'],
    [
      'no choice, of another version',
      (res) => json(res, aCompletion({ choices: [], ...OTHER })),
      502,
      'attestation-mismatch',
    ],
    ['no choice', (res) => json(res, aCompletion({ choices: [] })), 502, 'upstream-bad-answer'],
    [
      'two choices',
      (res) => json(res, aCompletion({ choices: [...Array(2)].flatMap(() => choices(SECRET)) })),
      502,
      'upstream-bad-answer',
    ],
    [
      'too long',
      (res) => json(res, aCompletion({ choices: choices('x'.repeat(200_000)) })),
      502,
      'upstream-bad-answer',
    ],
    ['a stream, unasked', (res) => stream(res), 502, 'upstream-bad-answer'],
    [
      'a redirect',
      (res) => void res.writeHead(302, { location: '/elsewhere' }).end(),
      502,
      'upstream-bad-answer',
    ],
    ['no answer', (res) => void res.destroy(), 502, 'upstream-unreachable'],
    [
      'half an answer',
      (res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        res.write('{');
        setImmediate(() => res.destroy());
      },
      502,
      'upstream-bad-answer',
    ],
  ];
  const streamed: readonly (readonly [string, Answering, number, string])[] = [
    [
      'another version',
      (res) => stream(res, [aChunk({ content: SECRET }, OTHER)]),
      502,
      'attestation-mismatch',
    ],
    [
      'no name',
      (res) => stream(res, [aChunk({ content: SECRET }, { model: undefined })]),
      502,
      'attestation-mismatch',
    ],
    ['nothing but its end', (res) => stream(res, []), 502, 'attestation-mismatch'],
    [
      'not even its end',
      (res) => {
        beginStream(res);
        res.end();
      },
      502,
      'upstream-bad-answer',
    ],
    ['an error at once', (res) => stream(res, [{ error: { message: SECRET } }]), 502, 'model-failed'],
    ['no JSON', (res) => stream(res, [SECRET]), 502, 'upstream-bad-answer'],
    ['an answer in one piece', (res) => json(res, aCompletion()), 502, 'upstream-bad-answer'],
    ['an error page', (res) => json(res, SECRET, 503), 502, 'model-failed'],
    [
      'an event without end',
      (res) => {
        beginStream(res);
        res.end(`data: ${'x'.repeat(2_000_000)}`);
      },
      502,
      'upstream-bad-answer',
    ],
  ];

  test.each(plain)(
    'in one piece, %s: nothing of it is let out, and the case failed',
    async (_name, answering, status, code) => {
      chat.endpoint.answer(answering);
      await expectFailure(await ask(false), status, code);
    },
  );

  test.each(streamed)(
    'streamed, %s: nothing of it is let out, and the case failed',
    async (_name, answering, status, code) => {
      chat.endpoint.answer(answering);
      await expectFailure(await ask(true), status, code);
    },
  );

  test.each([false, true])('too slow, streamed %p -> 504', async (streams) => {
    chat.bind([{ timeoutMs: 100 }]);
    chat.endpoint.answer((res) => {
      if (streams) beginStream(res);
    });
    await expectFailure(await ask(streams), 504, 'upstream-timeout');
  });

  test('no room at the endpoint: a case was begun, so clients do not begin another unasked', async () => {
    chat.house.onInfer(() => ({ kind: 'failed', failure: 'busy', durationMs: 0 }));
    await expectFailure(await ask(false), 503, 'overloaded');
  });

  async function expectFailure(answer: request.Response, status: number, code: string): Promise<void> {
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(answer.body).toEqual({
      error: {
        message: expect.stringMatching(/\.$/),
        type: 'server_error',
        param: null,
        code,
        reasons: expect.any(Array),
        case_id: CASE,
      },
    });
    expect(answer.text).not.toContain(SECRET);
    expect(chat.house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(chat.house.last().facts).toMatchObject({
      release: { action: 'withheld' },
      err: expect.any(String),
    });
    expect(chat.house.livingTokens.size).toBe(0);
  }
});

describe('a stream that breaks off', () => {
  test.each([
    [
      'another version answers on',
      aChunk({ content: SECRET }, OTHER),
      'attestation-mismatch',
      'attestation-mismatch',
    ],
    [
      'no name any more',
      aChunk({ content: SECRET }, { model: null }),
      'attestation-mismatch',
      'attestation-missing',
    ],
    ['the endpoint says it failed', { error: { message: SECRET } }, 'model-failed', 'endpoint-error'],
    ['its front end says so', { detail: SECRET }, 'model-failed', 'endpoint-error'],
    ['neither choices nor usage', aChunk({}, { choices: null }), 'upstream-bad-answer', 'bad-answer'],
    ['nonsense', SECRET, 'upstream-bad-answer', 'bad-answer'],
    ['too deep', `${'['.repeat(500)}${']'.repeat(500)}`, 'upstream-bad-answer', 'bad-answer'],
  ])(
    '%s: an event says so, nothing comes after it, and the case says what was passed on',
    async (_name, event, code, err) => {
      chat.endpoint.answer((res) => stream(res, [first, said('No '), said('nodule.'), event, said(SECRET)]));
      const answer = await ask(true);
      expect(answer.status).toBe(200);
      const events = eventsIn(answer.text);
      expect(events.at(-1)).toMatchObject({ error: { type: 'server_error', code, case_id: CASE } });
      expect(answer.text).not.toContain(SECRET);
      expect(answer.text).not.toContain('[DONE]');
      expect(answer.text).toContain(DRAFT_MARK.trimEnd());
      const { facts } = chat.house.last();
      expect(facts).toMatchObject({ err, output: { complete: false } });
    },
  );

  test('the endpoint is killed in mid-answer', async () => {
    chat.endpoint.answer((res) => {
      beginStream(res);
      for (const chunk of [first, said('No '), said('nodule.')]) sendEvent(res, chunk);
      setImmediate(() => res.destroy());
    });
    const answer = await ask(true);
    expect(answer.text).not.toContain('[DONE]');
    expect(chat.house.last().facts).toMatchObject({ err: 'bad-answer' });
  });

  test('more than is read of one answer', async () => {
    chat.endpoint.answer((res) =>
      stream(res, [first, ...Array.from({ length: 200 }, () => said('x'.repeat(1_000)))]),
    );
    const answer = await ask(true);
    expect(eventsIn(answer.text).at(-1)).toMatchObject({ error: { code: 'upstream-bad-answer' } });
  });

  test('the end does not come in time', async () => {
    chat.bind([{ timeoutMs: 300 }]);
    chat.endpoint.answer((res) => {
      beginStream(res);
      for (const chunk of [first, said('No '), said('nodule.')]) sendEvent(res, chunk);
    });
    const answer = await ask(true);
    expect(eventsIn(answer.text).at(-1)).toMatchObject({ error: { code: 'upstream-timeout' } });
    expect(chat.house.last().facts).toMatchObject({ err: 'timeout' });
  });
});
