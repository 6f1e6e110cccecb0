import { ServerResponse, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { parseWorkitemTarget } from '../domain/dicom/workitem-resource.ts';
import { mayHaveBody } from './request-patience.ts';

/** A connection that may become a WebSocket, with what came behind the request. */
export interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Aborted when the listener closes: whoever is connected is to be told, and let go. */
  readonly closing: AbortSignal;
}

/** What of a listener has become WebSockets. */
export interface Upgrades {
  /** Tells each that the listener closes. */
  readonly sayGoodbye: () => void;
  /** Cuts those that are left. */
  readonly cut: () => void;
}

const UPGRADE = 'countersignUpgrade';

/**
 * Whether a request is taken out of the hands of HTTP: for a WebSocket, at the address of a channel, without a body. Everything else
 * is answered as if nothing had been asked (RFC 9110 §7.8); programs ask for HTTP/2 in this way without need.
 */
export function isUpgradeTaken(req: IncomingMessage): boolean {
  return req.method === 'GET' && !mayHaveBody(req) && asksForWebSocket(req) && isChannel(req.url ?? '');
}

/** Whether a request asks to become a WebSocket. */
export function asksForWebSocket({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return (headers.upgrade ?? '').split(',').some((one) => one.trim().toLowerCase() === 'websocket');
}

/**
 * Hands each request for a WebSocket to the app like any other, so that it is logged, known and judged like any other; the door
 * that takes it finds its connection by `upgradeOf`. An app that does not take it answers it, and the connection ends.
 */
export function takeUpgrades(server: Server, app: RequestListener): Upgrades {
  const sockets = new Set<Duplex>();
  const closing = new AbortController();
  server.on('upgrade', (req, socket, head) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Without a listener a connection that breaks would end the process.
    socket.on('error', () => socket.destroy());
    const res = new ServerResponse(req);
    res.shouldKeepAlive = false;
    res.assignSocket(req.socket);
    res.once('finish', () => {
      socket.end(() => socket.destroy());
    });
    const upgrade: Upgrade = { socket, head, closing: closing.signal };
    Object.assign(req, { [UPGRADE]: upgrade });
    app(req, res);
  });
  return {
    sayGoodbye: () => {
      closing.abort();
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The connection of a request for a WebSocket; undefined where the listener did not take it as one. */
export function upgradeOf(req: IncomingMessage): Upgrade | undefined {
  const noted: unknown = UPGRADE in req ? req[UPGRADE] : undefined;
  return isUpgrade(noted) ? noted : undefined;
}

/** From here on the connection is no longer that of the answer. What the request's log line waits for comes now. */
export function releaseAnswer(req: IncomingMessage, res: ServerResponse): void {
  res.statusCode = 101;
  res.detachSocket(req.socket);
  res.emit('close');
}

function isChannel(target: string): boolean {
  try {
    return parseWorkitemTarget(target)?.resource.kind === 'channel';
  } catch {
    // What is wrong with it is the app's to say.
    return false;
  }
}

function isUpgrade(value: unknown): value is Upgrade {
  return typeof value === 'object' && value !== null && 'head' in value && 'closing' in value;
}
