import request from 'supertest';
import { COOKIE, STUDY } from '../fakes/chat-app.ts';
import { RADIOLOGIST, shippedPolicy } from '../fakes/register-builder.ts';
import { openTorchserveHouse, OUTPUTS, type TorchserveHouse } from '../fakes/torchserve-app.ts';
import { aDescription, sayBytes, sayError, sayJson } from '../fakes/torchserve-server.ts';

const PREDICT = '/torchserve/predictions/lung-nodule/2.1.0';
const PIXELS = Buffer.from([0, 1, 2, 0xff]);
let open: TorchserveHouse;
beforeEach(async () => {
  open = await openTorchserveHouse();
});
afterEach(() => open.close());

const call = (path = PREDICT, method: 'post' | 'put' = 'post'): request.Test =>
  request(open.app)[method](path).set({ Cookie: COOKIE, 'Countersign-Study': STUDY });
/** As a client that knows nothing of the gateway's members. */
const own = (bytes = PIXELS): request.Test => call().set('Content-Type', 'image/png').send(bytes);

describe('a study', () => {
  test('is read by the endpoint with a token that is good until the call is over', async () => {
    open.bind([OUTPUTS]);
    const { status, body, headers } = await call();
    expect([status, body]).toEqual([200, { score: 0.75, finding: 'nodule' }]);
    expect(headers).toMatchObject({
      ...{ 'content-type': 'application/json', 'cache-control': 'no-store' },
      ...{ 'case-id': open.house.last().caseId, 'case-log-index': '1' },
    });
    const [sent] = open.server.calls;
    expect([sent?.url, sent?.headers.cookie]).toEqual(['/predictions/nodules/3', undefined]);
    expect(JSON.parse(String(sent?.body))).toMatchObject({
      ...{ study_instance_uid: STUDY, dicomweb_token: `token-of-${String(headers['case-id'])}` },
    });
    expect([...open.house.livingTokens]).toEqual([]);
    expect(open.house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(open.house.last().facts).toMatchObject({
      output: { type: 'torchserve', scoreMicro: 750_000, codes: ['nodule'] },
      study: { inputFrom: 'study', inputVerified: true },
    });
  });

  test.each([
    [
      'the query, as the Open Inference Protocol calls it',
      `${PREDICT}?study_instance_uid=${STUDY}&function=detection`,
    ],
    [
      'one name for model and version',
      `/torchserve/predictions/lung-nodule@2.1.0?study_instance_uid=${STUDY}`,
    ],
    ['that name, escaped', `/torchserve/predictions/lung-nodule%402.1.0?study_instance_uid=${STUDY}`],
  ])('is named by %s', async (_name, path) => {
    const { status } = await request(open.app).post(path).set('Cookie', COOKIE);
    expect([status, open.server.calls.length]).toEqual([200, 1]);
  });

  test('is to be named', async () => {
    const { status, body } = await request(open.app).post(PREDICT).set('Cookie', COOKIE);
    expect([status, body.code, body.type]).toEqual([400, 400, 'BadRequestException']);
    expect(body.message).toContain('study_instance_uid');
  });

  test('an empty body that says it is one is none', async () => {
    const { status } = await call().set('Content-Length', '0').send('');
    expect(status).toBe(200);
  });
});

describe('input of the caller’s own', () => {
  test.each(['post', 'put'] as const)('by %s: passed on as it is, marked as not verified', async (method) => {
    open.bind([{ input: 'caller' }]);
    const { status } = await call(PREDICT, method).set('Content-Type', 'image/png').send(PIXELS);
    expect(status).toBe(200);
    expect(open.server.calls).toMatchObject([{ headers: { 'content-type': 'image/png' } }]);
    expect(open.server.calls[0]?.body).toEqual(PIXELS);
    for (const { facts } of open.house.log.all()) {
      expect(facts.study).toMatchObject({
        ...{ inputFrom: 'caller', inputVerified: false, inputDigest: expect.stringMatching(/^sha256:/) },
      });
    }
  });

  test('a form goes with its boundary', async () => {
    open.bind([{ input: 'caller' }]);
    await call().attach('data', PIXELS, 'slice.png');
    expect(open.server.calls[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(open.server.calls[0]?.body.includes(PIXELS)).toBe(true);
  });

  test('wants the policy', async () => {
    open.bind([{ input: 'caller' }], { policy: { ...shippedPolicy(), callerInputAllowed: false } });
    const { status, body } = await own();
    expect([status, body.type, open.server.calls.length]).toEqual([403, 'ForbiddenException', 0]);
    expect(open.house.kinds()).toEqual(['case.refused']);
  });

  test('to an endpoint that reads the study -> 400 that says so', async () => {
    const { status, body } = await own();
    expect([status, body.message]).toEqual([400, expect.stringContaining('detection (reads the study)')]);
  });

  test('two functions: the one that takes it', async () => {
    open.bind([{}, { function: 'triage', input: 'caller' }]);
    await own().expect(200);
    expect(open.house.last().facts.function).toBe('triage');
  });

  test('packed -> 415', async () => {
    const { status, body } = await own().set('Content-Encoding', 'gzip');
    expect([status, body.problem]).toEqual([415, 'unsupported-media-type']);
  });
});

test('nobody unknown has a body read', async () => {
  const sent = request(open.app).post(PREDICT).set('Countersign-Study', STUDY);
  const { status, body } = await sent.send('x'.repeat(2_000_000));
  expect([status, body.type]).toEqual([401, 'InvalidKeyException']);
});

describe('replies', () => {
  test('what is no JSON object is passed on as it came', async () => {
    open.server.answer((res) => sayBytes(res, PIXELS, 'image/png'));
    const { headers, body } = await call().buffer(true).parse(binary);
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': '4',
      'cache-control': 'no-store',
    });
    expect(body).toEqual(PIXELS);
  });

  test('a long one streams, with its case', async () => {
    const long = Buffer.alloc(200_000, 9);
    open.server.answer((res) => sayBytes(res, long, 'application/dicom'));
    const { headers, body } = await call().buffer(true).parse(binary);
    expect(headers).toMatchObject({
      'content-type': 'application/dicom',
      'case-id': open.house.last().caseId,
    });
    expect(body).toEqual(long);
    expect(open.house.kinds()).toEqual(['case.intent', 'case.release', 'case.outcome']);
    expect(open.server.looks).toHaveLength(3);
  });

  test('a long one whose version changes meanwhile is cut, and locks', async () => {
    const [right, other] = [aDescription(), aDescription({ modelVersion: '4' })];
    open.server.describe(
      (res) => sayJson(res, right),
      (res) => sayJson(res, right),
      (res) => sayJson(res, other),
    );
    open.server.answer((res) => sayBytes(res, Buffer.alloc(200_000), 'application/dicom'));
    await expect(call().buffer(true).parse(binary)).rejects.toThrow();
    expect(open.house.last().facts).toMatchObject({ err: 'attestation-mismatch' });
    expect(open.house.mismatches).toHaveLength(1);
  });

  test('a draft says that it is one', async () => {
    open.bind([{ function: 'report-draft' }]);
    open.server.answer((res) => sayJson(res, 'No nodule.'));
    const { headers, text } = await call();
    expect([headers['countersign-draft'], text]).toEqual([
      ...['true', 'DRAFT – AI-generated, not verified\n\nNo nodule.'],
    ]);
  });

  test('under a key a click that is repeated is one case', async () => {
    open.bind([{ input: 'caller' }]);
    const [first, again] = [await own().set('Idempotency-Key', 'k'), await own().set('Idempotency-Key', 'k')];
    expect([first.status, again.status, again.text]).toEqual([200, 200, first.text]);
    expect(open.server.calls).toHaveLength(1);
    const other = await own(Buffer.from('x')).set('Idempotency-Key', 'k');
    expect([other.status, other.body.type]).toEqual([409, 'ConflictStatusException']);
  });
});

describe('errors have TorchServe’s shape', () => {
  test.each([
    [404, 'ModelVersionNotFoundException', 502, 'model-failed'],
    [503, 'ServiceUnavailableException', 502, 'model-failed'],
  ])('the server says %i %s', async (told, type, status, problem) => {
    open.server.answer((res) => sayError(res, told, type));
    const { body, headers } = await call();
    expect(body).toEqual({
      ...{ code: status, type: 'InternalServerException', message: expect.stringMatching(/\.$/) },
      ...{ problem, reasons: [], case_id: headers['case-id'] },
    });
  });

  test('nobody works there: nothing is sent', async () => {
    open.server.describe((res) => sayJson(res, aDescription({ workers: [] })));
    const { body } = await call();
    expect([body.problem, open.server.calls.length]).toEqual(['upstream-unreachable', 0]);
  });

  test('no management address: nothing is sent, but where the name alone was signed for', async () => {
    const unmanaged = await openTorchserveHouse({ isManaged: false });
    const knock = () =>
      request(unmanaged.app).post(PREDICT).set({ Cookie: COOKIE, 'Countersign-Study': STUDY });
    expect((await knock()).body.problem).toBe('attestation-mismatch');
    expect(unmanaged.server.calls).toEqual([]);
    const { baseUrl } = unmanaged.server;
    unmanaged.bind([{ attestation: 'name-only', nameOnly: { baseUrl, signedBy: RADIOLOGIST } }]);
    expect((await knock()).status).toBe(200);
    await unmanaged.close();
  });
});

describe('GET /torchserve/ping', () => {
  test('whoever asks: AI can be unlocked', async () => {
    const { status, body } = await request(open.app).get('/torchserve/ping');
    expect([status, body]).toEqual([200, { status: 'Healthy' }]);
  });

  test('AI is locked -> 503 that says why', async () => {
    const parts = [{ part: 'case-log', ok: false, detail: 'The disk is full.' }] as const;
    const locked = await openTorchserveHouse({ parts });
    const { status, body } = await request(locked.app).get('/torchserve/ping');
    expect([status, body.status, body.type]).toEqual([503, 'Unhealthy', 'ServiceUnavailableException']);
    await locked.close();
  });
});

test.each(['get', 'delete', 'patch'] as const)('%s of a prediction -> 405', async (method) => {
  const { status, body, headers } = await request(open.app)[method](PREDICT).set('Cookie', COOKIE);
  expect([status, body.type, headers['allow']]).toEqual([
    405,
    'MethodNotAllowedException',
    'POST, PUT, OPTIONS',
  ]);
});

function binary(res: request.Response, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  res.on('data', (chunk: Buffer) => chunks.push(chunk));
  res.on('end', () => done(null, Buffer.concat(chunks)));
}
