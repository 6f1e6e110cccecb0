import { Readable } from 'node:stream';
import { BadRequest, GatewayError, UpstreamFault } from '../domain/errors.ts';
import type { PacsAnswer, PacsBody, PacsClient, PacsRequest, PartState } from '../flows/ports.ts';
import { bytesOf } from './bytes-of.ts';
import { undoContentCoding } from './content-coding.ts';
import type { Http1Answer } from './http1-exchange.ts';
import type { Http1Head } from './http1-head.ts';
import { createHttp1Pool, type Http1Pool } from './http1-pool.ts';
import { forwardedHeaders, requestHeaders, responseHeaders } from './pacs-headers.ts';

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
  /** PEM, as node:tls takes them: the gateway's client certificate with its key, and who vouches for the PACS instead of the system's. */
  readonly tls?: { readonly cert?: string; readonly key?: string; readonly ca?: string };
  /** The gateway's own DICOMweb base as viewers see it. */
  readonly publicDicomwebUrl: string;
}

interface Base {
  readonly origin: string;
  /** With the port where it is not the scheme's own, as it goes into `Host`. */
  readonly host: string;
  /** Without a trailing slash; empty at the root. */
  readonly path: string;
}

/** Several times what one caller may hold at once, so that nobody can take all of them. */
const MAX_CONNECTIONS = 512;
const TARGET = /^[\x21-\x7e]+$/;
/** RFC 9110 §5.5, without what is not of the visible octets but the blank and the tab. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const SAFE_SEGMENT = /^[0-9A-Za-z.,_-]+$/;
/** UIDs or tags with commas between them. Some PACS split a list before they undo escapes, so these commas stay as they are. */
const PLAIN_LIST = /^[0-9A-Fa-f.]+(?:,[0-9A-Fa-f.]+)+$/;
/** What the other parameters hold (sizes, media types, words): some PACS undo no escapes there, and none are needed (RFC 3986 §3.4). */
const PLAIN_WORDS = /^[0-9A-Za-z.,/*-]+$/;
const TAG = /^[0-9A-F]{8}/;

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
  const { firstByteMs } = options.timeouts;
  const pool = openPool(base, options);
  const ours = fieldLines({ ...forwardedHeaders(publicUrl), ...options.headers });
  const heads = new WeakMap<PacsRequest, string>();
  const headOf = (request: PacsRequest): string => {
    const known = heads.get(request);
    if (known !== undefined) return known;
    const head = requestHead(base, request, ours);
    if (request.isKept === true) heads.set(request, head);
    return head;
  };
  const allowed = createAllowed();
  const fetch = async (request: PacsRequest, signal: AbortSignal): Promise<PacsAnswer> => {
    const { method, decode = false } = request;
    const head = headOf(request);
    const answer = await pool.request({ method, head, firstByteMs }, signal);
    return toAnswer(answer, decode, allowed(answer.head));
  };
  return {
    fetch,
    ownBaseUrls: ownBaseUrls(base, publicUrl),
    ping: (signal) => ping(fetch, signal),
    close: async () => {
      pool.close();
      await Promise.resolve();
    },
  };
}

function openPool(base: Base, { timeouts, tls }: PacsClientOptions): Http1Pool {
  const { protocol, hostname, port } = new URL(base.origin);
  const isTls = protocol === 'https:';
  const target = {
    // A literal IPv6 address stands in brackets (RFC 3986 §3.2.2), which are no part of it.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
    ...(isTls ? { tls: tls ?? {} } : {}),
  };
  return createHttp1Pool({ target, maxConnections: MAX_CONNECTIONS, idleMs: timeouts.idleMs });
}

/** The whole head of a request, as it is sent. Throws GatewayError('internal') for a path or value that was not checked. */
function requestHead(base: Base, request: PacsRequest, ours: string): string {
  const path = pathOf(base, request);
  if (!TARGET.test(path)) throw unchecked();
  const { decode = false, headers } = request;
  const theirs = requestHeaders(decode ? { ...headers, 'accept-encoding': 'identity' } : headers);
  return `${request.method} ${path} HTTP/1.1\r\nhost: ${base.host}\r\nconnection: keep-alive\r\n${fieldLines(theirs)}${ours}\r\n`;
}

function fieldLines(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const [name, value] of Object.entries(headers)) {
    if (!FIELD_VALUE.test(value)) throw unchecked();
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

function unchecked(): GatewayError {
  return new GatewayError('internal', { detail: 'A request to the PACS was not checked.' });
}

/** What goes on of a head's headers, looked through once for heads that are the same. */
function createAllowed(): (head: Http1Head) => PacsAnswer['headers'] {
  const known = new WeakMap<Http1Head, PacsAnswer['headers']>();
  return (head) => {
    const headers = known.get(head) ?? responseHeaders(head.headers);
    known.set(head, headers);
    return headers;
  };
}

function toAnswer(
  { head, body, cancel }: Http1Answer,
  decode: boolean,
  headers: PacsAnswer['headers'],
): PacsAnswer {
  const { status } = head;
  const coding = headers['content-encoding'];
  if (!decode || coding === undefined) return { status, headers, body, cancel };
  const { 'content-encoding': _coding, 'content-length': length, ...rest } = headers;
  if (coding === 'identity') {
    return {
      status,
      headers: length === undefined ? rest : { ...rest, 'content-length': length },
      body,
      cancel,
    };
  }
  const plain = unpacked(body, coding);
  return { status, headers: rest, body: bytesOf(plain), cancel };
}

function unpacked(body: PacsBody, coding: string): Readable {
  const packed = Readable.from(body, { objectMode: false });
  // A body that is dropped reports its own end as an error; nobody is left who would want to hear it.
  packed.on('error', () => undefined);
  return undoContentCoding(packed, coding);
}

function parseBase(baseUrl: string): Base {
  const url = URL.parse(baseUrl);
  // A user name, a query or a fragment would be lost in silence.
  if (url === null || !/^https?:$/.test(url.protocol) || /[?#@]/.test(baseUrl)) {
    throw new BadRequest(
      'The base of the PACS must be an http or https address without user, query or fragment.',
    );
  }
  return { origin: url.origin, host: url.host, path: url.pathname.replace(/\/+$/, '') };
}

/** Strings joined on a normalised base: a URL parser would drop the base's own path or fold what looks like dots. */
function pathOf(base: Base, request: PacsRequest): string {
  const isSafe = (segment: string): boolean => SAFE_SEGMENT.test(segment) && !/^\.+$/.test(segment);
  if (!request.segments.every(isSafe))
    throw new GatewayError('internal', { detail: 'A path to the PACS was not checked.' });
  const query = request.query
    .map(
      ([name, value]) =>
        `${encodeURIComponent(name)}=${isPlain(name, value) ? value : encodeURIComponent(value)}`,
    )
    .join('&');
  return `${base.path}/${request.segments.join('/')}${query === '' ? '' : `?${query}`}`;
}

function isPlain(name: string, value: string): boolean {
  return PLAIN_LIST.test(value) || (!TAG.test(name) && PLAIN_WORDS.test(value));
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
