import type { ServerResponse } from 'node:http';
import request from 'supertest';
import {
  aChunk,
  aCompletion,
  beginStream,
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
import { json } from '../fakes/scripted-endpoint.ts';
import { RADIOLOGIST } from '../fakes/register-builder.ts';

let chat: ChatHouse;
beforeEach(async () => {
  chat = await openChatHouse();
});
afterEach(() => chat.close());

async function ask(streams: boolean): Promise<request.Response> {
  return await request(chat.app)
    .post('/v1/chat/completions')
    .set('Cookie', COOKIE)
    .send({
      model: NAMED,
      messages: [{ role: 'user', content: 'Draft it.' }],
      stream: streams,
      metadata: { study_instance_uid: STUDY },
    });
}

const OTHER = 'drafter-2.1.1';
const [first, ...others] = soundChunks();

/** Whatever else is wrong with what names another version. */
const WRONG: readonly { readonly name: string; readonly said: unknown }[] = [
  { name: 'nothing else', said: { ...aChunk({ content: 'a' }), ...aCompletion(), model: OTHER } },
  { name: 'no choices', said: { model: OTHER } },
  { name: 'two choices', said: { model: OTHER, choices: [{}, {}] } },
  { name: 'choices that are none', said: { model: OTHER, choices: 'none' } },
  { name: 'an error', said: { model: OTHER, error: { message: 'no' } } },
  { name: 'a name beyond ASCII', said: { ...aChunk({}), ...aCompletion(), model: 'dräfter' } },
  { name: 'a name without end', said: { ...aChunk({}), ...aCompletion(), model: 'x'.repeat(5_000) } },
  { name: 'a number', said: { ...aChunk({}), ...aCompletion(), model: 2 } },
  { name: 'a name that is an object', said: { ...aChunk({}), ...aCompletion(), model: { id: SERVED } } },
  { name: 'JSON that is cut', said: `{"id":"a","model":"${OTHER}","choices":[{"message":{"content":"{ \\"b` },
  { name: 'JSON with too much', said: `{"choices":[{"model":"x"}],"model": "${OTHER}",}` },
];

/** What names no other. */
const UNNAMED: readonly { readonly name: string; readonly said: unknown }[] = [
  { name: 'no choices', said: { model: SERVED } },
  { name: 'no JSON', said: 'nonsense' },
  { name: 'no object', said: ['model', OTHER] },
  { name: 'another one inside', said: `{"choices":[{"model":"${OTHER}"}],"a":{"model":"${OTHER}"}` },
  { name: 'another one in a text', said: `{"choices":["\\"model\\":\\"${OTHER}\\"", "\\\\","a\\` },
  { name: 'the right one, cut', said: `{"model":"${SERVED}","choices":[` },
  { name: 'a name that is cut', said: `{"model":"drafter-2.1` },
  { name: 'a name and no value', said: `{"model":` },
];

function answerWith(streams: boolean, said: unknown, before: readonly unknown[] = []): void {
  chat.endpoint.answer((res) => {
    if (streams) stream(res, [...before, said]);
    else json(res, said);
  });
}

describe.each([
  { how: 'in one piece', streams: false, before: [] },
  { how: 'as the first chunk', streams: true, before: [] },
  { how: 'as a later chunk', streams: true, before: [first] },
  { how: 'as the last chunk', streams: true, before: soundChunks() },
])('$how', ({ streams, before }) => {
  test.each(WRONG)('$name, under another name: locked', async ({ said }) => {
    answerWith(streams, said, before);
    const answer = await ask(streams);
    expect(answer.text).toContain('attestation-mismatch');
    expect(answer.text).not.toContain('[DONE]');
    expect(chat.house.mismatches).toHaveLength(1);
    expect(chat.house.last().facts.release?.action).toBe('withheld');
  });

  test.each(UNNAMED)('$name: not let out, and not locked', async ({ said }) => {
    answerWith(streams, said, before);
    const answer = await ask(streams);
    expect(answer.text).toContain('upstream-bad-answer');
    expect(chat.house.mismatches).toEqual([]);
  });
});

describe('an event that is cut', () => {
  const cutAfter =
    (text: string, how: (res: ServerResponse) => void) =>
    (res: ServerResponse): void => {
      beginStream(res);
      res.write(text, () => setImmediate(() => how(res)));
    };
  const named = `data: ${JSON.stringify({ ...aChunk({ content: 'a' }), model: OTHER })}`;

  test.each([
    ['before its empty line', `${named}\n`],
    ['in its line', named],
    ['in its text', named.slice(0, -10)],
  ])('%s, under another name: locked', async (_name, text) => {
    chat.endpoint.answer(cutAfter(text, (res) => void res.end()));
    expect((await ask(true)).text).toContain('attestation-mismatch');
    expect(chat.house.mismatches).toHaveLength(1);
  });

  test('by a connection that breaks: locked', async () => {
    chat.endpoint.answer(cutAfter(`data: ${JSON.stringify(first)}\n\n${named}`, (res) => void res.destroy()));
    expect((await ask(true)).text).toContain('attestation-mismatch');
    expect(chat.house.mismatches).toHaveLength(1);
  });

  test('under the right name: not locked', async () => {
    chat.endpoint.answer(cutAfter(`data: ${JSON.stringify(first)}`, (res) => void res.end()));
    expect((await ask(true)).text).toContain('upstream-bad-answer');
    expect(chat.house.mismatches).toEqual([]);
  });
});

describe('an answer without a name', () => {
  const NO_NAMES = [undefined, null, ''];

  function bindNameOnly(): void {
    const { baseUrl } = chat.endpoint;
    chat.bind([{ attestation: 'name-only', nameOnly: { baseUrl, signedBy: RADIOLOGIST } }]);
  }
  const answers = (model: unknown) => ({
    whole: (res: ServerResponse) => json(res, aCompletion({ model })),
    streamed: (res: ServerResponse) =>
      stream(
        res,
        soundChunks().map((chunk) => ({ ...chunk, model })),
      ),
  });

  test.each(NO_NAMES)('%p, where the reply is to prove it: withheld, not locked', async (model) => {
    for (const streams of [false, true]) {
      chat.endpoint.answer(answers(model)[streams ? 'streamed' : 'whole']);
      expect((await ask(streams)).text).toContain('attestation-mismatch');
    }
    expect(chat.house.mismatches).toEqual([]);
  });

  test.each(NO_NAMES)(
    '%p, where two signed for the name alone: let out, and the case says so',
    async (model) => {
      bindNameOnly();
      chat.endpoint.answer(answers(model).whole);
      const whole = await ask(false);
      expect(whole.body).toMatchObject({ model: NAMED, choices: [{ message: { role: 'assistant' } }] });
      expect(chat.house.last().facts).toMatchObject({
        ...{ release: { action: 'released' }, model: { attestation: 'name-only' } },
        asked: { attested: {} },
      });
      chat.endpoint.answer(answers(model).streamed);
      const streamed = await ask(true);
      expect(eventsIn(streamed.text).at(-1)).toBe('[DONE]');
      expect(chat.house.last().facts).toMatchObject({
        ...{ release: { action: 'released' }, model: { attestation: 'name-only' } },
        output: { type: 'openai-chat' },
      });
      expect(chat.house.mismatches).toEqual([]);
    },
  );

  test('some chunks with the right name and some without: let out', async () => {
    bindNameOnly();
    chat.endpoint.answer((res) => stream(res, [{ ...first, model: null }, ...others]));
    expect(eventsIn((await ask(true)).text).at(-1)).toBe('[DONE]');
  });

  test('signed for, and another name all the same: locked', async () => {
    bindNameOnly();
    chat.endpoint.answer((res) => stream(res, [{ ...first, model: null }, aChunk({}, { model: OTHER })]));
    expect((await ask(true)).text).toContain('attestation-mismatch');
    expect(chat.house.mismatches).toHaveLength(1);
  });

  test('nobody signed: refused before the call', async () => {
    chat.bind([{ attestation: 'name-only' }]);
    expect((await ask(false)).status).toBe(403);
    expect(chat.endpoint.calls).toEqual([]);
  });
});
