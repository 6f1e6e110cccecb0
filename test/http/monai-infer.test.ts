import { createHash } from 'node:crypto';
import request from 'supertest';
import { GatewayError, UpstreamFault } from '../../src/domain/errors.ts';
import { formBoundary, readFormParts } from '../../src/domain/form-parts.ts';
import { startListener } from '../../src/http/start-listener.ts';
import { sendBoth, sendJson, NRRD, SEGMENTATION, WEIGHTS } from '../fakes/label-server.ts';
import { COOKIE, NAMED, openMonaiHouse, SERIES, type MonaiHouse } from '../fakes/monai-app.ts';
import { anApproval, aStudy } from '../fakes/register-builder.ts';
import { aCaseId } from '../fakes/inference-house.ts';

const STUDY = aStudy().studyInstanceUid;
const CASE = aCaseId(1);
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let open: MonaiHouse;
beforeEach(async () => {
  open = await openMonaiHouse();
});
afterEach(async () => {
  await open.close();
});

/** A call with this form field `params`. */
function infer(query: string, params: unknown = {}, model = NAMED): request.Test {
  return request(open.app)
    .post(`/monai/infer/${encodeURIComponent(model)}?${query}`)
    .set('Cookie', COOKIE)
    .field('params', typeof params === 'string' ? params : JSON.stringify(params))
    .buffer(true)
    .parse((res, done) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => done(null, Buffer.concat(chunks)));
    });
}

const bodyOf = (answer: { readonly body: unknown }): Buffer => answer.body as Buffer;
const textOf = (answer: { readonly body: unknown }): string => bodyOf(answer).toString('latin1');
const jsonOf = (answer: { readonly body: unknown }): Record<string, unknown> => JSON.parse(textOf(answer));

describe('a permitted call', () => {
  test('image: the file alone, under a name of the gateway’s, and the case', async () => {
    const answer = await infer(`image=${SERIES}&output=image`);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'case-id': CASE,
      'case-log-index': '1',
      'cache-control': 'no-store',
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="image.nrrd"',
    });
    expect(bodyOf(answer).equals(NRRD)).toBe(true);
  });

  test('json: what the model said of it, and no file', async () => {
    const answer = await infer(`image=${SERIES}&output=json`);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(jsonOf(answer)).toMatchObject({ score: 0.75, label_names: { nodule: 1 } });
  });

  test.each(['', '&output=all'])('a form with both (%s)', async (output) => {
    const answer = await infer(`image=${SERIES}${output}`);
    expect(answer.headers['content-type']).toBe(
      `multipart/form-data; boundary=countersign-${digestOf(NRRD).slice(0, 48)}`,
    );
    const text = textOf(answer);
    expect(text).toContain(
      'Content-Disposition: form-data; name="params"\r\nContent-Type: application/json\r\n\r\n{"score"',
    );
    expect(text).toContain(
      'name="image"; filename="image.nrrd"\r\nContent-Type: application/octet-stream\r\n\r\nNRRD0004',
    );
    expect(Number(answer.headers['content-length'])).toBe(bodyOf(answer).length);
  });

  test('all: a file that ends the form, as far as an endpoint that knows the case can tell, is one file', async () => {
    const mask = Buffer.concat([
      NRRD,
      Buffer.from(`\r\n--countersign-${CASE}\r\nContent-Disposition: form-data; name="x"\r\n\r\n1`),
    ]);
    open.server.answer((res) => sendBoth(res, { score: 0.5, finding: 'nodule' }, mask));
    const answer = await infer(`image=${SERIES}`);
    const boundary = formBoundary(answer.headers['content-type']) ?? '';
    const parts = await readFormParts(bodyOf(answer), { boundary, maxParts: 9 });
    expect(parts.map(({ name }) => name)).toEqual(['params', 'image']);
    expect(Buffer.from(parts[1]?.bytes ?? []).equals(mask)).toBe(true);
  });

  test('all of a model that gives no image: JSON', async () => {
    open.server.answer((res) => sendJson(res, { score: 0.5, finding: 'nodule' }));
    const answer = await infer(`image=${SERIES}`);
    expect(jsonOf(answer)).toEqual({ score: 0.5, finding: 'nodule' });
  });

  test('dicom_seg: the object, where the register names no score', async () => {
    open.bind([{ scoreOutput: undefined, findingOutput: undefined } as never]);
    const answer = await infer(`image=${SERIES}&output=dicom_seg`, { label_info: [{ name: 'nodule' }] });
    expect(answer.headers['content-type']).toBe('application/dicom');
    expect(bodyOf(answer).equals(SEGMENTATION)).toBe(true);
  });

  test.each(['json', 'all', 'image'])('of a draft the header says that it is one (%s)', async (output) => {
    open.bind([{ function: 'report-draft' }], { approvals: [anApproval({ functions: ['report-draft'] })] });
    const answer = await infer(`image=${SERIES}&output=${output}`);
    expect(answer.headers).toMatchObject({ 'case-id': CASE, 'countersign-draft': 'true' });
  });

  test('model and image stand in path, query and params, and are the decision’s', async () => {
    await infer(`image=${SERIES}&output=image`, {
      foreground: [[1, 2, 3]],
      client_id: 'user-xyz',
      result_extension: '.nrrd',
    });
    const [call] = open.server.calls;
    expect(call?.url).toBe(`/infer/nodules?image=${SERIES}&output=all`);
    expect(call?.params).toEqual({
      foreground: [[1, 2, 3]],
      result_extension: '.nrrd',
      model: 'nodules',
      image: SERIES,
    });
    expect(call?.headers).toMatchObject({
      authorization: `Bearer token-of-${CASE}`,
      'case-id': CASE,
      'countersign-dicomweb-url': 'http://gateway.test/dicom-web',
      'countersign-study': STUDY,
    });
    expect(call?.headers).not.toHaveProperty('cookie');
  });

  test('the case: its study from the series, score and finding, and what was marked by its digest', async () => {
    await infer(`image=${SERIES}&output=image`, { foreground: [[1, 2, 3]] });
    expect(open.house.kinds()).toEqual(['case.intent', 'case.outcome']);
    const { facts, personal } = open.house.last();
    expect(personal.studyUid).toBe(STUDY);
    expect(facts.output).toMatchObject({ type: 'monai-label', scoreMicro: 750_000, codes: ['nodule'] });
    expect(facts.study?.inputDigest).toMatch(/^sha256:/);
    await infer(`image=${SERIES}&output=image`);
    expect(open.house.last().facts.study).not.toHaveProperty('inputDigest');
  });

  test.each([
    ['deepgrow', { foreground: [[1, 2, 3]], background: [], label: 'nodule', sidx: 4 }],
    ['deepedit', { background: [], 'right kidney': [[1, 2, 3]], spleen: [] }],
    ['vista3d', { points: [[1, 2, 3]], point_labels: [1], label_prompt: [3] }],
    [
      'segmentation',
      { result_extension: '.nrrd', result_dtype: 'uint16', result_compress: false, restore_label_idx: false },
    ],
  ])('params as viewers send them for %s', async (_kind, params) => {
    await infer(`image=${SERIES}&output=image`, params).expect(200);
    expect(open.server.calls[0]?.params).toEqual({ ...params, model: 'nodules', image: SERIES });
  });

  test('repeated under the same name of the caller’s it is one case', async () => {
    const call = (): request.Test =>
      infer(`image=${SERIES}&output=image`).set('Idempotency-Key', '"click-1"');
    const [first, again] = [await call(), await call()];
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.headers['case-id']).toBe(first.headers['case-id']);
    expect(bodyOf(again).equals(NRRD)).toBe(true);
    expect(open.server.calls).toHaveLength(1);
  });

  test('with or without the slash at the end, and without a body', async () => {
    const path = `/monai/infer/${encodeURIComponent(NAMED)}`;
    await request(open.app).post(`${path}/?image=${SERIES}`).set('Cookie', COOKIE).expect(200);
    await request(open.app).post(`${path}?image=${SERIES}`).set('Cookie', COOKIE).expect(200);
    expect(open.server.calls[1]?.params).toEqual({ model: 'nodules', image: SERIES });
  });
});

describe('refused', () => {
  test('403 with reasons, remedy and case, in FastAPI’s shape', async () => {
    open.bind([{}], { approvals: [] });
    const answer = await infer(`image=${SERIES}`);
    expect(answer.status).toBe(403);
    expect(answer.headers).toMatchObject({
      'case-id': CASE,
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'gateway-origin': 'gateway',
    });
    const body = jsonOf(answer);
    expect(body).toMatchObject({
      code: 'not-permitted',
      reasons: [{ code: 'approval-missing' }],
      case_id: CASE,
    });
    expect(body['detail']).toMatch(/\.$/);
    expect(open.server.calls).toEqual([]);
  });

  test('a DICOM answer, which has no room for the score that the register names -> 400, and what works', async () => {
    const answer = await infer(`image=${SERIES}&output=dicom_seg`);
    expect([answer.status, jsonOf(answer)]).toEqual([
      400,
      { detail: expect.stringMatching(/output=json, all or image/), code: 'bad-request', reasons: [] },
    ]);
    expect([open.house.kinds(), open.server.calls]).toEqual([[], []]);
  });

  test('nobody signed in -> 401 with the scheme, and nothing is looked up', async () => {
    open.setSeries(new GatewayError('internal'));
    const answer = await request(open.app).post(`/monai/infer/${NAMED}?image=${SERIES}`);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="countersign"');
    expect(answer.body).toEqual({ detail: 'Sign in to continue.', code: 'not-identified', reasons: [] });
  });

  test('weights that are others before the call: the study is not told to them', async () => {
    open.server.weigh(`SHA256:${'b'.repeat(64)}`);
    const answer = await infer(`image=${SERIES}`);
    expect([answer.status, jsonOf(answer)['code']]).toEqual([502, 'attestation-mismatch']);
    expect(open.server.calls).toEqual([]);
    expect(open.house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });

  test('weights that are others after it: nothing of the result comes out', async () => {
    open.server.weigh(WEIGHTS, `SHA256:${'b'.repeat(64)}`);
    const answer = await infer(`image=${SERIES}`);
    expect([answer.status, jsonOf(answer)['code']]).toEqual([502, 'attestation-mismatch']);
    expect(textOf(answer)).not.toMatch(/NRRD|0\.75/);
    expect(open.house.last().facts).toMatchObject({ release: { action: 'withheld' } });
  });

  test.each([
    [
      'a series nobody has',
      new GatewayError('not-found', { detail: 'The PACS holds no such series.' }),
      404,
      'not-found',
    ],
    ['the PACS away', new UpstreamFault('upstream-unreachable', 'pacs'), 502, 'upstream-unreachable'],
  ])('%s', async (_name, fault, status, code) => {
    open.setSeries(fault);
    const answer = await infer(`image=${SERIES}`);
    expect([answer.status, jsonOf(answer)['code']]).toEqual([status, code]);
    expect(open.server.calls).toEqual([]);
  });

  test.each([
    ['an error', { detail: '/srv/secret/path' }, 'model-failed'],
    ['no JSON', '{', 'upstream-bad-answer'],
    ['no score and finding', {}, 'upstream-bad-answer'],
    ['a score that is none', { score: 7, finding: 'nodule' }, 'upstream-bad-answer'],
  ])('the endpoint answers with %s', async (name, body, code) => {
    open.server.answer((res) => sendJson(res, body, name === 'an error' ? 500 : 200));
    const answer = await infer(`image=${SERIES}&output=json`);
    expect([answer.status, jsonOf(answer)['code']]).toEqual([502, code]);
    expect(textOf(answer)).not.toContain('secret');
    expect(open.house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });

  test('the viewer leaves: the endpoint is told, and the case says so', async () => {
    const listener = await startListener({ app: open.app, host: '127.0.0.1', port: 0 });
    const leaving = new AbortController();
    const told = new Promise((resolve) => {
      open.server.answer((res) => {
        res.once('close', resolve);
        leaving.abort();
      });
    });
    const call = fetch(`${listener.url}/monai/infer/${NAMED}?image=${SERIES}`, {
      method: 'POST',
      headers: { cookie: COOKIE },
      signal: leaving.signal,
    });
    await expect(call).rejects.toThrow(/abort/);
    await told;
    await listener.close(1_000);
    expect(open.house.last()).toMatchObject({ kind: 'case.outcome', facts: { err: 'cancelled' } });
  });

  test('the endpoint killed in mid-answer: the case says failed', async () => {
    open.server.answer((res) => {
      res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': '100' });
      res.write('NRRD0004');
      setImmediate(() => res.destroy());
    });
    const answer = await infer(`image=${SERIES}&output=image`);
    expect(answer.status).toBe(502);
    expect(open.house.last()).toMatchObject({ kind: 'case.outcome', facts: { err: 'bad-answer' } });
  });
});
