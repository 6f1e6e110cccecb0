import { getCACertificates } from 'node:tls';
import { Agent, errors, type Dispatcher } from 'undici';
import { UpstreamFault } from '../domain/errors.ts';
import type { DocumentFetcher } from '../flows/ports.ts';
import { codeOf } from './pacs-fault.ts';

export interface DocumentClientOptions {
  /** Origins that may be asked without TLS, e.g. `http://crl.trust.example`; loopback always may. */
  readonly plainHttpOrigins?: readonly string[];
  /** Certificate authorities beside those of the system, PEM. */
  readonly authoritiesPem?: readonly string[];
}

type Fetched = Awaited<ReturnType<DocumentFetcher['fetch']>>;
type Wanted = Parameters<DocumentFetcher['fetch']>[0];

const PEER = 'identity-provider';
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Documents are few and small: nothing that fetches them should ever wait for a PACS, nor a PACS for them. */
const MAX_CONNECTIONS_PER_ORIGIN = 8;
const KEEP_ALIVE_MS = 4_000;
const MAX_HEADER_BYTES = 16 * 1024;
const TIMEOUTS = ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];
/** Somebody answered whom we do not know, which is not the same as nobody. */
const UNKNOWN_AUTHORITY = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
];
const NONSENSE = ['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'];

/**
 * Fetches documents of identity providers, over connections of its own. No redirect is followed, no cookie sent, no compressed
 * answer taken: what comes is at most `maxBytes` long. Every call is over after `timeoutMs`. Throws UpstreamFault.
 */
export function createDocumentClient(options: DocumentClientOptions = {}): DocumentFetcher & {
  readonly close: () => Promise<void>;
} {
  const { authoritiesPem } = options;
  const plainHttpOrigins = new Set((options.plainHttpOrigins ?? []).map((origin) => new URL(origin).origin));
  const agent = new Agent({
    connections: MAX_CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: authoritiesPem === undefined ? {} : { ca: withSystemAuthorities(authoritiesPem) },
  });
  return {
    fetch: async (wanted, signal) =>
      fetchDocument(agent, addressOf(wanted.url, plainHttpOrigins), { wanted, signal }),
    close: () => agent.destroy(),
  };
}

/** Given authorities alone would put the system's out of force. */
function withSystemAuthorities(authoritiesPem: readonly string[]): string[] {
  return [...getCACertificates('default'), ...authoritiesPem];
}

function addressOf(text: string, plainHttpOrigins: ReadonlySet<string>): URL {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') throw refused('its address is not one');
  const isPlain =
    url.protocol === 'http:' && (LOOPBACK.has(url.hostname) || plainHttpOrigins.has(url.origin));
  if (url.protocol !== 'https:' && !isPlain) throw refused('its address is not https');
  return url;
}

function refused(why: string): UpstreamFault {
  return new UpstreamFault('upstream-unreachable', PEER, { detail: `A document cannot be fetched: ${why}.` });
}

async function fetchDocument(
  agent: Agent,
  url: URL,
  { wanted, signal }: { readonly wanted: Wanted; readonly signal: AbortSignal | undefined },
): Promise<Fetched> {
  const late = AbortSignal.timeout(wanted.timeoutMs);
  try {
    const answer = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: wanted.method ?? 'GET',
      headers: { ...wanted.headers, 'accept-encoding': 'identity' },
      ...(wanted.body === undefined ? {} : { body: Buffer.from(wanted.body) }),
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      headersTimeout: wanted.timeoutMs,
      bodyTimeout: wanted.timeoutMs,
    });
    return await readAnswer(answer, wanted.maxBytes);
  } catch (error: unknown) {
    throw faultOf(error, late.aborted);
  }
}

async function readAnswer(answer: Dispatcher.ResponseData, maxBytes: number): Promise<Fetched> {
  const headers = plainHeaders(answer.headers);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const coding = headers['content-encoding'] ?? 'identity';
  // What is left unread must not hold its connection.
  answer.body.on('error', () => undefined);
  if (coding !== 'identity' || Number(headers['content-length'] ?? 0) > maxBytes) {
    answer.body.destroy();
    throw badAnswer(coding === 'identity' ? 'it is too large' : 'it is compressed');
  }
  for await (const chunk of answer.body) {
    const bytes = parseChunk(chunk);
    size += bytes.length;
    // Leaving the loop destroys the body.
    if (size > maxBytes) throw badAnswer('it is too large');
    chunks.push(bytes);
  }
  return { status: answer.statusCode, headers, body: Buffer.concat(chunks) };
}

function parseChunk(chunk: unknown): Uint8Array {
  return chunk as Uint8Array;
}

function plainHeaders(headers: Dispatcher.ResponseData['headers']): Readonly<Record<string, string>> {
  const pairs = Object.entries(headers).map(
    ([name, value]) => [name, [value ?? ''].flat().join(', ')] as const,
  );
  return Object.fromEntries(pairs);
}

function badAnswer(why: string): UpstreamFault {
  return new UpstreamFault('upstream-bad-answer', PEER, { detail: `A document was not taken: ${why}.` });
}

/** Nothing of undici crosses the port. */
function faultOf(error: unknown, isLate: boolean): UpstreamFault {
  if (error instanceof UpstreamFault) return error;
  if (isLate || TIMEOUTS.includes(codeOf(error))) {
    return new UpstreamFault('upstream-timeout', PEER, {
      detail: 'A document did not come in time.',
      cause: error,
    });
  }
  if (error instanceof errors.HTTPParserError || NONSENSE.includes(codeOf(error)))
    return badAnswer('it is not HTTP');
  if (UNKNOWN_AUTHORITY.includes(codeOf(error)))
    return badAnswer('its certificate comes from an unknown authority');
  return new UpstreamFault('upstream-unreachable', PEER, {
    detail: 'A document cannot be fetched: its address cannot be reached.',
    cause: error,
  });
}
