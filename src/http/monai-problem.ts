import type { ErrorRequestHandler, Response } from 'express';
import { TokenRefused, type GatewayError } from '../domain/errors.ts';
import { dialectSentence, handleDialectErrors, sendDialectJson } from './dialect-answer.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';

/**
 * Answers errors below `/monai` in the shape that clients of MONAI Label read (FastAPI's): `detail` is a sentence with what to do next;
 * code, reasons and case stand beside it.
 */
export function handleMonaiErrors(): ErrorRequestHandler {
  return handleDialectErrors(sendMonaiProblem);
}

function sendMonaiProblem(res: Response, error: GatewayError): void {
  setProblemHeaders(res, error);
  const { code, reasons, caseId } = error;
  const named = caseId === undefined ? {} : { case_id: caseId };
  sendDialectJson(res, statusOf(res, error), { detail: dialectSentence(error), code, reasons, ...named });
}

/** MONAI Label itself answers a wrong name or password with 401. */
function statusOf(res: Response, error: GatewayError): number {
  if (!(error instanceof TokenRefused) || error.error !== 'invalid_grant') return PROBLEMS[error.code].status;
  res.setHeader('WWW-Authenticate', 'Bearer realm="countersign"');
  return 401;
}
