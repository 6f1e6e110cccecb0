import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import request from 'supertest';
import {
  aChunk,
  beginStream,
  COOKIE,
  eventsIn,
  listen,
  NAMED,
  openChatHouse,
  sendEvent,
  soundChunks,
  stream,
  STUDY,
  type ChatHouse,
} from '../fakes/chat-app.ts';
import { MODEL, NOW } from '../fakes/register-builder.ts';

const SECRET = 'secret-of-the-endpoint';

let chat: ChatHouse;
beforeEach(async () => {
  chat = await openChatHouse();
});
afterEach(() => chat.close());

const ASKED = {
  model: NAMED,
  messages: [{ role: 'user', content: 'Draft it.' }],
  stream: true,
  metadata: { study_instance_uid: STUDY },
};
const said = (content: string): Readonly<Record<string, unknown>> => aChunk({ content });
const [first] = soundChunks();
const stop = { id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' };

describe('a stream that is running', () => {
  interface Running {
    readonly reader: ReadableStreamDefaultReader<Uint8Array>;
    readonly endpoint: ServerResponse;
    readonly leave: () => void;
    readonly close: () => Promise<void>;
  }

  /** A client that has read the first words of a draft, of which no more has come. */
  async function begin(chunks: readonly unknown[] = [first, said('No '), said('nodule.')]): Promise<Running> {
    const { url, close } = await listen(chat.app);
    let endpoint: ServerResponse | undefined;
    chat.endpoint.answer((res) => {
      endpoint = res;
      beginStream(res);
      for (const chunk of chunks) sendEvent(res, chunk);
    });
    const controller = new AbortController();
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { cookie: COOKIE, 'content-type': 'application/json' },
      body: JSON.stringify(ASKED),
      signal: controller.signal,
    });
    const reader = response.body?.getReader();
    if (reader === undefined || endpoint === undefined) throw new Error('no stream');
    await reader.read();
    return { reader, endpoint, leave: () => controller.abort(), close };
  }

  async function rest(reader: Running['reader']): Promise<string> {
    let text = '';
    for (let part = await reader.read(); !part.done; part = await reader.read())
      text += Buffer.from(part.value).toString('utf8');
    return text;
  }

  test('a stop-use cuts it: an event with the reasons, no [DONE]', async () => {
    const running = await begin();
    chat.bind([{}], { stopUses: [stop], sequence: 2 });
    sendEvent(running.endpoint, said(SECRET));
    sendEvent(running.endpoint, said(SECRET));
    const text = await rest(running.reader);
    expect(text).not.toMatch(/secret-of-the-endpoint|\[DONE\]/);
    expect(eventsIn(text).at(-1)).toMatchObject({
      error: { type: 'permission_error', reasons: [expect.objectContaining({ code: 'stop-use' })] },
    });
    expect(chat.house.last().facts).toMatchObject({ release: { reasons: ['stop-use'] }, err: 'withheld' });
    await running.close();
  });

  test('a stop-use cuts it while the endpoint is silent, and hangs up', async () => {
    const running = await begin([first, said(SECRET)]);
    const hungUp = once(running.endpoint, 'close');
    chat.bind([{}], { stopUses: [stop], sequence: 2 });
    await chat.house.letTimePass();
    const text = await rest(running.reader);
    expect(text).not.toMatch(/secret-of-the-endpoint|\[DONE\]/);
    expect(eventsIn(text).at(-1)).toMatchObject({
      error: { type: 'permission_error', reasons: [expect.objectContaining({ code: 'stop-use' })] },
    });
    await hungUp;
    expect(chat.house.last().facts).toMatchObject({ release: { reasons: ['stop-use'] }, err: 'withheld' });
    expect(chat.house.waits.size).toBe(0);
    await running.close();
  });

  test('a viewer who hangs up hangs up the endpoint, and the case says so', async () => {
    const running = await begin();
    const hungUp = once(running.endpoint, 'close');
    const written = new Promise<void>((resolve) => chat.house.log.onNextAppend(resolve));
    running.leave();
    await Promise.all([hungUp, written]);
    expect(chat.house.last().facts).toMatchObject({ err: 'cancelled', output: { complete: false } });
    await running.close();
  });
});

test.each([[[]], [null], [undefined]])(
  'what was used, in a last chunk whose choices are %p',
  async (choices) => {
    const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
    chat.endpoint.answer((res) =>
      stream(res, [...soundChunks().slice(0, 4), aChunk({}, { choices, usage })]),
    );
    const answer = await request(chat.app)
      .post('/v1/chat/completions')
      .set('Cookie', COOKIE)
      .send({ ...ASKED, stream_options: { include_usage: true } });
    const [last, done] = eventsIn(answer.text).slice(-2);
    expect(last).toMatchObject({ choices: [], usage });
    expect(done).toBe('[DONE]');
    expect(chat.house.last().facts).toMatchObject({ release: { action: 'released' } });
  },
);
