import request from 'supertest';
import { allObjects, CT_SERIES, createRetrievalHouse, pathTo, STUDY } from '../fakes/retrieval-house.ts';
import type { CannedAnswer } from '../fakes/memory-pacs.ts';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';

const [ctOne = '', , report = '', capture = ''] = allObjects.map(pathTo);
const SESSION = '__Host-countersign-session=alice';
const door = (answers: Readonly<Record<string, CannedAnswer>> = {}) => {
  const house = createRetrievalHouse({ answers });
  return { house, http: request(dicomwebApp(house.deps)) };
};
const get = (path: string, answers?: Readonly<Record<string, CannedAnswer>>) =>
  door(answers).http.get(`/dicom-web/${path}`).set('Authorization', 'Bearer alice');

describe('answers', () => {
  test('a search: exactly application/dicom+json, from the PACS', async () => {
    const answer = await get('studies?limit=1');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/dicom+json',
      'gateway-origin': 'pacs',
      'cache-control': 'private, no-store',
    });
    expect(JSON.parse(answer.text)).toHaveLength(1);
  });

  test('a frame, with the PACS’s own headers and nothing added to its type', async () => {
    const headers = {
      'content-type': 'multipart/related; type="application/octet-stream; transfer-syntax=1.2"; boundary=b',
      etag: '"7"',
    };
    const body = '--b\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--b--\r\n';
    const answer = await get(`${ctOne}/frames/1`, { [`${ctOne}/frames/1`]: { headers, body } });
    expect(answer.headers['content-type']).toBe(headers['content-type']);
    expect(answer.headers['gateway-origin']).toBe('pacs');
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('a session cookie is as good as a token', async () => {
    expect((await door().http.get(`/dicom-web/${ctOne}/rendered`).set('Cookie', SESSION)).status).toBe(200);
  });

  test.each(['//dicom-web/studies', '/dicom-web//studies', '/dicom-web/studies/'])(
    '%s is the same search',
    async (path) => {
      expect((await door().http.get(path).set('Authorization', 'Bearer alice')).status).toBe(200);
    },
  );

  test('HEAD is GET without a body, and the PACS is let go', async () => {
    const { house, http } = door();
    const answer = await http.head(`/dicom-web/${ctOne}/rendered`).set('Authorization', 'Bearer alice');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('image/png');
    expect(answer.text).toBeUndefined();
    expect(house.pacs.cancelled()).toBe(1);
  });

  test.each([
    ['304', { status: 304, headers: { etag: '"1"' } }, 304],
    ['204', { status: 204 }, 204],
  ])('status %s has no body', async (_name, canned, status) => {
    const answer = await get(`${ctOne}/rendered`, { [`${ctOne}/rendered`]: { ...canned, body: '' } });
    expect(answer.status).toBe(status);
    expect(answer.text).toBe('');
  });
});

describe('refusals of ours are problem+json, marked as ours', () => {
  test.each([
    ['no login', 'get', `/dicom-web/${ctOne}`, '', 401, 'not-identified'],
    ['an unknown token', 'get', `/dicom-web/${ctOne}`, 'Bearer nobody', 401, 'not-identified'],
    ['a locked AI result', 'get', `/dicom-web/${capture}`, 'Bearer alice', 403, 'not-permitted'],
    ['an encoded slash', 'get', '/dicom-web/studies/..%2f..%2fsystem', 'Bearer alice', 400, 'bad-request'],
    ['dots', 'get', '/dicom-web/studies/%2e%2e', 'Bearer alice', 400, 'bad-request'],
    ['a near-miss name', 'get', '/dicom-web/Studies', 'Bearer alice', 404, 'not-found'],
    ['another case of the door', 'get', '/DICOM-WEB/studies', 'Bearer alice', 404, 'not-found'],
    [
      'a near-miss attribute',
      'get',
      '/dicom-web/studies?studyinstanceuid=1',
      'Bearer alice',
      400,
      'bad-request',
    ],
    [
      'an attribute twice',
      'get',
      '/dicom-web/studies?0020000D=1&StudyInstanceUID=1',
      'Bearer alice',
      400,
      'bad-request',
    ],
    ['a method', 'post', '/dicom-web/studies', 'Bearer alice', 405, 'method-not-allowed'],
    ['another method', 'delete', `/dicom-web/studies/${STUDY}`, '', 405, 'method-not-allowed'],
    ['a method on nothing', 'put', '/dicom-web/nothing', '', 404, 'not-found'],
  ] as const)('%s', async (...[, method, path, authorization, status, code]) => {
    const sent = door().http[method](path);
    const answer = await (authorization === '' ? sent : sent.set('Authorization', authorization));
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['gateway-origin']).toBe('gateway');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(JSON.parse(answer.text)).toMatchObject({ status, code, requestId: 'request-1' });
    if (status === 405) expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS');
  });

  test('a refused view carries its case and every reason', async () => {
    const { house, http } = door();
    const answer = await http.get(`/dicom-web/${capture}/rendered`).set('Authorization', 'Bearer alice');
    const [entry] = house.caseLog.all();
    expect(answer.headers['case-id']).toBe(entry?.caseId);
    expect(JSON.parse(answer.text).reasons).toEqual([
      { code: 'model-unknown', text: expect.any(String), remedy: expect.any(String) },
    ]);
  });

  test('a body that is sent where none belongs is read and dropped', async () => {
    const answer = await door().http.post('/dicom-web/studies').send('x'.repeat(500_000));
    expect(answer.status).toBe(405);
  });

  test('a defect is no stack', async () => {
    const house = createRetrievalHouse();
    const pacs = { ...house.pacs, fetch: () => Promise.reject(new TypeError('secret detail')) };
    const answer = await request(dicomwebApp({ ...house.deps, pacs }))
      .get('/dicom-web/studies')
      .set('Authorization', 'Bearer alice');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret detail');
  });
});

describe('errors of the PACS', () => {
  test.each([
    ['an HTML page', 404, 'text/html', '<h1>Orthanc</h1>', 'not-found'],
    ['a text', 500, 'text/plain', 'stack', 'upstream-bad-answer'],
    ['no type', 404, undefined, '{"Uri":"/dicom-web/secret"}', 'not-found'],
    ['not acceptable', 406, 'text/html', 'x', 'bad-request'],
    ['forbidden', 403, 'text/html', 'x', 'not-permitted'],
  ])('%s becomes a problem with the PACS’s status', async (...[, status, type, body, code]) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    const answer = await get(`${ctOne}/rendered`, { [`${ctOne}/rendered`]: { status, headers, body } });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'gateway-origin': 'pacs',
    });
    expect(JSON.parse(answer.text)).toMatchObject({
      code,
      status,
      detail: `The PACS answered with status ${String(status)}.`,
    });
    expect(answer.text).not.toContain(body);
  });

  test('JSON of the PACS’s own is replaced too: it may name its software and addresses', async () => {
    const canned = { status: 409, headers: { 'content-type': 'application/dicom+json' }, body: '[{"x":1}]' };
    const answer = await get(`${ctOne}/rendered`, { [`${ctOne}/rendered`]: canned });
    expect(answer.status).toBe(409);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.text).not.toContain('"x"');
  });

  test('HEAD gets the status without a body', async () => {
    const { http } = door({
      [`${ctOne}/rendered`]: { status: 404, headers: { 'content-type': 'text/html' }, body: 'x' },
    });
    const answer = await http.head(`/dicom-web/${ctOne}/rendered`).set('Authorization', 'Bearer alice');
    expect(answer.status).toBe(404);
  });

  test('a refused login of ours is our fault', async () => {
    const answer = await get(`${ctOne}/rendered`, { [`${ctOne}/rendered`]: { status: 401 } });
    expect(answer.status).toBe(502);
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  test('a cut that shows before the first byte is a problem, not a broken answer', async () => {
    const headers = { 'content-type': 'multipart/related; boundary=b' };
    const answer = await get(`studies/${STUDY}/series/${CT_SERIES}`, {
      [`studies/${STUDY}/series/${CT_SERIES}`]: { headers, body: '--b\r\n' },
    });
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.text).code).toBe('upstream-bad-answer');
  });
});

describe('other origins', () => {
  const house = createRetrievalHouse();
  const http = request(dicomwebApp(house.deps, { allowedOrigins: ['https://viewer.example'] }));

  test('preflight is answered without login and without the PACS', async () => {
    const answer = await http
      .options(`/dicom-web/${report}`)
      .set('Origin', 'https://viewer.example')
      .set('Access-Control-Request-Method', 'GET');
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      allow: 'GET, HEAD, OPTIONS',
      'access-control-allow-origin': 'https://viewer.example',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, HEAD',
    });
    expect(house.pacs.asked).toEqual([]);
  });

  test('a stranger is allowed nothing', async () => {
    const answer = await http.options('/dicom-web/studies').set('Origin', 'https://evil.example');
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers['vary']).toContain('Origin');
  });

  test('answers and refusals name the allowed origin', async () => {
    for (const [token, status] of [
      ['alice', 200],
      ['nobody', 401],
    ] as const) {
      const answer = await http
        .get('/dicom-web/studies')
        .set('Origin', 'https://viewer.example')
        .set('Authorization', `Bearer ${token}`);
      expect(answer.status).toBe(status);
      expect(answer.headers['access-control-allow-origin']).toBe('https://viewer.example');
      expect(answer.headers['vary']).toContain('Origin');
    }
  });
});

test('other doors are left alone', async () => {
  const { http } = door();
  expect((await http.get('/other')).text).toBe('other');
  expect((await http.get('/dicom-webs/studies')).status).toBe(404);
});
