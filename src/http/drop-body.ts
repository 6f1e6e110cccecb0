import type { IncomingMessage, ServerResponse } from 'node:http';
import { mayHaveBody } from './request-patience.ts';

/** What a client may send in vain and still keep its connection. */
const MAX_DROPPED_BYTES = 4 * 1024 * 1024;

/**
 * Reads a body that has no place here and throws it away: while it is being sent, many clients hear no answer. Up to a limit;
 * beyond it the connection ends with the answer. What a client still asks leave for (RFC 9110 §10.1.1) is not read at all.
 */
export function dropBody(req: IncomingMessage, res: ServerResponse, maxBytes = MAX_DROPPED_BYTES): void {
  if (!mayHaveBody(req) || (req.headers.expect ?? '').trim() !== '') return;
  let left = maxBytes;
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    req.pause();
    res.shouldKeepAlive = false;
    // What was not read would be taken for the next request.
    if (res.writableFinished) req.socket.destroy();
    else res.once('finish', () => req.socket.destroy());
  });
}
