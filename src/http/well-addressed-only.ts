import type { IncomingMessage, RequestListener } from 'node:http';
import { sendBareProblem } from './bare-problem.ts';

/**
 * Lets through what says by path what it asks for, and whom (RFC 9112 §3.2). Other forms of the target are for proxies; what URL
 * parsers make of a broken one goes to standard error, past the log's redaction, so none gets that far. Node's own answer to a missing
 * Host would not say whose it is, so its check is turned off for this one.
 */
export function wellAddressedOnly(app: RequestListener): RequestListener {
  return (req, res) => {
    if (isOriginForm(req) && namesHost(req)) app(req, res);
    else sendBareProblem(res, 400);
  };
}

function isOriginForm({ url }: IncomingMessage): boolean {
  return url?.startsWith('/') === true || url === '*';
}

/** HTTP/1.0 knows no Host. */
function namesHost({ httpVersion, headers }: IncomingMessage): boolean {
  return headers.host !== undefined || httpVersion !== '1.1';
}
