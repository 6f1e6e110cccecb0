import type { ServerResponse } from 'node:http';
import request from 'supertest';
import {
  aChunk,
  aCompletion,
  beginStream,
  COOKIE,
  NAMED,
  openChatHouse,
  SERVED,
  soundChunks,
  STUDY,
  type ChatHouse,
} from '../fakes/chat-app.ts';

const OTHER = 'drafter-2.1.1';
const AFTER = '"object":"chat.completion.chunk","choices":[{"message":{"content":"a';

let chat: ChatHouse;
beforeEach(async () => {
  chat = await openChatHouse();
});
afterEach(() => chat.close());

async function ask(streams: boolean): Promise<string> {
  const answer = await request(chat.app)
    .post('/v1/chat/completions')
    .set('Cookie', COOKIE)
    .send({
      model: NAMED,
      messages: [{ role: 'user', content: 'Draft it.' }],
      stream: streams,
      metadata: { study_instance_uid: STUDY },
    });
  return answer.text;
}

const TYPES = { whole: 'application/json', streamed: 'text/event-stream' } as const;

/** Sends bytes as they are, and then ends, or breaks the connection. */
const sends =
  (bytes: string | Buffer, how: { readonly type: string; readonly breaks?: boolean }) =>
  (res: ServerResponse): void => {
    res.writeHead(200, { 'content-type': how.type });
    res.write(bytes, () => setImmediate(() => (how.breaks === true ? res.destroy() : res.end())));
  };

/** JSON that is none, and what of it may be taken for a name. */
const BROKEN: readonly { readonly name: string; readonly said: string; readonly isLocked: boolean }[] = [
  { name: 'no name, and then another member', said: `{"model":null,${AFTER}`, isLocked: false },
  { name: 'half of no name', said: '{"id":"a","model":nul', isLocked: false },
  { name: 'a list', said: `["a",{"b":1},"model":"${OTHER}"`, isLocked: false },
  { name: 'a text where a value is', said: `{"a":"model":"${OTHER}"`, isLocked: false },
  { name: 'brackets that do not match', said: `{"choices":[{"a":1]}},"model":"${OTHER}"`, isLocked: false },
  { name: 'a name in a list inside', said: `{"a":[["model",{"model":"${OTHER}"}`, isLocked: false },
  {
    name: 'a name in a text with escapes',
    said: `{"model":"${SERVED}","choices":[{"message":{"content":"\\\\\\",\\"model\\":\\"${OTHER}\\"`,
    isLocked: false,
  },
  { name: 'the right name with escapes', said: `{"model":"drafter\\u002d2.1.0",${AFTER}`, isLocked: false },
  {
    name: 'the right name twice',
    said: `{"model":"${SERVED}","model":"${SERVED}",${AFTER}`,
    isLocked: false,
  },
  { name: 'another with escapes', said: `{"model":"drafter\\u002d2.1.1",${AFTER}`, isLocked: true },
  { name: 'another under a key with escapes', said: `{"\\u006dodel":"${OTHER}",${AFTER}`, isLocked: true },
  {
    name: 'another after the right one',
    said: `{"model":"${SERVED}","model":"${OTHER}",${AFTER}`,
    isLocked: true,
  },
  {
    name: 'another before the right one',
    said: `{"model":"${OTHER}","model":"${SERVED}",${AFTER}`,
    isLocked: true,
  },
  { name: 'another after no name', said: `{"model":null,"model":"${OTHER}",${AFTER}`, isLocked: true },
  { name: 'a number', said: `{"model":2,${AFTER}`, isLocked: true },
  { name: 'an object', said: `{"model":{"id":"${SERVED}"},${AFTER}`, isLocked: true },
  { name: 'another in a text before it', said: `{"a":"}]","model":"${OTHER}",${AFTER}`, isLocked: true },
];

test.each(BROKEN)('broken JSON, $name: locked is $isLocked', async ({ said, isLocked }) => {
  const wanted = isLocked ? 'attestation-mismatch' : 'upstream-bad-answer';
  chat.endpoint.answer(sends(said, { type: TYPES.whole }));
  expect(await ask(false)).toContain(wanted);
  chat.endpoint.answer(sends(`data: ${said}\n\n`, { type: TYPES.streamed }));
  expect(await ask(true)).toContain(wanted);
  expect(chat.house.mismatches).toHaveLength(isLocked ? 2 : 0);
});

const twice = (first: string, second: string): string =>
  `{"model":"${first}",${JSON.stringify({ ...aChunk({}), ...aCompletion(), model: second }).slice(1)}`;

test.each([
  ['another, hidden by the right one', twice(OTHER, SERVED)],
  ['the right one, and then another', twice(SERVED, OTHER)],
])('JSON that says two names, %s: locked', async (_name, said) => {
  chat.endpoint.answer(sends(said, { type: TYPES.whole }));
  expect(await ask(false)).toContain('attestation-mismatch');
  chat.endpoint.answer(sends(`data: ${said}\n\ndata: [DONE]\n\n`, { type: TYPES.streamed }));
  expect(await ask(true)).toContain('attestation-mismatch');
  expect(chat.house.mismatches).toHaveLength(2);
});

describe('a reply in one piece', () => {
  const named = (model: string): string => JSON.stringify({ ...aCompletion(), model });
  const cut = (model: string): string => named(model).slice(0, -5);
  /** Longer than is read. */
  const long = (model: string): string =>
    JSON.stringify({ model, choices: [{ message: { content: 'x'.repeat(2_000_000) } }] });

  test.each([
    { name: 'cut by its connection, another', said: cut(OTHER), wanted: 'attestation-mismatch' },
    { name: 'cut by its connection, the right one', said: cut(SERVED), wanted: 'upstream-bad-answer' },
    { name: 'longer than is read, another', said: long(OTHER), wanted: 'attestation-mismatch' },
    { name: 'longer than is read, the right one', said: long(SERVED), wanted: 'upstream-bad-answer' },
  ])('$name -> $wanted', async ({ said, wanted }) => {
    chat.endpoint.answer(sends(said, { type: TYPES.whole, breaks: true }));
    expect(await ask(false)).toContain(wanted);
    expect(chat.house.mismatches).toHaveLength(wanted === 'attestation-mismatch' ? 1 : 0);
  });

  test('that a stream was asked for, under another name: locked', async () => {
    chat.endpoint.answer(sends(named(OTHER), { type: TYPES.whole }));
    expect(await ask(true)).toContain('attestation-mismatch');
    chat.endpoint.answer(sends(`data: ${named(OTHER)}\n\n`, { type: TYPES.streamed }));
    expect(await ask(false)).toContain('attestation-mismatch');
    expect(chat.house.mismatches).toHaveLength(2);
  });
});

describe('a stream that is no UTF-8', () => {
  const bytesOf = (...texts: readonly string[]): Buffer =>
    Buffer.concat(texts.flatMap((text) => [Buffer.from(text), Buffer.from([0xff])]).slice(0, -1));
  const [first] = soundChunks();
  const begun = `data: ${JSON.stringify(first)}\n\n`;

  const another = `data: {"model":"${OTHER}","a":"`;

  test.each([
    { name: 'under another name', bytes: bytesOf(another, '"}\n\n'), isLocked: true },
    { name: 'after a sound chunk', bytes: bytesOf(`${begun}${another}`, '"}\n\n'), isLocked: true },
    {
      name: 'under the right name',
      bytes: bytesOf(`${begun}data: {"model":"${SERVED}","a":"`, '"}\n\n'),
      isLocked: false,
    },
  ])('$name: locked is $isLocked', async ({ bytes, isLocked }) => {
    chat.endpoint.answer((res) => {
      beginStream(res);
      res.end(bytes);
    });
    expect(await ask(true)).toContain(isLocked ? 'attestation-mismatch' : 'upstream-bad-answer');
    expect(chat.house.mismatches).toHaveLength(isLocked ? 1 : 0);
  });
});
