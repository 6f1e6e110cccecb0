import request from 'supertest';
import { digestOfText } from '../../src/domain/byte-digest.ts';
import { DRAFT_MARK } from '../../src/domain/draft-marking.ts';
import { messagesDigest } from '../../src/http/chat-schemas.ts';
import {
  aCompletion,
  COOKIE,
  eventsIn,
  NAMED,
  openChatHouse,
  SERVED,
  soundChunks,
  stream,
  STUDY,
  type ChatHouse,
} from '../fakes/chat-app.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { aPrincipal } from '../fakes/register-builder.ts';
import { json } from '../fakes/scripted-endpoint.ts';

const CASE = aCaseId(1);
const MESSAGES = [{ role: 'user', content: 'Draft it. secret-of-the-prompt' }] as const;
const DRAFT = `${DRAFT_MARK}No nodule.`;

let chat: ChatHouse;
beforeEach(async () => {
  chat = await openChatHouse();
  chat.endpoint.answer((res) => json(res, aCompletion()));
});
afterEach(() => chat.close());

const asked = (more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  model: NAMED,
  messages: MESSAGES,
  metadata: { study_instance_uid: STUDY },
  ...more,
});

function post(body: unknown): request.Test {
  return request(chat.app)
    .post('/v1/chat/completions')
    .set('Cookie', COOKIE)
    .set('Content-Type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));
}

describe('a permitted call, in one piece', () => {
  test('answers in the API’s shape under the register’s name, marked as a draft, with the case', async () => {
    const answer = await post(asked());
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: `chatcmpl-${CASE}`,
      object: 'chat.completion',
      created: 1_790_000_000,
      model: NAMED,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: DRAFT, refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
      countersign: { case_id: CASE, draft: true, log_index: 1 },
    });
    expect(answer.headers).toMatchObject({
      'case-id': CASE,
      'case-log-index': '1',
      'countersign-draft': 'true',
      'cache-control': 'no-store',
      'content-type': 'application/json',
    });
    expect(answer.text).not.toContain(SERVED);
  });

  test('the case keeps digests of messages and draft, and none of their words', async () => {
    await post(asked()).expect(200);
    expect(chat.house.kinds()).toEqual(['case.intent', 'case.outcome']);
    const { facts } = chat.house.last();
    expect(facts.study).toMatchObject({
      inputFrom: 'study',
      inputDigest: messagesDigest([...MESSAGES]),
    });
    expect(facts.output).toMatchObject({ type: 'openai-chat', textDigest: digestOfText(DRAFT) });
    const log = chat.house.log.all().map(({ body }) => Buffer.from(body).toString('utf8'));
    expect(log.join()).not.toMatch(/secret-of-the-prompt|No nodule/);
  });

  test('the endpoint gets the served name, the caller’s words and settings, and where to read the study', async () => {
    await post(
      asked({
        temperature: 0,
        top_p: null,
        max_tokens: 64,
        seed: 7,
        stop: ['END'],
        n: 1,
        user: 'dr.secret',
        response_format: { type: 'text' },
      }),
    ).expect(200);
    const [call] = chat.endpoint.calls;
    expect(call?.url).toBe('/v1/chat/completions');
    expect(call?.body).toEqual({
      model: SERVED,
      messages: MESSAGES,
      temperature: 0,
      max_tokens: 64,
      seed: 7,
      stop: ['END'],
      response_format: { type: 'text' },
      n: 1,
      stream: false,
      metadata: {
        study_instance_uid: STUDY,
        dicomweb_url: 'http://gateway.test/dicom-web',
        dicomweb_token: `token-of-${CASE}`,
      },
    });
    expect(call?.headers).toMatchObject({ 'case-id': CASE });
    expect(call?.headers).not.toHaveProperty('authorization');
    expect(call?.headers).not.toHaveProperty('cookie');
    expect(chat.house.livingTokens.size).toBe(0);
  });

  test('an endpoint that takes the messages alone is told nothing of the study', async () => {
    chat.bind([{ input: 'caller' }]);
    await post(asked()).expect(200);
    expect(chat.endpoint.calls[0]?.body).toEqual({ model: SERVED, messages: MESSAGES, n: 1, stream: false });
    expect(chat.house.last().facts.study).toMatchObject({ inputFrom: 'caller', inputVerified: false });
  });

  test.each([
    ['header', {}, STUDY],
    ['both the same', { study_instance_uid: STUDY }, STUDY],
  ])('study by %s', async (_name, metadata, header) => {
    await post(asked({ metadata })).set('Countersign-Study', header).expect(200);
  });

  test('text parts and an answer given back are read', async () => {
    const messages = [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'assistant', content: 'Yes.', refusal: null },
      { role: 'user', content: 'Go on.' },
    ];
    await post(asked({ messages })).expect(200);
    expect(chat.endpoint.calls[0]?.body).toMatchObject({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'assistant', content: 'Yes.' },
        { role: 'user', content: 'Go on.' },
      ],
    });
  });

  test('no text, a refusal and no usage are passed on', async () => {
    const choices = [{ message: { content: null, refusal: 'I will not.' }, finish_reason: null }];
    chat.endpoint.answer((res) => json(res, aCompletion({ choices, usage: null })));
    const { body } = await post(asked()).expect(200);
    expect(body.choices[0]).toMatchObject({ message: { content: null, refusal: 'I will not.' } });
    expect(body).not.toHaveProperty('usage');
  });
});

describe('a permitted call, streamed', () => {
  test('every chunk under the register’s name, the mark before the first words, [DONE] at the end', async () => {
    chat.endpoint.answer((res) => stream(res));
    const answer = await post(asked({ stream: true }));
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'case-id': CASE,
      'countersign-draft': 'true',
      'cache-control': 'no-store',
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
    });
    const events = eventsIn(answer.text);
    const shared = {
      id: `chatcmpl-${CASE}`,
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: NAMED,
    };
    const choice = (delta: unknown, finish: string | null = null): unknown => ({
      index: 0,
      delta,
      logprobs: null,
      finish_reason: finish,
    });
    expect(events).toEqual([
      { ...shared, choices: [choice({ role: 'assistant', content: DRAFT_MARK })] },
      { ...shared, choices: [choice({ content: 'No ' })] },
      { ...shared, choices: [choice({ content: 'nodule.' })] },
      { ...shared, choices: [choice({}, 'stop')], countersign: { case_id: CASE, draft: true } },
      '[DONE]',
    ]);
    expect(answer.text).not.toContain(SERVED);
    expect(chat.endpoint.calls[0]?.body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test('release and outcome are on record, with the digest of what was passed on and of the draft', async () => {
    chat.endpoint.answer((res) => stream(res));
    const answer = await post(asked({ stream: true }));
    expect(chat.house.kinds()).toEqual(['case.intent', 'case.release', 'case.outcome']);
    expect(chat.house.last().facts.output).toMatchObject({
      digest: digestOfText(answer.text),
      textDigest: digestOfText(DRAFT),
    });
  });

  test.each([
    ['in a last chunk', soundChunks(), { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 }],
    ['null', soundChunks().map((chunk) => ({ ...chunk, usage: null })), undefined],
    ['absent', soundChunks().slice(0, 4), undefined],
  ])('usage %s, to whoever asks', async (_name, chunks, usage) => {
    chat.endpoint.answer((res) => stream(res, chunks));
    const answer = await post(asked({ stream: true, stream_options: { include_usage: true } }));
    const last = eventsIn(answer.text).at(-2);
    if (usage === undefined) expect(last).toMatchObject({ usage: null });
    else expect(last).toMatchObject({ choices: [], usage });
  });

  test('a query’s words are not marked', async () => {
    chat.bind([{ function: 'quality-check' }]);
    chat.endpoint.answer((res) => stream(res));
    const answer = await post(asked({ stream: true }));
    expect(answer.text).not.toContain(DRAFT_MARK);
    expect(answer.headers).not.toHaveProperty('countersign-draft');
    expect(chat.house.last().facts.output).not.toHaveProperty('textDigest');
  });
});

describe('a query over records', () => {
  beforeEach(() => void chat.bind([{ function: 'record-query', input: 'caller' }]));

  test.each([
    ['a list', ['P-1', 'P-2'], undefined],
    ['its JSON, as the API’s own clients send it', '["P-1","P-2"]', undefined],
    ['the header', undefined, '["P-1","P-2"]'],
    ['both the same', ['P-1', 'P-2'], '["P-1","P-2"]'],
  ])(
    'says whose records by %s: committed in the intent, and told to the endpoint',
    async (_name, patients, header) => {
      const call = post(asked({ metadata: { study_instance_uid: STUDY, ...(patients && { patients }) } }));
      await (header === undefined ? call : call.set('Countersign-Patients', header)).expect(200);
      const [intent] = chat.house.log.all();
      expect(intent?.personal.about).toBe('["P-1","P-2"]');
      expect(Buffer.from(intent?.body ?? []).toString('utf8')).not.toContain('P-2');
      expect(chat.endpoint.calls[0]?.body).toMatchObject({ metadata: { patients: '["P-1","P-2"]' } });
    },
  );

  test.each([
    ['nobody', {}, 'Say whose records'],
    ['an empty list', { patients: [] }, 'metadata.patients'],
    ['no list', { patients: 'P-1' }, 'metadata.patients'],
    ['the same twice', { patients: ['P-1', 'P-1'] }, 'metadata.patients'],
    [
      'more than a hundred',
      { patients: Array.from({ length: 101 }, (_, at) => String(at)) },
      'metadata.patients',
    ],
    [
      'longer than the log keeps',
      { patients: Array.from({ length: 20 }, (_, at) => `${String(at).padStart(60)}x`) },
      'metadata.patients',
    ],
    ['a control character', { patients: ['P\u0000'] }, 'metadata.patients'],
  ])('about %s -> 400, and nothing begins', async (_name, named, words) => {
    const answer = await post(asked({ metadata: { study_instance_uid: STUDY, ...named } }));
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(words);
    expect(chat.house.kinds()).toEqual([]);
  });

  test.each([
    [['["P-1"]', '["P-1"]'], 'once'],
    ['["P-2"]', 'different patients'],
    ['P-1', 'patient ids'],
  ])('header %j beside metadata.patients P-1 -> 400', async (header, words) => {
    const metadata = { study_instance_uid: STUDY, patients: ['P-1'] };
    const answer = await post(asked({ metadata })).set('Countersign-Patients', header as never);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(words);
  });

  test('signed in without a smart card -> 403 with the remedy, on record', async () => {
    chat.house.setCaller(aPrincipal({ assurance: 2 }));
    const answer = await post(asked({ metadata: { study_instance_uid: STUDY, patients: ['P-1'] } }));
    expect(answer.status).toBe(403);
    expect(answer.body.error).toMatchObject({ type: 'permission_error', case_id: CASE });
    expect(answer.body.error.message).toMatch(/smart card/i);
    expect(chat.house.kinds()).toEqual(['case.refused']);
  });
});
