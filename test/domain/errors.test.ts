import { FRESH_COOKIE, SESSION_COOKIE, TRANSACTION_COOKIE } from '../../src/domain/cookies.ts';
import {
  GatewayError,
  SessionLocked,
  SessionsUnavailable,
  TokenRefused,
  TooManyAttempts,
  TOKEN_ERRORS,
} from '../../src/domain/errors.ts';

describe('errors of ours', () => {
  test.each([
    { name: 'a locked session', error: new SessionLocked(), code: 'not-identified' },
    { name: 'sessions away', error: new SessionsUnavailable(), code: 'sessions-unavailable' },
    { name: 'too many attempts', error: new TooManyAttempts(30), code: 'too-many-attempts' },
  ])('$name -> $code, with a sentence for the person', ({ error, code }) => {
    expect(error).toBeInstanceOf(GatewayError);
    expect(error.code).toBe(code);
    expect(error.detail).toMatch(/^[A-Z].*\.$/);
  });

  test('too many attempts says how long to wait', () => {
    expect(new TooManyAttempts(30)).toMatchObject({ retryAfterSeconds: 30 });
    expect(new TooManyAttempts(30).detail).toContain('30 seconds');
  });

  test.each(TOKEN_ERRORS.map((error) => ({ error })))('a token refused with $error', ({ error }) => {
    const code = error === 'invalid_grant' ? 'sign-in-failed' : 'bad-request';
    expect(new TokenRefused(error, 'No.')).toMatchObject({ error, code, detail: 'No.' });
  });
});

test('every cookie is bound to this host, to https and to the whole site, and no two share a name', () => {
  const names = [SESSION_COOKIE, TRANSACTION_COOKIE, FRESH_COOKIE];
  expect(names.filter((name) => name.startsWith('__Host-'))).toEqual(names);
  expect(new Set(names).size).toBe(names.length);
});
