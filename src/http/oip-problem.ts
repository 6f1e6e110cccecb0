import type { ErrorRequestHandler, Response } from 'express';
import type { GatewayError } from '../domain/errors.ts';
import { requestFault } from './error-handler.ts';
import { asGatewayError, PROBLEMS, setProblemHeaders } from './problem.ts';

/**
 * Answers errors at the doors of `/v2` in the shape that clients of the Open Inference Protocol read: `error` is a
 * sentence with what to do next (an unmodified client shows nothing else); code, reasons and case stand beside it.
 */
export function handleOipErrors(): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (thrown: unknown, _req, res: Response, _next) => {
    sendOipProblem(res, requestFault(thrown) ?? asGatewayError(thrown));
  };
}

/** Sends one error, with whatever members an answer of that door has besides. These doors send an answer in one piece. */
export function sendOipProblem(
  res: Response,
  error: GatewayError,
  members: Readonly<Record<string, unknown>> = {},
): void {
  setProblemHeaders(res, error);
  const { code, reasons, caseId } = error;
  const named = caseId === undefined ? {} : { case_id: caseId };
  sendOipJson(res, PROBLEMS[code].status, { ...members, error: sentenceOf(error), code, reasons, ...named });
}

/** Sends an answer that nobody may keep. */
export function sendOipJson(res: Response, status: number, body: unknown): void {
  const bytes = JSON.stringify(body);
  res.statusCode = status;
  // Set raw: res.json() would add a charset, which application/json does not define (RFC 8259 §11).
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Cache-Control', 'no-store');
  res.end(bytes);
}

function sentenceOf({ code, detail, reasons }: GatewayError): string {
  if (reasons.length > 0) return reasons.map(({ text, remedy }) => `${text} ${remedy}`).join(' ');
  return detail === '' ? `${PROBLEMS[code].title}.` : detail;
}
