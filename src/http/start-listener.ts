import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Viewers ask for many studies in one address; Node's default of 16 KiB answers 431. */
const MAX_HEADER_BYTES = 131_072;
/** Longer than the idle time of the usual load balancers (60 s), so that they and not we close first. */
const KEEP_ALIVE_MS = 65_000;

export interface Listener {
  /** With the port that was really taken. */
  readonly url: string;
  /** Takes no new calls, lets those in flight finish for at most this long, then cuts them. Safe to call twice. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Listens for an app; port 0 takes a free one. Rejects when the address cannot be had (EADDRINUSE, EACCES). */
export async function startListener(options: {
  readonly app: RequestListener;
  readonly host: string;
  readonly port: number;
}): Promise<Listener> {
  const { host, port } = options;
  const app = originFormOnly(options.app);
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS }, app);
  answerExpectations(server, app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { url: urlOf(server, host), close: closer(server) };
}

/**
 * A server is asked by path (RFC 9112 §3.2.1). Other forms of the target are for proxies; what URL parsers make of a broken one
 * goes to standard error, past the log's redaction, so none gets that far.
 */
function originFormOnly(app: RequestListener): RequestListener {
  return (req, res) => {
    if (req.url?.startsWith('/') === true || req.url === '*') {
      app(req, res);
      return;
    }
    res.writeHead(400, { 'Content-Length': 0, Connection: 'close' }).end();
  };
}

/**
 * Some DICOMweb clients send an empty `Expect` with every request, which Node would answer with 417 by itself: it is
 * treated as absent. Any other expectation but `100-continue` cannot be met (RFC 9110 §10.1.1).
 */
function answerExpectations(server: Server, app: RequestListener): void {
  server.on('checkExpectation', (req, res) => {
    if ((req.headers.expect ?? '').trim() === '') {
      app(req, res);
      return;
    }
    res.writeHead(417, { 'Content-Length': 0, Connection: 'close' }).end();
  });
}

function urlOf(server: Server, host: string): string {
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function closer(server: Server): (graceMs: number) => Promise<void> {
  let closing: Promise<void> | undefined;
  return (graceMs) => {
    closing ??= closeServer(server, graceMs);
    return closing;
  };
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    // A connection whose call ends now is told to go, instead of idling until its keep-alive runs out.
    server.prependListener('request', (_req, res) => {
      res.setHeader('Connection', 'close');
    });
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, 50);
    server.once('close', () => {
      clearInterval(sweep);
    });
  });
}
