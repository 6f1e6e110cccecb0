import type { ServerResponse } from 'node:http';
import type { ProblemCode } from '../domain/errors.ts';
import { PROBLEMS } from './problem.ts';

/** What is refused before the app sees it. */
export type BareStatus = 400 | 408 | 413 | 417 | 431;

const KINDS: Readonly<Record<BareStatus, { readonly code: ProblemCode; readonly detail: string }>> = {
  400: { code: 'bad-request', detail: 'The request is no HTTP that this gateway can read.' },
  408: { code: 'bad-request', detail: 'The request’s head did not arrive in time. Send it again.' },
  413: { code: 'payload-too-large', detail: 'The extensions of the request’s chunks are too long.' },
  417: {
    code: 'bad-request',
    detail: 'The request expects what this gateway cannot promise. Leave Expect out.',
  },
  431: { code: 'payload-too-large', detail: 'The request’s address and headers are too long together.' },
};

/**
 * A refusal of what never became a request of the app: always the same words, and the connection ends. There is no request id, because
 * no log line speaks of it.
 */
export function bareProblem(status: BareStatus): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  const { code, detail } = KINDS[status];
  const { title } = PROBLEMS[code];
  const type = `urn:countersign:problem:${code}`;
  const body = JSON.stringify({ type, title, status, code, detail, reasons: [] });
  const headers = {
    'Gateway-Origin': 'gateway',
    'Cache-Control': 'no-store',
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  return { headers, body };
}

/** Answers with it where there is a response to write to. */
export function sendBareProblem(res: ServerResponse, status: BareStatus): void {
  const { headers, body } = bareProblem(status);
  res.writeHead(status, headers).end(body);
}
