import { badAnswer } from './pacs-fault.ts';

/** How the end of a body is told (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

/** The head of one answer. */
export interface Http1Head {
  readonly status: number;
  /** Lower-case names; a header that comes several times is joined (RFC 9110 §5.3). */
  readonly headers: Readonly<Record<string, string>>;
  readonly framing: Framing;
  /** How long the connection may wait for the next request; 0 when it carries none. */
  readonly keepAliveMs: number;
}

/** Longest head, and trailer section, that is read. */
export const MAX_HEAD_BYTES = 64 * 1024;
const MAX_HEADERS = 256;
/** Where the PACS does not say. */
const KEEP_ALIVE_MS = 4_000;
const MAX_KEEP_ALIVE_MS = 600_000;
/** Left of what the PACS announces, so that we do not ask just as it closes; most announce one second. */
const KEEP_ALIVE_MARGIN_MS = 100;
const SECOND_MS = 1_000;

const NO_BODY: Framing = { kind: 'none' };
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^[0-9]{1,15}$/;

/**
 * Parses a head to the letter (RFC 9112 §4, §5, §6.3), the empty line at its end left off: no folded lines, no bare line
 * ends, one Content-Length or chunked and never both. Throws UpstreamFault for anything else, because whoever guesses may
 * guess otherwise than the next in line.
 */
export function parseHead(text: string, method: 'GET' | 'HEAD'): Http1Head {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, code] = STATUS_LINE.exec(first) ?? [];
  if (minor === undefined) throw badAnswer(new Error('its status line is none'));
  const status = Number(code);
  const headers = parseFields(lines);
  const isOld = minor === '0';
  const framing = framingOf(headers, { isBare: method === 'HEAD' || hasNoBody(status), isOld });
  return { status, headers, framing, keepAliveMs: keepAliveOf(headers, framing, isOld) };
}

/** Parses the head of an answer to a request of that method. Throws UpstreamFault. */
export type ParseHead = typeof parseHead;

/** A head for one of the pictures of a series is like those of the others. */
const MAX_KNOWN = 64;
const MAX_KNOWN_LENGTH = 1_024;

/** Makes a parser that knows the last heads again: most PACS send the same for each picture of a series, and for each list. */
export function createHeadParser(): ParseHead {
  const heads = { GET: new Map<string, Http1Head>(), HEAD: new Map<string, Http1Head>() };
  return (text, method) => {
    const known = heads[method];
    const last = known.get(text);
    if (last !== undefined) return last;
    const head = parseHead(text, method);
    if (text.length > MAX_KNOWN_LENGTH) return head;
    known.set(text, head);
    const [oldest] = known.size > MAX_KNOWN ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    return head;
  };
}

/** Header or trailer fields, line by line. Throws UpstreamFault for what is no field. */
export function parseFields(lines: readonly string[]): Readonly<Record<string, string>> {
  if (lines.length > MAX_HEADERS) throw badAnswer(new Error('it has too many headers'));
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1).trim();
    if (!NAME.test(name) || !VALUE.test(value)) throw badAnswer(new Error('one of its headers is none'));
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
}

/** RFC 9110 §6.4.1. 1xx never gets here as an answer. */
function hasNoBody(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

function framingOf(
  headers: Readonly<Record<string, string>>,
  { isBare, isOld }: { readonly isBare: boolean; readonly isOld: boolean },
): Framing {
  const { 'content-length': length, 'transfer-encoding': coding } = headers;
  // Two lengths are joined to what is no number, two codings to what is not known.
  if (length !== undefined && !LENGTH.test(length)) throw badAnswer(new Error('its length is no number'));
  if (coding !== undefined) {
    checkCoding(coding, isOld || length !== undefined);
    return isBare ? NO_BODY : { kind: 'chunked' };
  }
  if (isBare) return NO_BODY;
  return length === undefined ? { kind: 'close' } : { kind: 'length', bytes: Number(length) };
}

function checkCoding(coding: string, isMisplaced: boolean): void {
  if (coding.toLowerCase() === 'chunked' && !isMisplaced) return;
  throw badAnswer(new Error('it is coded for transfer in a way that is not clear'));
}

/** RFC 9112 §9.3; `Keep-Alive: timeout` is RFC 2068 §19.7.1.1's and what servers go by. */
function keepAliveOf(headers: Readonly<Record<string, string>>, framing: Framing, isOld: boolean): number {
  const options = (headers['connection'] ?? '').toLowerCase().split(/[\t ]*,[\t ]*/);
  const isKept = isOld ? options.includes('keep-alive') : !options.includes('close');
  if (framing.kind === 'close' || !isKept) return 0;
  const seconds = /(?:^|[,\s])timeout=([0-9]{1,9})(?:$|[,\s])/i.exec(headers['keep-alive'] ?? '')?.[1];
  return seconds === undefined ? KEEP_ALIVE_MS : announcedMs(Number(seconds));
}

function announcedMs(seconds: number): number {
  return Math.max(0, Math.min(seconds * SECOND_MS, MAX_KEEP_ALIVE_MS) - KEEP_ALIVE_MARGIN_MS);
}
