import { constants } from 'node:crypto';
import { chmod, lstat, unlink } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import {
  connect,
  createServer as createNetServer,
  type AddressInfo,
  type ListenOptions,
  type Server as NetServer,
} from 'node:net';
import { answerClientErrors } from './client-errors.ts';
import type { MessageClasses } from './express-messages.ts';
import { noteArrival, type Arrival } from './listener-arrival.ts';
import { answerExpectations, BODY_IDLE_MS, cutIdleSenders } from './request-patience.ts';
import { isUpgradeTaken, takeUpgrades, type Upgrades } from './take-upgrades.ts';
import { wellAddressedOnly } from './well-addressed-only.ts';

/** Viewers ask for many studies in one address; Node's default of 16 KiB answers 431. */
const MAX_HEADER_BYTES = 131_072;
/** Longer than the idle time of the usual load balancers (60 s), so that they and not we close first. */
const KEEP_ALIVE_MS = 65_000;
/** From a connection's beginning, or its last answer's end, to the end of the next request's head. */
const HEADERS_MS = 60_000;
/** From the end of a handshake to the end of a request's head: a proof of the card's key is of now, or it is none. */
const CARD_HEADERS_MS = 10_000;
const CARD_CHECK_MS = 2_000;
/** The gateway's user and group; nobody else. */
const SOCKET_MODE = 0o660;

export interface Listener {
  /** With the port that was really taken; `unix:` and the path for a socket file. */
  readonly url: string;
  /** Takes no new calls, lets those in flight finish for at most this long, then cuts them. Safe to call twice. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Where to listen; port 0 takes a free one. */
interface NetworkPlace {
  readonly host: string;
  readonly port: number;
  /** Beside other processes of the same user that say so too: the kernel gives each its share of new connections. */
  readonly reusePort?: boolean;
}

/** A socket file. Its folder says who may speak: whoever can is a hop that needs no further proof. */
interface SocketPlace {
  readonly socketPath: string;
}

/** What the card listener shows, and whom it takes; all PEM. */
export interface CardTls {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** Roots, and what stands below them. Browsers are told to offer only certificates of these. */
  readonly caPems: readonly string[];
  /** One list for each block; one for every authority, or nobody is accepted. None at all: TLS does not look. */
  readonly crlPems: readonly string[];
}

export interface CardListener extends Listener {
  /** Takes new keys, authorities and lists from the next handshake on. Throws, and changes nothing, when they cannot be used. */
  readonly reload: (tls: CardTls) => void;
}

/** Listens for an app. Rejects when the address cannot be had (EADDRINUSE, EACCES). */
export async function startListener(
  options: (NetworkPlace | SocketPlace) & {
    readonly app: RequestListener;
    /** What the app's requests and responses are made of; Node's own when absent. */
    readonly messages?: MessageClasses;
    readonly bodyIdleMs?: number;
    readonly headersMs?: number;
  },
): Promise<Listener> {
  const isSocket = 'socketPath' in options;
  const headersTimeout = options.headersMs ?? HEADERS_MS;
  const patient = cutIdleSenders(options.app, options.bodyIdleMs ?? BODY_IDLE_MS);
  const app = wellAddressedOnly(arriving(isSocket ? 'unix-socket' : 'network', patient));
  const server = createServer(
    {
      ...options.messages,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout,
      connectionsCheckingInterval: headersTimeout / 2,
      // Node's limit is on the whole request, and would cut a long upload.
      requestTimeout: 0,
      requireHostHeader: false,
      shouldUpgradeCallback: isUpgradeTaken,
    },
    app,
  );
  const upgrades = takeUpgrades(server, app);
  answerExpectations(server, app);
  answerClientErrors(server);
  if (isSocket) await listenAtFile(server, options.socketPath);
  else await listen(server, networkPlace(options));
  const url = isSocket ? `unix:${options.socketPath}` : urlOf(server, options.host, 'http');
  return { url, close: closer(server, upgrades) };
}

/**
 * Listens for an app by TLS and asks each client for a certificate. One that is not there, or not accepted, is the app's to
 * answer: the person gets a page, the record a reason. Each handshake is whole, with the key that the certificate is for: no
 * tickets, no sessions to take up again, no renegotiation. Each connection carries one request, because a later one would
 * prove nothing about the card that may have been pulled out since.
 */
export async function startCardListener(
  options: NetworkPlace & { readonly app: RequestListener; readonly tls: CardTls },
): Promise<CardListener> {
  const app = wellAddressedOnly(arriving('card-listener', cutIdleSenders(options.app, BODY_IDLE_MS)));
  const server = createTlsServer(
    {
      ...secureContext(options.tls),
      requestCert: true,
      rejectUnauthorized: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: CARD_HEADERS_MS,
      requestTimeout: 0,
      requireHostHeader: false,
      connectionsCheckingInterval: CARD_CHECK_MS,
      shouldUpgradeCallback: isUpgradeTaken,
    },
    app,
  );
  const upgrades = takeUpgrades(server, app);
  // OpenSSL leaves its word about a signature that does not hold where Node takes it for a fault of the connection, and would cut
  // it. Whatever asks for the certificate at the end of the handshake clears that away, and the person gets a page.
  server.on('secureConnection', (socket) => socket.getPeerX509Certificate());
  // One request each, and not a second one that was sent right behind the first.
  server.maxRequestsPerSocket = 1;
  answerExpectations(server, app);
  answerClientErrors(server);
  await listen(server, networkPlace(options));
  return {
    url: urlOf(server, options.host, 'https'),
    close: closer(server, upgrades),
    reload: (tls) => {
      server.setSecureContext(secureContext(tls));
    },
  };
}

/** Everything, each time: what is left out falls back to Node's own. */
function secureContext({ keyPem, certificatePem, caPems, crlPems }: CardTls): ServerOptions {
  return {
    key: keyPem,
    cert: certificatePem,
    ca: [...caPems],
    ...(crlPems.length === 0 ? {} : { crl: [...crlPems] }),
    minVersion: 'TLSv1.2',
    // OpenSSL keeps no sessions for Node, so without tickets there is nothing to take up again (SSL_CTX_set_options).
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
}

function arriving(arrival: Arrival, app: RequestListener): RequestListener {
  return (req, res) => {
    noteArrival(res, arrival);
    if (arrival === 'card-listener') res.shouldKeepAlive = false;
    app(req, res);
  };
}

function networkPlace({ host, port, reusePort = false }: NetworkPlace): ListenOptions {
  return { host, port, reusePort };
}

/**
 * Whether a port can be had by several processes: taken for a moment by this one alone, because each of those would share it with
 * anybody who shares. Resolves to the port, which is a free one for 0. Rejects when it cannot be had (EADDRINUSE, EACCES).
 */
export async function probePort(place: { readonly host: string; readonly port: number }): Promise<number> {
  const server = createNetServer();
  await listen(server, place);
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : place.port;
}

function listen(server: NetServer, place: ListenOptions): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** A file left behind by a process that is gone is replaced; nobody else can be bound to it. */
async function listenAtFile(server: NetServer, path: string): Promise<void> {
  const isLeftover = await lstat(path).then(
    (file) => file.isSocket(),
    () => false,
  );
  if (isLeftover && !(await answersAt(path))) await unlink(path);
  await listen(server, { path });
  await chmod(path, SOCKET_MODE);
}

function answersAt(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function urlOf(server: NetServer, host: string, scheme: 'http' | 'https'): string {
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function closer(server: Server, upgrades: Upgrades): (graceMs: number) => Promise<void> {
  let closing: Promise<void> | undefined;
  return (graceMs) => {
    closing ??= closeServer(server, upgrades, graceMs);
    return closing;
  };
}

function closeServer(server: Server, upgrades: Upgrades, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections();
      upgrades.cut();
    }, graceMs);
    upgrades.sayGoodbye();
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
