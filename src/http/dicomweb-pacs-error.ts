import type { Request, Response } from 'express';
import type { ProblemCode } from '../domain/errors.ts';
import type { DicomwebAnswer } from '../flows/dicomweb-answer.ts';
import { PROBLEMS } from './problem.ts';
import { requestIdOf } from './request-context.ts';

/** What says when to ask again, and for which range: numbers, no names. */
const KEPT_HEADERS = ['retry-after', 'content-range'] as const;

/**
 * The PACS's status in our words: what servers say about an error names their software and addresses, and a viewer that waits
 * for JSON breaks on HTML.
 */
export function sendPacsError(req: Request, res: Response, found: DicomwebAnswer): void {
  found.cancel();
  const code = codeFor(found.status);
  const { title } = PROBLEMS[code];
  const detail = `The PACS answered with status ${found.status}.`;
  const body = {
    type: `urn:countersign:problem:${code}`,
    title,
    status: found.status,
    code,
    detail,
    reasons: [],
    requestId: requestIdOf(res),
  };
  res.statusCode = found.status;
  for (const name of KEPT_HEADERS) {
    const value = found.headers[name];
    if (value !== undefined) res.setHeader(name, value);
  }
  res.setHeader('Gateway-Origin', 'pacs');
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', 'application/problem+json');
  res.end(req.method === 'HEAD' ? undefined : JSON.stringify(body));
}

function codeFor(status: number): ProblemCode {
  if (status === 404 || status === 410) return 'not-found';
  if (status === 403) return 'not-permitted';
  return status < 500 ? 'bad-request' : 'upstream-bad-answer';
}
