import { Readable } from 'node:stream';
import { Agent, request, type Dispatcher } from 'undici';

/** One POST to an AI endpoint. */
interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface EndpointAgent {
  /** Resolves with the head of the answer. Throws what undici throws. */
  readonly post: (url: URL, post: Post, signal: AbortSignal) => Promise<Dispatcher.ResponseData>;
  readonly close: () => Promise<void>;
}

/** Shorter than any server's own idle time that we know of (gunicorn's is 2 s, uvicorn's and Node's 5 s), so that we are the one who closes. */
const IDLE_MS = 1_000;

/**
 * Connections to AI endpoints, kept for a moment: a new one for every call would halve the calls that get through in a second.
 *
 * A server can close a kept connection just as a call begins on it. Where that is seen before anything was written, undici takes another
 * connection; a call of which something was written is not made again (none of the dialects says that an inference may be repeated), and
 * the endpoint counts as away. The short time makes that rare.
 */
export function createEndpointAgent(): EndpointAgent {
  const agent = new Agent({
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    // Whatever the server says of its own.
    keepAliveMaxTimeout: IDLE_MS,
    // The binding's deadline is the only one.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    post: async (url, { headers, body }, signal) =>
      await request(url, { method: 'POST', dispatcher: agent, signal, headers, body: bodyOf(body) }),
    close: () => agent.close(),
  };
}

/** Pieces are taken from their source one at a time, as the endpoint takes them. */
function bodyOf(body: Post['body']): string | Uint8Array | Readable {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  return Readable.from(body, { objectMode: false, highWaterMark: 1 });
}
