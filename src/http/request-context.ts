import type { RequestHandler, Response } from 'express';
import { GatewayError } from '../domain/errors.ts';

const REQUEST_ID = 'requestId';
const PROBLEM = 'problem';

/**
 * First middleware of every app: gives the request an id of our own and says it in `Request-Id`. What the caller sends
 * under that name is not used, because the id stands in the case log.
 */
export function giveRequestId(newId: () => string): RequestHandler {
  return (_req, res, next) => {
    const requestId = newId();
    res.locals[REQUEST_ID] = requestId;
    res.setHeader('Request-Id', requestId);
    next();
  };
}

/** The id of the request being answered, as it stands in logs, problems and case-log entries. */
export function requestIdOf(res: Pick<Response, 'locals'>): string {
  const id: unknown = res.locals[REQUEST_ID];
  return typeof id === 'string' ? id : 'unknown';
}

/** Keeps the error that is being answered, for the one log line of this request. */
export function noteProblem(res: Pick<Response, 'locals'>, error: GatewayError): void {
  res.locals[PROBLEM] = error;
}

/** The error this request was answered with, if any. */
export function problemOf(res: Pick<Response, 'locals'>): GatewayError | undefined {
  const problem: unknown = res.locals[PROBLEM];
  return problem instanceof GatewayError ? problem : undefined;
}
