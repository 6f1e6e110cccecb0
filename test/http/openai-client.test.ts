import OpenAI from 'openai';
import { DRAFT_MARK } from '../../src/domain/draft-marking.ts';
import {
  aChunk,
  aCompletion,
  beginStream,
  listen,
  NAMED,
  openChatHouse,
  sendEvent,
  soundChunks,
  stream,
  STUDY,
  type ChatHouse,
} from '../fakes/chat-app.ts';
import { aCaseId, SESSION } from '../fakes/inference-house.ts';
import { MODEL, NOW, shippedPolicy } from '../fakes/register-builder.ts';
import { json } from '../fakes/scripted-endpoint.ts';

/** The `openai` package as it comes, with its own retries. */
let client: OpenAI;
let chat: ChatHouse;
let server: Awaited<ReturnType<typeof listen>>;
const clientWith = (apiKey: string): OpenAI => new OpenAI({ apiKey, baseURL: `${server.url}/v1` });

beforeEach(async () => {
  chat = await openChatHouse();
  server = await listen(chat.app);
  client = clientWith(SESSION);
});
afterEach(async () => {
  await server.close();
  await chat.close();
});

const ASKED = {
  model: NAMED,
  messages: [{ role: 'user' as const, content: 'Draft the report.' }],
  metadata: { study_instance_uid: STUDY },
};

test('lists the models that are unlocked, and retrieves one', async () => {
  const listed: string[] = [];
  for await (const model of client.models.list()) listed.push(model.id);
  expect(listed).toEqual([NAMED]);
  await expect(client.models.retrieve(NAMED)).resolves.toMatchObject({
    id: NAMED,
    object: 'model',
    countersign: { functions: ['report-draft'] },
  });
});

test('a locked version is not in the list, and retrieving it says why', async () => {
  chat.bind([{}], { approved: [] });
  const { data } = await client.models.list();
  expect(data).toEqual([]);
  const error = await faultOf(client.models.retrieve(NAMED));
  expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
  expect(error.error).toMatchObject({ reasons: [expect.objectContaining({ code: 'approval-missing' })] });
});

test('the list on a study hides what the call refuses: messages as the only input, where the policy takes none', async () => {
  const onStudy = { headers: { 'Countersign-Study': STUDY } };
  expect((await client.models.list(onStudy)).data).toHaveLength(1);
  chat.bind([{ input: 'caller' }], { policy: shippedPolicy() });
  expect((await client.models.list(onStudy)).data).toEqual([]);
  const error = await faultOf(client.chat.completions.create(ASKED));
  expect(error.error).toMatchObject({
    reasons: [expect.objectContaining({ code: 'caller-input-not-allowed' })],
  });
});

test('creates a completion', async () => {
  chat.endpoint.answer((res) => json(res, aCompletion()));
  const { data, response } = await client.chat.completions.create(ASKED).withResponse();
  expect(data.model).toBe(NAMED);
  expect(data.choices[0]?.message.content).toBe(`${DRAFT_MARK}No nodule.`);
  expect(response.headers.get('case-id')).toBe(aCaseId(1));
});

test('streams one, with its usage', async () => {
  chat.endpoint.answer((res) => stream(res));
  const chunks = await client.chat.completions.create({
    ...ASKED,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let total: number | undefined;
  for await (const chunk of chunks) {
    expect(chunk.model).toBe(NAMED);
    text += chunk.choices[0]?.delta.content ?? '';
    total = chunk.usage?.total_tokens ?? total;
  }
  expect(text).toBe(`${DRAFT_MARK}No nodule.`);
  expect(total).toBe(8);
});

test('its stream helper puts the message together', async () => {
  chat.endpoint.answer((res) => stream(res));
  const message = await client.chat.completions.stream(ASKED).finalMessage();
  expect(message.content).toBe(`${DRAFT_MARK}No nodule.`);
});

describe('aborts and cuts', () => {
  const [first] = soundChunks();
  const begin = (): void =>
    chat.endpoint.answer((res) => {
      beginStream(res);
      for (const chunk of [first, aChunk({ content: 'No ' }), aChunk({ content: 'nodule.' })])
        sendEvent(res, chunk);
    });

  test('leaving the stream closes the case as cancelled', async () => {
    begin();
    const chunks = await client.chat.completions.create({ ...ASKED, stream: true });
    const written = new Promise<void>((resolve) => chat.house.log.onNextAppend(resolve));
    for await (const _chunk of chunks) break;
    await written;
    expect(chat.house.last().facts).toMatchObject({ err: 'cancelled' });
  });

  test('a stream that is cut is an error of the client', async () => {
    chat.endpoint.answer((res) =>
      stream(res, [first, aChunk({ content: 'No ' }), { error: { message: 'x' } }]),
    );
    const chunks = await client.chat.completions.create({ ...ASKED, stream: true });
    const read = async (): Promise<void> => {
      for await (const _chunk of chunks);
    };
    const error = await faultOf(read());
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error.code).toBe('model-failed');
  });
});

describe('its classes of errors, each tried once', () => {
  const create = (changes: object = {}): Promise<unknown> =>
    client.chat.completions.create({ ...ASKED, ...changes });

  test.each([
    [
      'a session that is none',
      () => clientWith('nobody').chat.completions.create(ASKED),
      OpenAI.AuthenticationError,
      401,
    ],
    ['a version nobody knows', () => create({ model: 'lung-nodule@9.9.9' }), OpenAI.NotFoundError, 404],
    ['no version', () => create({ model: 'lung-nodule' }), OpenAI.BadRequestError, 400],
    ['no study', () => create({ metadata: {} }), OpenAI.BadRequestError, 400],
    [
      'an image of the caller’s',
      () =>
        create({
          messages: [
            { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.example/x.png' } }] },
          ],
        }),
      OpenAI.BadRequestError,
      400,
    ],
    ['two answers', () => create({ n: 2 }), OpenAI.BadRequestError, 400],
    ['tools', () => create({ tools: [] }), OpenAI.PermissionDeniedError, 403],
    [
      'JSON of a draft',
      () => create({ response_format: { type: 'json_object' } }),
      OpenAI.BadRequestError,
      400,
    ],
    [
      'other completions',
      () => client.completions.create({ model: NAMED, prompt: 'x' }),
      OpenAI.PermissionDeniedError,
      403,
    ],
    [
      'embeddings',
      () => client.embeddings.create({ model: NAMED, input: 'x' }),
      OpenAI.PermissionDeniedError,
      403,
    ],
  ] as const)('%s', async (_name, call, kind, status) => {
    const error = await faultOf(call());
    expect(error).toBeInstanceOf(kind);
    expect(error.status).toBe(status);
    expect(error.message).toMatch(/\.$/);
    expect(chat.endpoint.calls).toHaveLength(0);
  });

  test('a stop-use', async () => {
    const stop = { id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' };
    chat.bind([{}], { stopUses: [stop] });
    const error = await faultOf(create());
    expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(error.error).toMatchObject({
      case_id: aCaseId(1),
      reasons: [expect.objectContaining({ code: 'stop-use' })],
    });
    expect(chat.house.kinds()).toEqual(['case.refused']);
  });

  test('a failure of the endpoint is one case, for the client is told not to try again', async () => {
    chat.endpoint.answer((res) => json(res, { error: { message: 'x' } }, 500));
    const error = await faultOf(create());
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(chat.endpoint.calls).toHaveLength(1);
    expect(chat.house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });
});

async function faultOf(call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const fault = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (fault instanceof OpenAI.APIError) return fault;
  throw new Error('the client was not refused', { cause: fault });
}
