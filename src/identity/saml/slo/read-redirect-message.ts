import { verify, X509Certificate } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { demand, SignInRefused } from '../../sign-in-refusal.ts';
import { childrenNamed, XML_SIGNATURE } from '../xml-elements.ts';
import {
  decodeBase64,
  decodeMessage,
  LOGOUT_FIELDS,
  MAX_MESSAGE_BYTES,
  parseMessage,
  relayStateOf,
  type LogoutField,
  type LogoutMessage,
} from './logout-message.ts';

/** Names as they must stand in the query, letter by letter: another reader might decode them, and see another message. */
const PARAMETERS: readonly string[] = [...LOGOUT_FIELDS, 'RelayState', 'SigAlg', 'Signature'];
/** SigAlg and the hash behind it. */
const HASHES: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'sha512',
};
/** More than any server passes on in a request line. */
const MAX_QUERY_LENGTH = 32 * 1024;

/** A query as sent: values still percent-encoded, because they are what was signed. */
type RawQuery = ReadonlyMap<string, string>;

/**
 * Takes a logout message out of a query (SAML bindings §3.4, HTTP-Redirect with DEFLATE). The query is read here, raw, and by
 * nothing else: one message, SigAlg, Signature, perhaps RelayState, each once. The signature must hold over these very octets
 * (§3.4.4.1) under one of the certificates; only then is the message opened. Throws SignInRefused.
 */
export function readRedirectMessage(originalUrl: string, certificatesPem: readonly string[]): LogoutMessage {
  const query = rawQueryOf(originalUrl);
  const field = fieldOf(query);
  checkSignature(query, field, certificatesPem);
  const deflated = decodeBase64(decodeValue(query.get(field) ?? ''));
  const root = parseMessage(field, decodeMessage(inflate(deflated)));
  // §3.4.4.1: a signature inside the message is left out here. One that is there was made for somewhere else.
  demand(childrenNamed(root, XML_SIGNATURE, 'Signature').length === 0, 'answer-not-trusted');
  const relayState = query.get('RelayState');
  return { field, root, ...relayStateOf(relayState === undefined ? undefined : decodeValue(relayState)) };
}

function rawQueryOf(originalUrl: string): RawQuery {
  const start = originalUrl.indexOf('?');
  demand(start >= 0, 'no-answer');
  const text = originalUrl.slice(start + 1);
  demand(text.length <= MAX_QUERY_LENGTH, 'answer-too-large');
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    demand(PARAMETERS.includes(name) && !query.has(name), 'answer-unreadable');
    query.set(name, value);
  }
  return query;
}

function fieldOf(query: RawQuery): LogoutField {
  const [field, ...others] = LOGOUT_FIELDS.filter((name) => query.has(name));
  demand(field !== undefined, 'no-answer');
  demand(others.length === 0, 'answer-unreadable');
  return field;
}

function checkSignature(query: RawQuery, field: LogoutField, certificatesPem: readonly string[]): void {
  const signature = query.get('Signature');
  const algorithm = query.get('SigAlg');
  demand(signature !== undefined && algorithm !== undefined, 'answer-not-trusted');
  const hash = hashOf(decodeValue(algorithm));
  demand(hash !== undefined, 'weak-algorithm');
  const bytes = decodeBase64(decodeValue(signature));
  const signed = [field, 'RelayState', 'SigAlg']
    .filter((name) => query.has(name))
    .map((name) => `${name}=${query.get(name) ?? ''}`)
    .join('&');
  const isGood = certificatesPem.some((pem) =>
    verify(hash, Buffer.from(signed), new X509Certificate(pem).publicKey, bytes),
  );
  demand(isGood, 'answer-not-trusted');
}

function hashOf(algorithm: string): string | undefined {
  return Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined;
}

/** As a form writes it: `+` is a space. */
function decodeValue(raw: string): string {
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch (error: unknown) {
    throw new SignInRefused('answer-unreadable', error);
  }
}

/** Never more than the largest message, however little it was packed into; nothing may follow the packed data. */
function inflate(deflated: Buffer): Uint8Array {
  const { bytes, used } = unpack(deflated);
  demand(used === deflated.length, 'answer-unreadable');
  return bytes;
}

function unpack(deflated: Buffer): Unpacked {
  try {
    return parseUnpacked(inflateRawSync(deflated, { maxOutputLength: MAX_MESSAGE_BYTES, info: true }));
  } catch (error: unknown) {
    throw new SignInRefused(isTooLarge(error) ? 'answer-too-large' : 'answer-unreadable', error);
  }
}

function isTooLarge(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
  );
}

interface Unpacked {
  readonly bytes: Uint8Array;
  /** Of the packed ones. */
  readonly used: number;
}

/** With `info`, Node gives the buffer and the engine that made it; its types do not know. */
function parseUnpacked(given: unknown): Unpacked {
  const { buffer, engine } = given as {
    readonly buffer: Uint8Array;
    readonly engine: { readonly bytesWritten: number };
  };
  return { bytes: buffer, used: engine.bytesWritten };
}
