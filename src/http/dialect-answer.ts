import type { ErrorRequestHandler, Response } from 'express';
import type { GatewayError } from '../domain/errors.ts';
import type { ReleasedStream } from '../flows/release-stream.ts';
import { requestFault } from './error-handler.ts';
import { asGatewayError, PROBLEMS } from './problem.ts';
import { noteProblem } from './request-context.ts';

/** Answers errors at a dialect's doors in its shape. Once an answer has begun it is cut: nobody is to take half of one for a whole one. */
export function handleDialectErrors(send: (res: Response, error: GatewayError) => void): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (thrown: unknown, _req, res: Response, _next) => {
    const error = requestFault(thrown) ?? asGatewayError(thrown);
    if (!res.headersSent) {
      send(res, error);
      return;
    }
    noteProblem(res, error);
    res.destroy();
  };
}

/** Sends an answer that nobody may keep, in a dialect whose clients read plain JSON. */
export function sendDialectJson(res: Response, status: number, body: unknown): void {
  const bytes = JSON.stringify(body);
  res.statusCode = status;
  // Set raw: res.json() would add a charset, which application/json does not define (RFC 8259 §11).
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Cache-Control', 'no-store');
  res.end(bytes);
}

/** Says which case an answer belongs to, where it stands in the log, and that a draft is one. */
export function setCaseHead(
  res: Response,
  { caseId, receipt, function: served }: Pick<ReleasedStream, 'caseId' | 'receipt' | 'function'>,
): void {
  res.setHeader('Case-Id', caseId);
  res.setHeader('Case-Log-Index', String(receipt.seq));
  if (served === 'report-draft') res.setHeader('Countersign-Draft', 'true');
}

/** What a person is told of an error where an unmodified client shows one text: every reason with its remedy, or what happened. */
export function dialectSentence({ code, detail, reasons }: GatewayError): string {
  if (reasons.length > 0) return reasons.map(({ text, remedy }) => `${text} ${remedy}`).join(' ');
  return detail === '' ? `${PROBLEMS[code].title}.` : detail;
}
