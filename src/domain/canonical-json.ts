import { GatewayError } from './errors.ts';

/** Deeper than anything the gateway writes; guards the stack against a value that contains itself. */
const MAX_DEPTH = 64;

/** Printable ASCII but quote and backslash: most names and values, and worth a short cut on the append path. */
const NEEDS_NO_ESCAPE = /^[ !#-[\]-~]*$/;

/**
 * The one way to write a JSON value, so that equal values have equal bytes (RFC 8785, JSON Canonicalization Scheme).
 * Members are sorted by UTF-16 code units (§3.2.3), numbers and strings are written as ECMAScript does (§3.2.2).
 * Members that are `undefined` are left out, as JSON does.
 * Throws GatewayError('internal') for what JSON cannot hold: NaN, infinities, lone surrogates, functions, bigints, bytes, dates.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw notJson('nesting deeper than 64');
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'object') return writeObject(value, depth);
  throw notJson(typeof value);
}

function writeObject(value: object, depth: number): string {
  if (Array.isArray(value)) return writeArray(value, depth);
  // The tag, not the prototype: objects that crossed a thread or realm boundary have another realm's prototype.
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]') throw notJson(tag.slice('[object '.length, -1));
  const members: string[] = [];
  for (const [name, member] of Object.entries(value).sort(byCodeUnits)) {
    if (member !== undefined) members.push(`${writeString(name)}:${write(member, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}

/** Array.from, because map would skip holes and join would write them as nothing. */
function writeArray(values: readonly unknown[], depth: number): string {
  return `[${Array.from(values, (item) => write(item, depth + 1)).join(',')}]`;
}

/** RFC 8785 §3.2.3: by UTF-16 code units, which is how `<` compares strings. Names of one object are never equal. */
function byCodeUnits([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** RFC 8785 §3.2.2.2: what JSON.stringify does, except that lone surrogates are an error and not an escape. */
function writeString(text: string): string {
  if (NEEDS_NO_ESCAPE.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw notJson('a lone surrogate');
  return JSON.stringify(text);
}

/** RFC 8785 §3.2.2.3: ECMAScript's Number::toString; minus zero becomes 0. */
function writeNumber(number: number): string {
  if (!Number.isFinite(number)) throw notJson(String(number));
  return JSON.stringify(number);
}

function notJson(what: string): GatewayError {
  return new GatewayError('internal', { detail: `JSON cannot hold this: ${what}.` });
}
