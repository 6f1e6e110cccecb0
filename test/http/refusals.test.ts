import request from 'supertest';
import type { InferenceHouse } from '../fakes/inference-house.ts';
import { aBinding, aTextBinding } from '../fakes/register-builder.ts';
import { aChatBinding, STUDY } from '../fakes/chat-app.ts';
import { LABEL_DOOR } from './refusals-monai.ts';
import { TORCHSERVE_DOOR, TORCHSERVE_UPLOAD } from './refusals-torchserve.ts';
import { knockAt, REFUSALS, SECRET, sendOwn, type DialectDoor } from './refusal-table.ts';

const JSON_TYPE = 'application/json';
const CHAT = '/v1/chat/completions';
const INFER = '/v2/models/lung-nodule/versions/2.1.0/infer';

function chatBody(more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    model: 'lung-nodule@2.1.0',
    messages: [{ role: 'user', content: 'Draft it.' }],
    metadata: { study_instance_uid: STUDY },
    ...more,
  });
}

function inferBody(more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ inputs: [], parameters: { study_instance_uid: STUDY }, ...more });
}

function generateBody(parameters: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    text_input: 'Draft it.',
    parameters: { study_instance_uid: STUDY, ...parameters },
  });
}

function poster(path: string) {
  return (name: string, status: number, body: string, type = JSON_TYPE) => ({
    name,
    status,
    send: async (app: Parameters<DialectDoor['call']>[0], cookie: string) =>
      await request(app).post(path).set('Cookie', cookie).set('Content-Type', type).send(body),
  });
}

/** One byte behind the JSON. */
const RAW_TENSOR = { name: 'x', shape: [1], datatype: 'UINT8', parameters: { binary_data_size: 1 } };

const listOfVersions: DialectDoor['list'] = async (app, cookie) => {
  const known = await request(app)
    .get('/v2/models/lung-nodule/versions/2.1.0')
    .set({ Cookie: cookie, 'Countersign-Study': STUDY });
  return JSON.stringify(known.body.versions ?? []);
};

const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
const toChat = poster(CHAT);
const toInfer = poster(INFER);

/** Every dialect in which AI is called, as its clients call it. */
const DOORS: readonly DialectDoor[] = [
  LABEL_DOOR,
  TORCHSERVE_DOOR,
  TORCHSERVE_UPLOAD,
  {
    name: 'Open Inference Protocol',
    binding: aBinding(),
    call: async (app, { cookie, model, version, headers }) =>
      await request(app)
        .post(`/v2/models/${model}${version === undefined ? '' : `/versions/${version}`}/infer`)
        .set({ ...headers, Cookie: cookie })
        .set('Content-Type', JSON_TYPE)
        .send(inferBody()),
    sentenceIn: ({ body }) => body.error,
    list: async (app, cookie) => {
      const ready = await request(app)
        .get('/v2/models/lung-nodule/versions/2.1.0/ready')
        .set({ Cookie: cookie, 'Countersign-Study': STUDY });
      return ready.body.ready === true ? 'lung-nodule 2.1.0' : '';
    },
    listedAs: 'lung-nodule 2.1.0',
    own: [
      toInfer('a parameter that steers the server', 403, inferBody({ parameters: { priority: 1 } })),
      toInfer('no JSON', 400, '{'),
      toInfer('JSON that nests too deep', 400, `{"inputs":${deep}}`),
      toInfer('a body of another type', 415, inferBody(), 'text/plain'),
      toInfer('a body that is too large', 413, inferBody({ id: 'x'.repeat(2_000_000) })),
      toInfer('shared memory', 403, inferBody({ inputs: [{ parameters: { shared_memory_region: 'r' } }] })),
      poster(INFER.replace('infer', 'generate'))(
        'text with a parameter that steers the server',
        403,
        generateBody({ timeout: 1 }),
      ),
      poster('/v2/models/lung-nodule/generate_stream')('text without a version', 400, generateBody()),
      ...[
        'repository/index',
        'repository/models/lung-nodule/load',
        'repository/models/lung-nodule/unload',
        'trace/setting',
        'models/lung-nodule/trace/setting',
        'logging',
        'models/lung-nodule/versions/2.1.0/config',
        'systemsharedmemory/region/x/register',
        'cudasharedmemory/region/x/register',
      ].map((path) => poster(`/v2/${path}`)(`/v2/${path}`, 403, '{}')),
    ],
  },
  {
    name: 'Open Inference Protocol, text',
    binding: aTextBinding(),
    call: async (app, { cookie, model, version, headers }) =>
      await request(app)
        .post(`/v2/models/${model}${version === undefined ? '' : `/versions/${version}`}/generate`)
        .set({ ...headers, Cookie: cookie })
        .set('Content-Type', JSON_TYPE)
        .send(JSON.stringify({ text_input: '', parameters: { study_instance_uid: STUDY } })),
    sentenceIn: ({ body }) => body.error,
    list: listOfVersions,
    listedAs: '"2.1.0"',
    own: [],
  },
  {
    name: 'Open Inference Protocol, text as it comes',
    binding: aTextBinding(),
    call: async (app, { cookie, model, version, headers }) =>
      await request(app)
        .post(`/v2/models/${model}${version === undefined ? '' : `/versions/${version}`}/generate_stream`)
        .set({ ...headers, Cookie: cookie })
        .set('Content-Type', JSON_TYPE)
        .send(JSON.stringify({ text_input: '', parameters: { study_instance_uid: STUDY } })),
    sentenceIn: ({ body }) => body.error,
    list: async (app, cookie) => {
      const known = await request(app)
        .get('/v2/models/lung-nodule')
        .set({ Cookie: cookie, 'Countersign-Study': STUDY });
      return JSON.stringify(known.body.versions ?? []);
    },
    listedAs: '"2.1.0"',
    own: [],
  },
  {
    name: 'Open Inference Protocol, raw tensors',
    binding: aBinding({ input: 'caller' }),
    call: async (app, { cookie, model, version, headers }) => {
      const head = JSON.stringify({ inputs: [RAW_TENSOR], parameters: { study_instance_uid: STUDY } });
      return await request(app)
        .post(`/v2/models/${model}${version === undefined ? '' : `/versions/${version}`}/infer`)
        .set({ ...headers, Cookie: cookie })
        .set('Content-Type', 'application/octet-stream')
        .set('Inference-Header-Content-Length', String(head.length))
        .send(Buffer.concat([Buffer.from(head), Buffer.of(7)]));
    },
    sentenceIn: ({ body }) => body.error,
    list: listOfVersions,
    listedAs: '"2.1.0"',
    own: [],
  },
  {
    name: 'OpenAI-compatible chat, streamed',
    binding: aChatBinding(),
    call: async (app, { cookie, model, version, headers }) =>
      await request(app)
        .post(CHAT)
        .set({ ...headers, Cookie: cookie })
        .set('Content-Type', JSON_TYPE)
        .send(chatBody({ model: version === undefined ? model : `${model}@${version}`, stream: true })),
    sentenceIn: ({ body }) => body.error.message,
    list: async (app, cookie) =>
      (
        await request(app)
          .get('/v1/models/lung-nodule%402.1.0')
          .set({ Cookie: cookie, 'Countersign-Study': STUDY })
      ).text,
    listedAs: '"id":"lung-nodule@2.1.0"',
    unknownStatus: 404,
    own: [],
  },
  {
    name: 'OpenAI-compatible chat',
    binding: aChatBinding(),
    call: async (app, { cookie, model, version, headers }) =>
      await request(app)
        .post(CHAT)
        .set({ ...headers, Cookie: cookie })
        .set('Content-Type', JSON_TYPE)
        .send(chatBody({ model: version === undefined ? model : `${model}@${version}` })),
    sentenceIn: ({ body }) => body.error.message,
    list: async (app, cookie) =>
      (await request(app).get('/v1/models').set({ Cookie: cookie, 'Countersign-Study': STUDY })).text,
    listedAs: '"id":"lung-nodule@2.1.0"',
    unknownStatus: 404,
    own: [
      toChat('a member that steers the server', 403, chatBody({ priority: 1 })),
      toChat('tools', 403, chatBody({ tools: [] })),
      toChat('no JSON', 400, '{'),
      toChat('JSON that nests too deep', 400, chatBody({ messages: JSON.parse(deep) })),
      toChat('a body of another type', 415, chatBody(), 'text/plain'),
      toChat('a body that is too large', 413, chatBody({ user: 'x'.repeat(2_000_000) })),
      ...['load', 'unload'].map((act) =>
        poster(`/v1/models/lung-nodule@2.1.0/${act}`)(`a route that can ${act} a model`, 403, '{}'),
      ),
      ...['completions', 'embeddings', 'files', 'responses', 'fine_tuning/jobs', 'chat/completions/x'].map(
        (path) => poster(`/v1/${path}`)(`/v1/${path}`, 403, '{}'),
      ),
    ],
  },
];

describe.each(DOORS)('$name', (door) => {
  test('permitted: the answer comes, and the list has it', async () => {
    const { answer, house, listed } = await knockAt(door);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(SECRET);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(answer.headers['case-id']).toBe(house.last().caseId);
    expect(listed).toContain(door.listedAs);
  });

  test.each(REFUSALS)(
    '$name -> $status, nothing of the AI, on record where it was decided',
    async (refusal) => {
      const { given, status, reason, isListed = false } = refusal;
      const { answer, house, listed } = await knockAt(door, given);
      expect(answer.status).toBe(statusAt(door, status, reason));
      expect(answer.text).not.toContain(SECRET);
      expect(house.calls).toHaveLength(0);
      expect(door.sentenceIn(answer)).toMatch(/\.$/);
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'gateway-origin': 'gateway' });
      expect(answer.headers['case-id']).toBe(house.log.all()[0]?.caseId);
      expect(reasonsOnRecord(house)).toEqual(reason === undefined ? [] : expect.arrayContaining([reason]));
      expect(listed.includes(door.listedAs)).toBe(isListed);
    },
  );

  test.each([{ Origin: 'https://elsewhere.example' }, { 'Sec-Fetch-Site': 'cross-site' }])(
    'from the page of another site (%j) -> 403 in its shape, and nothing is decided',
    async (headers) => {
      const { answer, house } = await knockAt(door, { asked: { headers } });
      expect(answer.status).toBe(403);
      expect(door.sentenceIn(answer)).toContain('did not come from the gateway’s own pages');
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'gateway-origin': 'gateway' });
      expect(house.kinds()).toEqual([]);
    },
  );

  if (door.own.length === 0) return;
  test.each(door.own)('$name -> $status, and nothing is decided', async (own) => {
    const { answer, house } = await sendOwn(door, own);
    expect(answer.status).toBe(own.status);
    expect(door.sentenceIn(answer)).toMatch(/\.$/);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'gateway-origin': 'gateway' });
    expect(house.kinds()).toEqual([]);
  });
});

function statusAt(door: DialectDoor, status: number, reason: string | undefined): number {
  return reason === 'model-unknown' ? (door.unknownStatus ?? status) : status;
}

function reasonsOnRecord(house: InferenceHouse): readonly string[] {
  return house.log.all().flatMap(({ facts }) => facts.decision?.reasons ?? []);
}
