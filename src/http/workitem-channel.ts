import type { IncomingMessage, ServerResponse } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { LoginEvidence } from '../flows/ports.ts';
import type { ChannelEnd, WorkitemChannel } from '../flows/workitem-events.ts';
import type { Flows } from './app-deps.ts';
import { releaseAnswer, upgradeOf, type Upgrade } from './take-upgrades.ts';

/** What a channel may do, and how long; tests make it short. */
export interface ChannelTerms {
  /** How often it is looked whether the other end is there, and the login still holds. */
  readonly everyMs: number;
  /** What may wait to be sent. */
  readonly maxBufferedBytes: number;
  /** How long the other end may take to say goodbye. */
  readonly goodbyeMs: number;
}

/** A request for a channel. */
interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly aet: string;
  readonly evidence: LoginEvidence;
  readonly signal: AbortSignal;
}

/** Opens the channels over which events are told. */
export interface ChannelDoor {
  /**
   * Turns the request into a WebSocket. Throws GatewayError('upgrade-required') for a request that asks for none,
   * GatewayError('same-origin-required') for another site's page, BadRequest, and what the flow throws.
   */
  readonly open: (flows: Pick<Flows, 'openWorkitemChannel'>, asked: Asked) => Promise<void>;
}

/** Below the idle time of the usual load balancers, and of the minute in which a session that has ended must be noticed. */
const TERMS: ChannelTerms = { everyMs: 25_000, maxBufferedBytes: 1_048_576, goodbyeMs: 2_000 };
/** Nothing is expected from the other end. */
const MAX_FRAME_BYTES = 1_024;
const MAX_FRAMES_BETWEEN_LOOKS = 60;
/** RFC 6455 §4.2.1: sixteen bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
const VERSION = '13';

/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1001;
const POLICY = 1008;
const TRY_AGAIN = 1013;

const ENDS: Readonly<Record<ChannelEnd, readonly [code: number, reason: string]>> = {
  'login-over': [POLICY, 'The login is over. Sign in again.'],
  behind: [TRY_AGAIN, 'Events were lost. Read the workitems, and open the channel again.'],
  unavailable: [TRY_AGAIN, 'Logins or workitems cannot be checked. Open the channel again.'],
};

/** The door of channels. `origins` are those whose pages may open one with a person’s session. */
export function createChannelDoor(origins: readonly string[], terms: ChannelTerms = TERMS): ChannelDoor {
  const allowed = new Set(origins);
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });
  return {
    open: async (flows, asked) => {
      const upgrade = checkedUpgrade(asked, allowed);
      const wire = createWire(terms);
      const { everyMs } = terms;
      const { aet, evidence, signal } = asked;
      const channel = await flows.openWorkitemChannel(
        { aet, evidence, send: wire.send, end: (why) => wire.close(...ENDS[why]) },
        signal,
      );
      shakeHands(server, { ...asked, upgrade, wire, channel, everyMs });
    },
  };
}

/**
 * A browser sends its cookie with a WebSocket whoever’s page asks for it, and no CORS holds the answer back: so the origin is
 * looked at before anything else. Programs send none.
 */
function checkedUpgrade({ req, res }: Asked, allowed: ReadonlySet<string>): Upgrade {
  const { headers } = req;
  const upgrade = upgradeOf(req);
  if (upgrade === undefined) {
    res.setHeader('Upgrade', 'websocket');
    res.setHeader('Connection', 'Upgrade');
    const detail = 'Events are told over a WebSocket. Open this address as one (GET, Upgrade: websocket).';
    throw new GatewayError('upgrade-required', { detail });
  }
  if (headers.origin !== undefined && !allowed.has(headers.origin)) {
    const detail = 'A page of another site may not open this channel with your login.';
    throw new GatewayError('same-origin-required', { detail });
  }
  if (headers['sec-websocket-version'] !== VERSION) {
    res.setHeader('Sec-WebSocket-Version', VERSION);
    throw new BadRequest('This gateway speaks version 13 of the WebSocket protocol.');
  }
  if (KEY.test(headers['sec-websocket-key'] ?? '')) return upgrade;
  throw new BadRequest('The header Sec-WebSocket-Key is malformed.');
}

/** The sending side of a channel, which may be used before there is a socket. */
interface Wire {
  readonly send: (report: DicomJsonObject) => void;
  readonly close: (code: number, reason: string) => void;
  readonly connect: (socket: WebSocket) => void;
}

function createWire({ maxBufferedBytes, goodbyeMs }: ChannelTerms): Wire {
  let connected: WebSocket | undefined;
  let early: ((socket: WebSocket) => void)[] = [];
  const use = (act: (socket: WebSocket) => void): void => {
    if (connected === undefined) early.push(act);
    else act(connected);
  };
  const close = (code: number, reason: string): void => {
    use((socket) => {
      socket.close(code, reason);
      // Who does not read does not say goodbye either.
      setTimeout(() => {
        socket.terminate();
      }, goodbyeMs).unref();
    });
  };
  return {
    close,
    send: (report) => {
      use((socket) => {
        if (socket.readyState !== socket.OPEN) return;
        if (socket.bufferedAmount > maxBufferedBytes) close(...ENDS.behind);
        else socket.send(JSON.stringify(report));
      });
    },
    connect: (socket) => {
      connected = socket;
      for (const act of early) act(socket);
      early = [];
    },
  };
}

interface Connection extends Pick<ChannelTerms, 'everyMs'> {
  readonly upgrade: Upgrade;
  readonly wire: Wire;
  readonly channel: WorkitemChannel;
}

function shakeHands(server: WebSocketServer, asked: Asked & Connection): void {
  const { req, res, upgrade, wire, channel } = asked;
  const connected: WebSocket[] = [];
  releaseAnswer(req, res);
  server.handleUpgrade(req, upgrade.socket, upgrade.head, (socket) => {
    connected.push(socket);
    tend(socket, asked);
    wire.connect(socket);
  });
  // The other end has gone by now.
  if (connected.length === 0) channel.leave();
}

/** Looks after a socket until it closes. */
function tend(socket: WebSocket, { upgrade, wire, channel, everyMs }: Connection): void {
  const { closing } = upgrade;
  const heard = { isAlive: true, frames: 0 };
  const goAway = (): void => {
    wire.close(GOING_AWAY, 'The gateway is being stopped. Open the channel again.');
  };
  const count = (): void => {
    heard.frames += 1;
    if (heard.frames > MAX_FRAMES_BETWEEN_LOOKS) socket.close(POLICY, 'Nothing is expected on this channel.');
  };
  const timer = setInterval(() => {
    look(socket, heard, channel);
  }, everyMs);
  socket.on('pong', () => (heard.isAlive = true));
  socket.on('message', count);
  socket.on('ping', count);
  // A frame that breaks the protocol, or is too large: ws closes the connection itself.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    clearInterval(timer);
    closing.removeEventListener('abort', goAway);
    channel.leave();
  });
  if (closing.aborted) goAway();
  else closing.addEventListener('abort', goAway, { once: true });
}

function look(
  socket: WebSocket,
  heard: { isAlive: boolean; frames: number },
  channel: WorkitemChannel,
): void {
  if (!heard.isAlive) {
    socket.terminate();
    return;
  }
  heard.isAlive = false;
  heard.frames = 0;
  socket.ping();
  void channel.confirm();
}
