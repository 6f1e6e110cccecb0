import type { ErrorRequestHandler, Response } from 'express';
import { TokenRefused, type GatewayError, type ProblemCode } from '../domain/errors.ts';
import { requestFault } from './error-handler.ts';
import { asGatewayError, PROBLEMS, setProblemHeaders } from './problem.ts';
import { requestIdOf } from './request-context.ts';

/** What else the token doors can say, in OAuth's words (RFC 6749 §4.1.2.1 has those that §5.2 lacks). */
export const OTHER_TOKEN_ERRORS = ['invalid_request', 'temporarily_unavailable', 'server_error'] as const;

const NOT_NOW: readonly ProblemCode[] = ['too-many-attempts', 'sessions-unavailable', 'overloaded'];

/** Answers errors at the token doors as OAuth clients expect them (RFC 6749 §5.2, RFC 7009 §2.2.1). */
export function handleTokenErrors(): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (thrown: unknown, _req, res, next) => {
    if (res.headersSent) next(thrown);
    else sendTokenProblem(res, requestFault(thrown) ?? asGatewayError(thrown));
  };
}

function sendTokenProblem(res: Response, error: GatewayError): void {
  setProblemHeaders(res, error);
  res.setHeader('Pragma', 'no-cache');
  res.status(error instanceof TokenRefused ? 400 : PROBLEMS[error.code].status);
  res.json({
    error: error instanceof TokenRefused ? error.error : otherError(error),
    error_description: asciiText(error.detail),
    requestId: requestIdOf(res),
  });
}

function otherError({ code }: GatewayError): (typeof OTHER_TOKEN_ERRORS)[number] {
  if (NOT_NOW.includes(code)) return 'temporarily_unavailable';
  return PROBLEMS[code].status < 500 ? 'invalid_request' : 'server_error';
}

/** RFC 6749 §5.2 allows printable ASCII without `"` and `\`. */
function asciiText(text: string): string {
  return text.replace(/[‘’“”"]/g, "'").replace(/[^\x20-\x7e]|\\/g, '');
}
