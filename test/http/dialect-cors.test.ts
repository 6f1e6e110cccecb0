import OpenAI from 'openai';
import request, { type Response } from 'supertest';
import { buildApp } from '../../src/http/build-app.ts';
import { aCompletion, COOKIE, NAMED, openChatHouse, STUDY, type ChatHouse } from '../fakes/chat-app.ts';
import { edgeDeps, PUBLIC_URL } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { SESSION } from '../fakes/inference-house.ts';
import { flowsOf } from '../fakes/oip-app.ts';
import { json } from '../fakes/scripted-endpoint.ts';

const VIEWER = 'https://viewer.example';
const STRANGERS = ['https://evil.example', 'null', `${VIEWER}.evil.example`, 'http://viewer.example'];
const BEARER = { Authorization: `Bearer ${SESSION}` };
const CHAT = '/v1/chat/completions';
const INFER = '/v2/models/lung-nodule/versions/2.1.0/infer';
const ASKED = { model: NAMED, messages: [{ role: 'user', content: 'Draft.' }] };

let opened: ChatHouse;
beforeEach(async () => {
  opened = await openChatHouse();
});
afterEach(() => opened.close());

const door = (allowedOrigins: readonly string[] = [VIEWER]) => {
  const flows = { ...fakeFlows(), ...flowsOf(opened.house) };
  return request(buildApp(edgeDeps({ flows, allowedOrigins })));
};
const corsOf = ({ headers }: Response): readonly string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));
const listOf = (res: Response, name: string): readonly string[] =>
  String(res.headers[name]).toLowerCase().split(', ');
const preflight = (path: string, Origin: string, headers = 'authorization, idempotency-key') =>
  door().options(path).set({
    Origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': headers,
  });

describe('a preflight', () => {
  test.each([CHAT, INFER, '/v1/models', '/v2', '/v2/models/nothing/generate_stream'])(
    '%s is answered here, without a login',
    async (path) => {
      const answer = await preflight(path, VIEWER);
      expect(answer.status).toBe(204);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': VIEWER,
        'access-control-allow-methods': 'GET, HEAD, POST',
        'access-control-max-age': '600',
        vary: expect.stringContaining('Origin'),
      });
      expect(listOf(answer, 'access-control-allow-headers')).toEqual(
        expect.arrayContaining([
          'authorization',
          'content-type',
          'countersign-patients',
          'countersign-study',
          'idempotency-key',
          'inference-header-content-length',
        ]),
      );
    },
  );

  test.each(STRANGERS)('of %s names nothing', async (origin) => {
    const answer = await preflight(CHAT, origin);
    expect([answer.status, corsOf(answer)]).toEqual([204, []]);
  });

  test.each(['/monai/infer/lung-nodule@2.1.0', '/api/cases', '/v10', '/V1/models', '/auth/token'])(
    '%s is none of these doors',
    async (path) => {
      expect(corsOf(await preflight(path, VIEWER))).toEqual([]);
    },
  );

  test('lets pass what the API’s own client sends from a page', async () => {
    const sent: string[] = [];
    const client = new OpenAI({
      apiKey: SESSION,
      organization: 'trust',
      project: 'radiology',
      baseURL: `${PUBLIC_URL}/v1`,
      fetch: (_url, init) => {
        sent.push(...new Headers(init?.headers).keys());
        return Promise.resolve(Response.json(aCompletion()));
      },
    });
    await client.chat.completions.create(
      { model: NAMED, messages: [{ role: 'user', content: 'Draft.' }] },
      { idempotencyKey: 'one', headers: { 'Countersign-Study': STUDY } },
    );
    // A page sends its browser’s own.
    const foreign = sent.filter((name) => name !== 'user-agent');
    expect(foreign).toContain('x-stainless-lang');
    const allowed = listOf(await preflight(CHAT, VIEWER), 'access-control-allow-headers');
    expect(foreign.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});

describe('a call of a page of another origin', () => {
  test('with a bearer token is made, and its case can be read', async () => {
    opened.endpoint.answer((res) => {
      json(res, aCompletion());
    });
    const answer = await door()
      .post(CHAT)
      .set({ ...BEARER, Origin: VIEWER, 'Countersign-Study': STUDY, 'Sec-Fetch-Site': 'cross-site' })
      .send(ASKED);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': VIEWER,
      'cross-origin-resource-policy': 'cross-origin',
      'case-id': expect.any(String),
    });
    expect(listOf(answer, 'access-control-expose-headers')).toEqual(
      expect.arrayContaining([
        'case-id',
        'case-log-index',
        'countersign-draft',
        'gateway-origin',
        'inference-header-content-length',
        'request-id',
        'retry-after',
        'www-authenticate',
        'x-should-retry',
      ]),
    );
  });

  test.each([
    { name: 'nobody', path: '/v1/models', headers: {}, status: 401 },
    {
      name: 'a wrong token',
      path: '/v2/models/lung-nodule',
      headers: { Authorization: 'Bearer x' },
      status: 401,
    },
    { name: 'a list', path: '/v1/models', headers: BEARER, status: 200 },
    { name: 'health', path: '/v2/health/live', headers: {}, status: 200 },
    { name: 'nothing there', path: '/v2/repository/index', headers: BEARER, status: 403 },
  ])('$name: the answer can be read, whatever it says', async ({ path, headers, status }) => {
    const answer = await door().get(path).set(headers).set('Origin', VIEWER);
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, VIEWER]);
  });

  test('with a cookie alone is not made, and can read why', async () => {
    const answer = await door().post(CHAT).set({ Cookie: COOKIE, Origin: VIEWER }).send(ASKED);
    expect(answer.status).toBe(403);
    expect(answer.body.error.code).toBe('same-origin-required');
    expect(answer.headers['access-control-allow-origin']).toBe(VIEWER);
    expect(opened.house.log.all()).toEqual([]);
  });

  test.each(STRANGERS)('%s reads nothing', async (origin) => {
    const answer = await door()
      .get('/v1/models')
      .set({ ...BEARER, Origin: origin });
    expect(corsOf(answer)).toEqual([]);
    expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  test('where the config names no origin there is none but our own', async () => {
    const of = (Origin: string) =>
      door([])
        .get('/v1/models')
        .set({ ...BEARER, Origin });
    expect(corsOf(await of(VIEWER))).toEqual([]);
    expect((await of(PUBLIC_URL)).headers['access-control-allow-origin']).toBe(PUBLIC_URL);
  });
});
