import request from 'supertest';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { CASE } from '../fakes/fake-flows.ts';

const app = edgeApp();

interface Row {
  readonly name: string;
  readonly method?: 'get' | 'post' | 'put' | 'delete' | 'patch';
  readonly path: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
}
const DISPOSITION = `/api/cases/${CASE}/disposition`;
const JSON_TYPE = { 'content-type': 'application/json' };

describe('bad input at the API', () => {
  test.each<Row>([
    {
      name: 'a UID with letters',
      path: '/api/models?study=abc',
      status: 400,
      code: 'bad-request',
      detail: 'study: must be a DICOM',
    },
    {
      name: 'a UID that climbs',
      path: '/api/models?study=..%2f..%2fsystem',
      status: 400,
      code: 'bad-request',
    },
    {
      name: 'a UID of 65 characters',
      path: `/api/models?study=1.${'2'.repeat(63)}`,
      status: 400,
      code: 'bad-request',
    },
    {
      name: 'the study named twice',
      path: '/api/models?study=1.2&study=1.3',
      status: 400,
      code: 'bad-request',
    },
    {
      name: 'a parameter nobody knows',
      path: '/api/models?studyInstanceUid=1.2',
      status: 400,
      code: 'bad-request',
    },
    { name: 'limit 0', path: '/api/cases?limit=0', status: 400, code: 'bad-request' },
    { name: 'limit 201', path: '/api/cases?limit=201', status: 400, code: 'bad-request' },
    { name: 'limit in words', path: '/api/cases?limit=many', status: 400, code: 'bad-request' },
    { name: 'a cursor of our making only', path: '/api/cases?cursor=-1', status: 400, code: 'bad-request' },
    { name: 'a case that is no case', path: '/api/cases/42', status: 400, code: 'bad-request' },
    {
      name: 'a case that is not mine',
      path: '/api/cases/c-00000000-0000-4000-8000-000000000099',
      status: 404,
      code: 'not-found',
    },
    { name: 'a kind nobody knows', path: '/api/case-log?kind=case.secret', status: 400, code: 'bad-request' },
    { name: 'a day that is none', path: '/api/drift?from=2026-02-30', status: 400, code: 'bad-request' },
    { name: 'version "latest"', path: '/api/drift?version=latest', status: 400, code: 'bad-request' },
    { name: 'a malformed escape', path: '/api/cases/%E0%A4%A', status: 400, code: 'bad-request' },
    { name: 'an unknown route', path: '/api/secrets', status: 404, code: 'not-found' },
    { name: 'a slash at the end', path: '/api/cases/', status: 404, code: 'not-found' },
    { name: 'other letters', path: '/API/cases', status: 404, code: 'not-found' },
    { name: 'the well-known folder', path: '/.well-known/security.txt', status: 404, code: 'not-found' },
    {
      name: 'an asset of another digest',
      path: '/assets/0000000000000000/countersign.css',
      status: 404,
      code: 'not-found',
    },
    {
      name: 'an asset that climbs',
      path: '/assets/x/..%2f..%2fpackage.json',
      status: 404,
      code: 'not-found',
    },
    {
      name: 'a method that is not taken',
      method: 'delete',
      path: '/api/cases',
      status: 405,
      code: 'method-not-allowed',
    },
    { name: 'GET where POST is taken', path: DISPOSITION, status: 405, code: 'method-not-allowed' },
    {
      name: 'malformed JSON',
      method: 'post',
      path: DISPOSITION,
      body: '{"disposition":',
      headers: JSON_TYPE,
      status: 400,
      code: 'bad-request',
    },
    {
      name: 'a bare string',
      method: 'post',
      path: DISPOSITION,
      body: '"accepted"',
      headers: JSON_TYPE,
      status: 400,
      code: 'bad-request',
    },
    {
      name: 'a list',
      method: 'post',
      path: DISPOSITION,
      body: '[]',
      headers: JSON_TYPE,
      status: 400,
      code: 'bad-request',
    },
    {
      name: 'a disposition nobody knows',
      method: 'post',
      path: DISPOSITION,
      body: '{"disposition":"liked"}',
      headers: JSON_TYPE,
      status: 400,
      code: 'bad-request',
    },
    {
      name: 'a member nobody knows',
      method: 'post',
      path: DISPOSITION,
      body: '{"disposition":"ignored","patient":"x"}',
      headers: JSON_TYPE,
      status: 400,
      code: 'bad-request',
    },
    {
      name: 'a prototype',
      method: 'post',
      path: DISPOSITION,
      body: '{"disposition":"ignored","__proto__":{"a":1}}',
      headers: JSON_TYPE,
      status: 400,
      code: 'bad-request',
    },
    {
      name: 'JSON of 100 KiB',
      method: 'post',
      path: DISPOSITION,
      body: `{"disposition":"ignored","reason":"${'a'.repeat(100_000)}"}`,
      headers: JSON_TYPE,
      status: 413,
      code: 'payload-too-large',
    },
    { name: 'no body', method: 'post', path: DISPOSITION, status: 415, code: 'unsupported-media-type' },
    {
      name: 'a form',
      method: 'post',
      path: DISPOSITION,
      body: 'disposition=ignored',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      status: 415,
      code: 'unsupported-media-type',
    },
    {
      name: 'a compressed body',
      method: 'post',
      path: DISPOSITION,
      body: 'x',
      headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
      status: 415,
      code: 'unsupported-media-type',
    },
  ])('$name -> $status $code', async ({ method = 'get', path, body, headers = {}, status, code, detail }) => {
    // A browser that wants HTML gets JSON all the same at these doors.
    const asked = request(app)[method](path);
    const res = await asked.set({ cookie: SIGNED_IN, accept: 'text/html', ...headers }).send(body);
    expectProblem(res, status, code);
    if (detail !== undefined) expect(res.body.detail).toContain(detail);
  });

  test('405 says which methods there are; OPTIONS too', async () => {
    const wrong = await request(app).put('/api/cases');
    expect(wrong.headers['allow']).toBe('GET, HEAD, OPTIONS');
    const options = await request(app).options(DISPOSITION);
    expect([options.status, options.headers['allow']]).toEqual([204, 'POST, OPTIONS']);
  });

  test.each([
    '/api/models',
    '/api/cases',
    `/api/cases/${CASE}`,
    '/api/case-log',
    '/api/case-log/export',
    '/api/case-log/verification',
    '/api/drift',
    '/auth/whoami',
    '/wado?requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4',
  ])('an unknown session at %s -> 401, and the scheme that is taken', async (path) => {
    const res = await request(app)
      .get(path)
      .set({ cookie: '__Host-countersign-session=gone', accept: 'text/html' });
    expectProblem(res, 401, 'not-identified');
    expect(res.headers['www-authenticate']).toBe('Bearer realm="countersign"');
  });
});
