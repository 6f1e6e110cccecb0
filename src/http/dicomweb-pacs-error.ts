import type { Request, Response } from 'express';
import type { DicomwebAnswer } from '../flows/dicomweb-answer.ts';
import { PacsRefused } from '../flows/pacs-refused.ts';
import { PROBLEMS } from './problem.ts';
import { requestIdOf } from './request-context.ts';

/** What says when to ask again, for which range and by which method, and what PS3.18 has the PACS warn of. */
const KEPT_HEADERS = ['retry-after', 'content-range', 'warning', 'allow'] as const;

/**
 * The PACS's status in our words: what servers say about an error names their software and addresses, and a viewer that waits
 * for JSON breaks on HTML.
 */
export function sendPacsError(req: Request, res: Response, found: DicomwebAnswer): void {
  found.cancel();
  sendPacsRefusal(req, res, new PacsRefused(found.status, found.headers));
}

/** The same for what the PACS refused to take. */
export function sendPacsRefusal(req: Request, res: Response, refused: PacsRefused): void {
  const { status, code, detail, headers } = refused;
  const body = {
    type: `urn:countersign:problem:${code}`,
    title: PROBLEMS[code].title,
    status,
    code,
    detail,
    reasons: [],
    requestId: requestIdOf(res),
  };
  res.statusCode = status;
  for (const name of KEPT_HEADERS) {
    const value = headers[name];
    if (value !== undefined) res.setHeader(name, value);
  }
  res.setHeader('Gateway-Origin', 'pacs');
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', 'application/problem+json');
  res.end(req.method === 'HEAD' ? undefined : JSON.stringify(body));
}
