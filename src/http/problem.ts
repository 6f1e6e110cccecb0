import type { Response } from 'express';
import { GatewayError, TooManyAttempts, type ProblemCode } from '../domain/errors.ts';
import { noteProblem } from './request-context.ts';

/** How a problem is told over HTTP. */
interface ProblemKind {
  readonly status: number;
  /** The same words every time the code occurs (RFC 9457 §3.1.4). */
  readonly title: string;
}

/** Every problem code with its status and title; a missing code does not compile. docs/problems.md says the same. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  'not-identified': { status: 401, title: 'You are not signed in' },
  'not-permitted': { status: 403, title: 'You may not do this' },
  'bad-request': { status: 400, title: 'The request cannot be understood' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  'not-acceptable': { status: 406, title: 'This cannot be given in a form that you take' },
  'payload-too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The request is of a type that is not taken here' },
  'upgrade-required': { status: 426, title: 'This is served over another protocol' },
  conflict: { status: 409, title: 'This does not fit how things stand' },
  'not-classifiable': { status: 409, title: 'Nothing can be said of this object' },
  'precondition-failed': { status: 412, title: 'Somebody else has changed this meanwhile' },
  'precondition-required': { status: 428, title: 'Say which state of it you mean to change' },
  'ai-locked': { status: 503, title: 'AI is locked for everybody' },
  'register-unavailable': { status: 503, title: 'The AI register cannot be read, so AI is locked' },
  'case-log-unavailable': { status: 503, title: 'The case log cannot be written, so AI is locked' },
  'upstream-unreachable': { status: 502, title: 'A system behind the gateway cannot be reached' },
  'upstream-timeout': { status: 504, title: 'A system behind the gateway did not answer in time' },
  'upstream-bad-answer': {
    status: 502,
    title: 'A system behind the gateway gave an answer that cannot be read',
  },
  'model-failed': { status: 502, title: 'The AI model failed' },
  'attestation-mismatch': { status: 502, title: 'Another model version answered, so its result is withheld' },
  'case-closed': { status: 409, title: 'The case was closed before its AI call was over' },
  'sign-in-failed': { status: 403, title: 'Signing in did not work' },
  'same-origin-required': { status: 403, title: 'This must be sent from the gateway’s own pages' },
  'scope-missing': { status: 403, title: 'This token is not good for that' },
  'too-many-attempts': { status: 429, title: 'Too many attempts' },
  'sessions-unavailable': { status: 503, title: 'Sessions cannot be checked at the moment' },
  overloaded: { status: 503, title: 'The gateway is busy' },
  internal: { status: 500, title: 'Something went wrong in the gateway' },
};

/** Any thrown value as a GatewayError: foreign errors become `internal` and keep only their place in `cause`. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const detail = 'The gateway made a mistake. Try again, and give the request id to IT if it happens again.';
  return new GatewayError('internal', { detail, cause: error });
}

/**
 * Headers of every error of ours, in whatever shape its door answers: who speaks, which case it stands in, and that
 * nothing may keep it. The request's log line then names the error.
 */
export function setProblemHeaders(res: Response, error: GatewayError): void {
  noteProblem(res, error);
  res.setHeader('Gateway-Origin', 'gateway');
  res.setHeader('Cache-Control', 'no-store');
  if (error.caseId !== undefined) res.setHeader('Case-Id', error.caseId);
  // RFC 9110 §15.5.2: a 401 names the scheme. Bearer only: a browser must not open a password box. Some clients need a realm.
  if (error.code === 'not-identified') res.setHeader('WWW-Authenticate', 'Bearer realm="countersign"');
  if (error instanceof TooManyAttempts) res.setHeader('Retry-After', String(error.retryAfterSeconds));
}

/**
 * Answers with an error as problem+json (RFC 9457). Nothing of the cause is sent: no stack, no upstream body.
 * Once the first byte is out the connection is cut instead, so that nobody takes half an answer for a whole one.
 */
export function sendProblem(res: Response, error: GatewayError, requestId: string): void {
  if (res.headersSent) {
    noteProblem(res, error);
    res.destroy();
    return;
  }
  setProblemHeaders(res, error);
  const { status, title } = PROBLEMS[error.code];
  const { code, detail, reasons, caseId } = error;
  const body = {
    type: `urn:countersign:problem:${code}`,
    title,
    status,
    code,
    ...(detail === '' ? {} : { detail }),
    reasons,
    ...(caseId === undefined ? {} : { caseId }),
    requestId,
  };
  res.statusCode = status;
  // Set raw: res.json() would add a charset, which application/problem+json does not define (RFC 9457 §6.1).
  res.setHeader('Content-Type', 'application/problem+json');
  res.end(JSON.stringify(body));
}
