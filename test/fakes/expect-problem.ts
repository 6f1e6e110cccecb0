import type { Response } from 'supertest';

/** The answer is a problem of ours, complete, and gives nothing away. */
export function expectProblem(res: Response, status: number, code: string): void {
  expect(res.headers['content-type']).toBe('application/problem+json');
  expect(res.status).toBe(status);
  expect(res.body).toMatchObject({ status, code, type: `urn:countersign:problem:${code}`, reasons: [] });
  expect(res.body.requestId).toBe(res.headers['request-id']);
  expect(res.headers['gateway-origin']).toBe('gateway');
  expect(res.headers['cache-control']).toBe('no-store');
  expect(JSON.stringify(res.body)).not.toMatch(/ {4}at |\.ts:|node_modules/);
}
