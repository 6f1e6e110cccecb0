import request from 'supertest';
import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { edgeApp, keptLog, PUBLIC_URL, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { fakeFlows, KNOWN_SESSION } from '../fakes/fake-flows.ts';
import { aWord, readWord, RESULT_OBJECT } from '../fakes/fake-result-flows.ts';

const { study, series, sopInstanceUid } = RESULT_OBJECT;
const PATH = `/api/results/${study}/${series}/${sopInstanceUid}/classification`;
const PROBABLE = '/api/results/probable';
const app = edgeApp();
const withFlows = (flows: Partial<Flows>) => edgeApp({ flows: fakeFlows(flows) });
const open = (path: string, over = app): request.Test => request(over).get(path).set('cookie', SIGNED_IN);
const put = (body: unknown, over = app, path = PATH): request.Test =>
  request(over)
    .put(path)
    .set('cookie', SIGNED_IN)
    .set('content-type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));

describe('GET /api/results/probable', () => {
  test('what waits, with where the next page begins', async () => {
    const { status, body, headers } = await open(PROBABLE);
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body).toEqual({
      results: [{ study, series, sopInstanceUid, seenAt: '2026-03-03T14:05:06.000Z' }],
      next: `${String(Date.UTC(2026, 2, 3, 14, 5, 6))}:${sopInstanceUid}`,
    });
  });

  test('a page is asked for as the one before said', async () => {
    const given: unknown[] = [];
    const over = withFlows({
      listProbableResults: async ({ after, limit }) => {
        given.push({ after, limit });
        return { results: [] };
      },
    });
    const { body } = await open(`${PROBABLE}?cursor=17:1.2.3&limit=5`, over);
    expect([body, given]).toEqual([
      { results: [] },
      [{ after: { seenAt: 17, sopInstanceUid: '1.2.3' }, limit: 5 }],
    ]);
  });

  test.each([
    'cursor=17',
    'cursor=17:1..2',
    'cursor=x:1.2',
    `cursor=1:${'1'.repeat(65)}`,
    'cursor=1:1&cursor=1:1',
    'limit=0',
    'limit=201',
    'x=1',
  ])('%s -> 400', async (query) => {
    expectProblem(await open(`${PROBABLE}?${query}`), 400, 'bad-request');
  });
});

describe('GET …/classification', () => {
  const said = [aWord(9, { reason: 'Two readers agree' }), aWord(5, { said: { verdict: 'not-ai' } })];
  const over = withFlows({ readClassification: async () => readWord(said) });

  test('what stands, with its ETag, and what was said before', async () => {
    const { status, body, headers } = await open(PATH, over);
    expect([status, headers['etag'], headers['cache-control']]).toEqual([200, '"classified-9"', 'no-store']);
    expect(body).toMatchObject({
      study,
      series,
      sopInstanceUid,
      verdict: 'ai-unknown',
      reason: 'Two readers agree',
      practitioner: 'alice.osei',
      saidAt: '2026-03-03T14:05:06.000Z',
      etag: 'classified-9',
      logIndex: 9,
      mayClassify: true,
      reasons: [],
    });
    expect(body.history).toMatchObject([{ verdict: 'ai-unknown' }, { verdict: 'not-ai' }]);
  });

  test('who has it already gets no more of it', async () => {
    const res = await open(PATH, over).set('if-none-match', '"classified-9"');
    expect([res.status, res.text]).toEqual([304, '']);
    expectProblem(await open(PATH, over).set('if-none-match', 'classified-9'), 400, 'bad-request');
  });

  test('of an object of which nobody has said anything -> 404', async () => {
    expectProblem(await open(PATH), 404, 'not-found');
  });
});

describe('PUT …/classification', () => {
  test.each([
    [{ verdict: 'not-ai' }, { verdict: 'not-ai' }],
    [{ verdict: 'ai-unknown', reason: '  In\tdoubt,\r\nas \u{1f9ea} ’ says ' }, { verdict: 'ai-unknown' }],
    [
      { verdict: 'ai-of', model: 'lung', version: '1.0' },
      { verdict: 'ai-of', model: 'lung', version: '1.0' },
    ],
  ])('%j is said of the object in the path', async (body, expected) => {
    const given: unknown[] = [];
    const over = withFlows({
      classifyResult: async ({ object, said, reason, ifMatch }) => {
        given.push({ object, said, reason, ifMatch });
        return aWord(43, { said });
      },
    });
    const res = await put(body, over);
    expect([res.status, res.headers['etag'], res.body.verdict]).toEqual([
      200,
      '"classified-43"',
      body.verdict,
    ]);
    const reason = 'reason' in body ? 'In\tdoubt,\r\nas \u{1f9ea} ’ says' : undefined;
    expect(given).toEqual([{ object: RESULT_OBJECT, said: expected, reason, ifMatch: undefined }]);
  });

  test.each<[Readonly<Record<string, string>>, string | undefined]>([
    [{}, undefined],
    [{ 'if-match': '"classified-9"' }, 'classified-9'],
    [{ 'if-none-match': '*' }, ''],
  ])('with %j it holds for that state', async (headers, expected) => {
    const given: unknown[] = [];
    const classifyResult: Flows['classifyResult'] = async ({ ifMatch }) => {
      given.push(ifMatch);
      return aWord(1);
    };
    await put({ verdict: 'not-ai' }, withFlows({ classifyResult })).set(headers);
    expect(given).toEqual([expected]);
  });

  test.each([
    { 'if-match': 'classified-9' },
    { 'if-match': '*' },
    { 'if-match': '""' },
    { 'if-match': 'W/"classified-9"' },
    { 'if-match': '"a", "b"' },
    { 'if-none-match': '"classified-9"' },
    { 'if-match': '"classified-9"', 'if-none-match': '*' },
  ])('%j -> 400', async (headers) => {
    expectProblem(await put({ verdict: 'not-ai' }).set(headers), 400, 'bad-request');
  });

  test.each([
    ['no JSON', '{', 400, 'bad-request'],
    ['no object', '[]', 400, 'bad-request'],
    ['no verdict', {}, 400, 'bad-request'],
    ['a made-up verdict', { verdict: 'perhaps' }, 400, 'bad-request'],
    ['a version that is not named', { verdict: 'ai-of', model: 'lung' }, 400, 'bad-request'],
    ['a version of no AI', { verdict: 'not-ai', model: 'lung', version: '1' }, 400, 'bad-request'],
    ['the latest version', { verdict: 'ai-of', model: 'lung', version: 'latest' }, 400, 'bad-request'],
    ['a field too many', { verdict: 'not-ai', practitioner: 'ben' }, 400, 'bad-request'],
    ['an empty reason', { verdict: 'not-ai', reason: ' ' }, 400, 'bad-request'],
    ['a report for a reason', { verdict: 'not-ai', reason: 'x'.repeat(501) }, 400, 'bad-request'],
    ['a NUL in a reason', { verdict: 'not-ai', reason: 'seen\u0000it' }, 400, 'bad-request'],
    ['an escape in a reason', { verdict: 'not-ai', reason: 'seen\u001b[2Jit' }, 400, 'bad-request'],
    ['half a character in a reason', { verdict: 'not-ai', reason: 'seen \ud83d it' }, 400, 'bad-request'],
    ['a prototype', '{"__proto__":{"verdict":"not-ai"}}', 400, 'bad-request'],
    ['a huge body', { verdict: 'not-ai', reason: 'x'.repeat(20_000) }, 413, 'payload-too-large'],
  ])('%s -> %s', async (_name, body, status, code) => {
    expectProblem(await put(body), status, code);
  });

  test.each([
    ['../..', series],
    ['1..2', series],
    [study, '1.2%2f3'],
    [study, 'x'],
  ])('of an object whose UIDs are %s and %s -> no word', async (one, other) => {
    const res = await put(
      { verdict: 'not-ai' },
      app,
      `/api/results/${one}/${other}/${sopInstanceUid}/classification`,
    );
    expect([400, 404]).toContain(res.status);
  });

  test('from a page of somebody else -> 403', async () => {
    const res = await put({ verdict: 'not-ai' }).set('origin', 'https://evil.example');
    expectProblem(res, 403, 'same-origin-required');
    expect((await put({ verdict: 'not-ai' }).set('origin', PUBLIC_URL)).status).toBe(200);
  });

  test('as anything but JSON -> 415; by another method -> 405', async () => {
    expectProblem(
      await put('verdict=not-ai').set('content-type', 'text/plain'),
      415,
      'unsupported-media-type',
    );
    for (const method of ['post', 'delete', 'patch'] as const) {
      const res = await request(app)[method](PATH).set('cookie', SIGNED_IN);
      expectProblem(res, 405, 'method-not-allowed');
      expect(res.headers['allow']).toBe('GET, HEAD, PUT, OPTIONS');
    }
  });

  test('nobody -> 401', async () => {
    const bare = request(app)
      .put(PATH)
      .set('content-type', 'application/json')
      .set('authorization', 'Bearer x');
    expectProblem(await bare.send('{"verdict":"not-ai"}'), 401, 'not-identified');
  });

  test.each([
    'not-classifiable',
    'precondition-failed',
    'precondition-required',
    'case-log-unavailable',
  ] as const)('what the flow refuses is told as such: %s', async (code) => {
    const classifyResult = (): Promise<never> =>
      Promise.reject(new GatewayError(code, { detail: 'So it is.' }));
    const res = await put({ verdict: 'not-ai' }, withFlows({ classifyResult }));
    expect([res.body.code, res.body.detail]).toEqual([code, 'So it is.']);
  });

  test('a decision is one line of the log and one count, without the object or the person', async () => {
    const { logger, lines } = keptLog();
    const refusal = new NotPermitted([reasonOf('assurance-too-low', { assurance: 3 })]);
    let isRefused = false;
    const classifyResult: Flows['classifyResult'] = async ({ said }) => {
      if (isRefused) throw refusal;
      return aWord(1, { said });
    };
    const over = edgeApp({ logger, flows: fakeFlows({ classifyResult }) });
    await put({ verdict: 'not-ai' }, over);
    isRefused = true;
    await put({ verdict: 'not-ai' }, over);
    const decisions = lines.filter(({ message }) => message === 'decision').map(({ fields }) => fields);
    expect(decisions).toMatchObject([
      { what: 'classification', verdict: 'not-ai', permitted: true },
      { what: 'classification', verdict: 'not-ai', permitted: false, reasons: ['assurance-too-low'] },
    ]);
    expect(JSON.stringify(decisions)).not.toMatch(new RegExp(`${KNOWN_SESSION}|${study}|alice`));
  });
});
