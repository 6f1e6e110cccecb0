import type { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { BadRequest, GatewayError, UpstreamFault } from '../domain/errors.ts';
import type { PacsAnswer, PacsClient, PacsRequest, PartState } from '../flows/ports.ts';
import { undoContentCoding } from './content-coding.ts';
import { forwardedHeaders, requestHeaders, responseHeaders } from './pacs-headers.ts';
import { codeOf, pacsFault } from './pacs-fault.ts';

/** Where the PACS is and how patient to be with it. */
export interface PacsClientOptions {
  /** DICOMweb base, e.g. `http://pacs:8042/dicom-web`. */
  readonly baseUrl: string;
  readonly timeouts: {
    /** Until the head of the answer is there, connecting included. */
    readonly firstByteMs: number;
    /** Between two pieces of the body; there is no limit on the whole. */
    readonly idleMs: number;
  };
  /** Sent with every request, e.g. `authorization` from a secret file. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The gateway's own DICOMweb base as viewers see it. */
  readonly publicDicomwebUrl: string;
}

interface Base {
  readonly origin: string;
  /** Without a trailing slash; empty at the root. */
  readonly path: string;
}

/** Several times what one caller may hold at once, so that nobody can take all of them. */
const MAX_CONNECTIONS = 512;
/** PACS that announce `Keep-Alive: timeout=1` would never see a connection again with undici's default of 1000. */
const KEEP_ALIVE_THRESHOLD_MS = 100;
const SAFE_SEGMENT = /^[0-9A-Za-z.,_-]+$/;

/**
 * A DICOMweb client for one PACS. Adds only the gateway's own Forwarded headers and the configured ones; retries once a
 * request whose kept-alive connection the PACS had just closed. Throws BadRequest for a base that is no http(s) address.
 */
export function createPacsClient(options: PacsClientOptions): PacsClient & {
  readonly ping: (signal: AbortSignal) => Promise<PartState>;
  readonly close: () => Promise<void>;
} {
  const base = parseBase(options.baseUrl);
  const publicUrl = new URL(options.publicDicomwebUrl);
  const { firstByteMs, idleMs } = options.timeouts;
  const pool = new Pool(base.origin, {
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeoutThreshold: KEEP_ALIVE_THRESHOLD_MS,
    headersTimeout: firstByteMs,
    bodyTimeout: idleMs,
    connect: { timeout: firstByteMs },
  });
  const ours = { ...forwardedHeaders(publicUrl), ...options.headers };
  const fetch = async (request: PacsRequest, signal: AbortSignal): Promise<PacsAnswer> => {
    const headers = { ...requestHeaders(request.headers), ...ours };
    const path = pathOf(base, request);
    const answer = await send(pool, {
      path,
      headers: request.decode ? { ...headers, 'accept-encoding': 'identity' } : headers,
      signal,
      firstByteMs,
    });
    return toAnswer(answer, request.decode === true);
  };
  return {
    fetch,
    ownBaseUrls: ownBaseUrls(base, publicUrl),
    ping: (signal) => ping(fetch, signal),
    close: () => pool.destroy(),
  };
}

interface Sending {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Counts from here, so waiting for a free connection is part of it. */
  readonly firstByteMs: number;
}

async function send(pool: Pool, sending: Sending): Promise<Dispatcher.ResponseData> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), sending.firstByteMs);
  const { path, headers, signal } = sending;
  try {
    return await sendOrRepeat(pool, { path, headers, signal: AbortSignal.any([signal, late.signal]) });
  } catch (error: unknown) {
    if (late.signal.aborted && !signal.aborted) {
      throw new UpstreamFault('upstream-timeout', 'pacs', {
        detail: 'The PACS did not begin to answer in time.',
        cause: error,
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function sendOrRepeat(
  pool: Pool,
  sending: Omit<Sending, 'firstByteMs'>,
): Promise<Dispatcher.ResponseData> {
  try {
    return await pool.request({ method: 'GET', ...sending });
  } catch (error: unknown) {
    // Only where the connection went away before any answer: a GET that nobody has seen the answer of can be repeated.
    if (sending.signal.aborted || !isClosedConnection(error)) throw pacsFault(error);
  }
  try {
    return await pool.request({ method: 'GET', ...sending });
  } catch (error: unknown) {
    throw pacsFault(error);
  }
}

function isClosedConnection(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

function toAnswer(answer: Dispatcher.ResponseData, decode: boolean): PacsAnswer {
  const headers = responseHeaders(answer.headers);
  // A body that is dropped reports its own end as an error; nobody is left who would want to hear it.
  answer.body.on('error', () => undefined);
  const cancel = (): void => {
    answer.body.destroy();
  };
  if (!decode) return { status: answer.statusCode, headers, body: bytesOf(answer.body), cancel };
  const { 'content-encoding': coding, 'content-length': length, ...rest } = headers;
  const isCoded = coding !== undefined && coding !== 'identity';
  const kept = isCoded || length === undefined ? rest : { ...rest, 'content-length': length };
  const body = isCoded ? undoContentCoding(answer.body, coding) : answer.body;
  return { status: answer.statusCode, headers: kept, body: bytesOf(body), cancel };
}

/** Nothing of undici crosses the port: a body that fails fails as an UpstreamFault. */
async function* bytesOf(body: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of body) yield parseChunk(chunk);
  } catch (error: unknown) {
    throw pacsFault(error);
  }
}

function parseChunk(chunk: unknown): Uint8Array {
  return chunk as Uint8Array;
}

function parseBase(baseUrl: string): Base {
  const url = URL.parse(baseUrl);
  // A user name, a query or a fragment would be lost in silence.
  if (url === null || !/^https?:$/.test(url.protocol) || /[?#@]/.test(baseUrl)) {
    throw new BadRequest(
      'The base of the PACS must be an http or https address without user, query or fragment.',
    );
  }
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') };
}

/** Strings joined on a normalised base: a URL parser would drop the base's own path or fold what looks like dots. */
function pathOf(base: Base, request: PacsRequest): string {
  const isSafe = (segment: string): boolean => SAFE_SEGMENT.test(segment) && !/^\.+$/.test(segment);
  if (!request.segments.every(isSafe))
    throw new GatewayError('internal', { detail: 'A path to the PACS was not checked.' });
  const query = request.query
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return `${base.path}/${request.segments.join('/')}${query === '' ? '' : `?${query}`}`;
}

/** What the PACS may call itself: its own base, and its path under the name we forwarded, rightly read or with the quotes left on. */
function ownBaseUrls(base: Base, publicUrl: URL): readonly string[] {
  const { protocol, host } = publicUrl;
  const reflected = [host, `"${host}"`].map((name) => `${protocol}//${name}${base.path}`);
  return [...new Set([`${base.origin}${base.path}`, ...reflected])].toSorted((a, b) => b.length - a.length);
}

async function ping(fetch: PacsClient['fetch'], signal: AbortSignal): Promise<PartState> {
  try {
    const request = {
      method: 'GET',
      segments: ['studies'],
      query: [['limit', '1']],
      headers: {},
      decode: true,
    } as const;
    const answer = await fetch(request, signal);
    answer.cancel();
    if (answer.status < 400) return { part: 'pacs', ok: true, detail: 'The PACS answers.' };
    return {
      part: 'pacs',
      ok: false,
      detail: `The PACS answers searches with status ${answer.status}. Check its address and login.`,
    };
  } catch (error: unknown) {
    const detail = error instanceof UpstreamFault ? error.detail : 'The PACS cannot be asked.';
    return { part: 'pacs', ok: false, detail };
  }
}
