import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a client may go on sending after its answer; beyond it, or after that time, it is cut off. */
interface DropLimits {
  readonly maxBytes: number;
  readonly maxMs: number;
}

const LIMITS: DropLimits = { maxBytes: 256 * 1024 * 1024, maxMs: 60_000 };

/**
 * Leaves a body that was being read piece by piece: many clients hear an early answer only once all they send has been taken
 * (RFC 9112 §9.6), and the next request on the connection stands behind it. Once the answer is out, what still comes is read on and
 * dropped, within limits. Node does that by itself only for a body of which nothing was read.
 */
export function leaveBody(
  req: IncomingMessage,
  res: ServerResponse,
  pieces: AsyncIterableIterator<Uint8Array, unknown>,
  limits = LIMITS,
): void {
  // One that waits for the next piece ends when that comes; until then it takes what is to be dropped.
  void pieces.return?.();
  if (req.complete) return;
  // Before Node's own listener, which would drop without counting.
  res.prependOnceListener('finish', () => {
    drop(req, limits);
  });
}

function drop(req: IncomingMessage, { maxBytes, maxMs }: DropLimits): void {
  const { socket } = req;
  const cut = (): void => {
    socket.destroy();
  };
  const late = setTimeout(cut, maxMs).unref();
  req.once('close', () => {
    clearTimeout(late);
  });
  let left = maxBytes;
  req.on('data', (piece: Uint8Array) => {
    left -= piece.length;
    if (left < 0) cut();
  });
}
