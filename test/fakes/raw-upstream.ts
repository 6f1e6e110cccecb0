import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { collectBody } from '../../src/domain/collect-body.ts';
import type { Http1Answer } from '../../src/upstreams/http1-exchange.ts';
import { createHttp1Pool, type Http1Pool } from '../../src/upstreams/http1-pool.ts';

/** A server that answers in bytes, and those who connected to it. */
export interface RawUpstream {
  readonly port: number;
  readonly sockets: Socket[];
}

/** What has to be closed again, newest first. */
type Closers = (() => Promise<void>)[];

/** Servers that answer in bytes, and clients for them. */
export interface RawUpstreams {
  /** Starts one on a free port. */
  readonly serve: (answer: AnswerRaw, server?: Server) => Promise<RawUpstream>;
  readonly poolFor: (port: number, wishes?: PoolWishes) => Http1Pool;
}

interface PoolWishes {
  readonly max?: number;
  readonly idleMs?: number;
  readonly tls?: { readonly ca?: string; readonly cert?: string };
}

/** Called for each request of each connection. */
type AnswerRaw = (socket: Socket, at: { readonly connection: number; readonly request: number }) => void;

/** Makes both; whatever they start is closed with the others. */
export function createRawUpstreams(closers: Closers): RawUpstreams {
  return {
    serve: (answer, server = createServer()) => serve(closers, answer, server),
    poolFor: (port, wishes) => poolFor(closers, port, wishes),
  };
}

async function serve(closers: Closers, answer: AnswerRaw, server: Server): Promise<RawUpstream> {
  const sockets: Socket[] = [];
  server.on(server.listenerCount('secureConnection') > 0 ? 'ignored' : 'connection', (socket: Socket) => {
    accept(socket);
  });
  const accept = (socket: Socket): void => {
    const connection = sockets.push(socket);
    let request = 0;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      request += 1;
      answer(socket, { connection, request });
    });
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, sockets };
}

function poolFor(
  closers: Closers,
  port: number,
  { max = 4, idleMs = 5_000, ...tls }: PoolWishes = {},
): Http1Pool {
  const target = { host: '127.0.0.1', port, ...tls };
  const pool = createHttp1Pool({ target, maxConnections: max, idleMs });
  closers.push(async () => Promise.resolve().then(pool.close));
  return pool;
}
/** Asks for the root. */
export function askRaw(
  pool: Http1Pool,
  signal = new AbortController().signal,
  firstByteMs = 5_000,
): Promise<Http1Answer> {
  return pool.request({ method: 'GET', head: 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', firstByteMs }, signal);
}

/** The whole body. */
export async function textOf({ body }: Http1Answer): Promise<string> {
  return Buffer.from(await collectBody(body, 1e9)).toString('latin1');
}

/** An answer with its length. */
export function sized(body: string, more = ''): string {
  return `HTTP/1.1 200 OK\r\n${more}Content-Length: ${String(body.length)}\r\n\r\n${body}`;
}
