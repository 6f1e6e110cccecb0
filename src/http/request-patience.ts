import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { sendBareProblem } from './bare-problem.ts';

/** How long a request may stand still while its body is sent; there is no limit on the whole (an upload may take an hour). */
export const BODY_IDLE_MS = 60_000;

/**
 * Cuts off a client that began a body and sends nothing more of it. One that waits for us to read on is not at fault, and
 * waits for as long as it takes.
 */
export function cutIdleSenders(app: RequestListener, idleMs: number): RequestListener {
  return (req, res) => {
    if (mayHaveBody(req)) watch(req, idleMs);
    app(req, res);
  };
}

/** Whether a body was announced; without, there is none (RFC 9112 §6.3). */
export function mayHaveBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Also after an early answer: the connection waits for the rest of the body all the same. */
function watch(req: IncomingMessage, idleMs: number): void {
  const { socket } = req;
  let seen = socket.bytesRead;
  const timer = setInterval(() => {
    // One that is read piece by piece counts as paused, too: it is our turn only while something is there to be read.
    const isWaiting = req.isPaused() || req.readableLength >= req.readableHighWaterMark;
    const isOurTurn = isWaiting && req.readableLength > 0;
    if (req.complete) stop();
    else if (socket.bytesRead === seen && !isOurTurn) socket.destroy();
    else seen = socket.bytesRead;
  }, idleMs);
  timer.unref();
  const stop = (): void => {
    clearInterval(timer);
  };
  req.once('end', stop);
  req.once('close', stop);
}

/**
 * Some DICOMweb clients send an empty `Expect` with every request, which Node would answer with 417 by itself: it is
 * treated as absent. Leave to send a body (`100-continue`) is given when it is first read, that is once a door has
 * decided to take it; where it never is, the connection ends with the answer, because nobody knows whether the body still comes.
 * Any other expectation cannot be met (RFC 9110 §10.1.1).
 */
export function answerExpectations(server: Server, app: RequestListener): void {
  server.on('checkExpectation', (req, res) => {
    if ((req.headers.expect ?? '').trim() === '') {
      app(req, res);
      return;
    }
    sendBareProblem(res, 417);
  });
  // Where leave was never given, Node itself ends the connection with the answer.
  server.on('checkContinue', (req, res) => {
    whenFirstRead(req, () => {
      if (!res.headersSent && !res.destroyed) res.writeContinue();
    });
    app(req, res);
  });
}

/** Streams ask for more by `_read`, whichever way they are read (Node, "Readable Stream Implementation"). */
function whenFirstRead(req: IncomingMessage, act: () => void): void {
  const read = req._read.bind(req);
  req._read = (size) => {
    req._read = read;
    act();
    read(size);
  };
}
