import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { bareProblem, type BareStatus } from './bare-problem.ts';

/** What Node's parser could not take, by its stable codes. Anything else is malformed. */
const STATUSES: Readonly<Record<string, BareStatus>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Answers what is no HTTP with a problem, marked as ours like every other refusal, and ends the connection. Where an answer
 * has begun nothing can be said any more: the connection is cut.
 */
export function answerClientErrors(server: Server): void {
  const answering = new WeakMap<Duplex, ServerResponse>();
  const note = (req: IncomingMessage, res: ServerResponse): void => {
    answering.set(req.socket, res);
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation'] as const)
    server.prependListener(event, note);
  server.on('clientError', (error, socket) => {
    const res = answering.get(socket);
    const hasBegun = res?.headersSent === true && !res.writableFinished;
    const code = codeOf(error);
    if (code === 'ECONNRESET' || !socket.writable || hasBegun) {
      socket.destroy();
      return;
    }
    const status = STATUSES[code] ?? 400;
    const { headers, body } = bareProblem(status);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
  });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
