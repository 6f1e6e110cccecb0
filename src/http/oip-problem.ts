import type { ErrorRequestHandler, Response } from 'express';
import type { GatewayError } from '../domain/errors.ts';
import { dialectSentence, handleDialectErrors, sendDialectJson } from './dialect-answer.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';

/**
 * Answers errors at the doors of `/v2` in the shape that clients of the Open Inference Protocol read: `error` is a
 * sentence with what to do next (an unmodified client shows nothing else); code, reasons and case stand beside it.
 */
export function handleOipErrors(): ErrorRequestHandler {
  return handleDialectErrors(sendOipProblem);
}

/** Sends one error, with whatever members an answer of that door has besides. */
export function sendOipProblem(
  res: Response,
  error: GatewayError,
  members: Readonly<Record<string, unknown>> = {},
): void {
  setProblemHeaders(res, error);
  sendOipJson(res, PROBLEMS[error.code].status, { ...members, ...oipErrorBody(error) });
}

/** What is told of an error, with a status or in the middle of a stream. */
export function oipErrorBody(error: GatewayError): Readonly<Record<string, unknown>> {
  const { code, reasons, caseId } = error;
  return {
    error: dialectSentence(error),
    code,
    reasons,
    ...(caseId === undefined ? {} : { case_id: caseId }),
  };
}

/** Sends an answer that nobody may keep. */
export function sendOipJson(res: Response, status: number, body: unknown): void {
  sendDialectJson(res, status, body);
}
