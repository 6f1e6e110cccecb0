import { PROBLEM_CODES, type ProblemCode } from '../../src/domain/errors.ts';
import { asGatewayError, PROBLEMS } from '../../src/http/problem.ts';

describe('the table of problems', () => {
  test('has every code and no other', () => {
    expect(Object.keys(PROBLEMS).sort()).toEqual([...PROBLEM_CODES].sort());
  });

  test.each(PROBLEM_CODES)('%s has a status of an error and a plain title', (code) => {
    const { status, title } = PROBLEMS[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).toMatch(/^[A-Z].{5,70}[^.]$/);
  });

  // What clients and the alarms of a Trust rely on: a change here is a change of the API.
  const STATUSES: Readonly<Partial<Record<ProblemCode, number>>> = {
    'not-identified': 401,
    'not-permitted': 403,
    'not-found': 404,
    'payload-too-large': 413,
    'case-log-unavailable': 503,
    'register-unavailable': 503,
    'upstream-unreachable': 502,
    'upstream-timeout': 504,
    'attestation-mismatch': 502,
    'case-closed': 409,
    internal: 500,
  };
  test.each(Object.entries(STATUSES))('%s is %i', (code, status) => {
    expect(new Map(Object.entries(PROBLEMS)).get(code)?.status).toBe(status);
  });

  test('whatever is thrown becomes a problem that says nothing of it', () => {
    const error = asGatewayError('Mary, 12 April 1961');
    expect(error.code).toBe('internal');
    expect(error.detail).not.toContain('Mary');
  });
});
