import { identityOf, type DatasetIdentity } from './dataset-rules.ts';
import { ADDRESS, ADDRESS_LIST, DATASET, keyRole, NAME, NAME_LIST, NAMING, PLAIN } from './json-key-role.ts';
import { skipSpace } from './json-space.ts';
import { plainElementEnd } from './plain-element.ts';

/** A string that holds an address, with its quotes. */
export interface AddressSpan {
  readonly start: number;
  readonly end: number;
}

/** What one dataset in the DICOM JSON model is, and where its addresses stand. */
export interface DatasetScan {
  /** Just behind the closing brace. */
  readonly end: number;
  readonly identity: DatasetIdentity;
  readonly addresses: readonly AddressSpan[];
}

/** What stands at `at` is no DICOM JSON; at the end of the bytes it may become one when more come. */
export class UnreadableJson extends Error {
  override readonly name = 'UnreadableJson';
  readonly at: number;
  constructor(at: number) {
    super(`no DICOM JSON at byte ${at}`);
    this.at = at;
  }
}

interface Walk {
  readonly bytes: Uint8Array;
  readonly addresses: AddressSpan[];
  readonly values: (string | undefined)[];
  /** Whether the string read last holds an escape. */
  isEscaped: boolean;
  /** Roles of identifying attributes, and of the Value in each, that came. */
  readonly seen: Set<number>;
  hasTwice: boolean;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** Sixty-four sequences within each other, and a person name in the innermost: an object, an element and a list for each. */
const MAX_DEPTH = 3 * 65 + 1;
/** Ends a plain stretch of a string: quote, backslash, and the control characters that JSON forbids (RFC 8259 §7). */
const STOPS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
);
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));
const HEX = new Set(Buffer.from('0123456789abcdefABCDEF'));
const LITERALS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]));

/**
 * Reads one dataset of the DICOM JSON model (PS3.18 §F.2), strictly by RFC 8259, without making values of it: who it is at its top
 * level, and where BulkDataURI, Retrieve URL (0008,1190) and Retrieve URI (0040,E010) stand at any depth. Keys count however
 * they are spelt. One that names itself twice, or gives a name two values under one key, has no name.
 * Throws UnreadableJson for anything else, and for nesting deeper than 64 sequences.
 */
export function scanJsonDataset(bytes: Uint8Array, start: number): DatasetScan {
  const walk: Walk = {
    bytes,
    addresses: [],
    values: [],
    isEscaped: false,
    seen: new Set(),
    hasTwice: false,
  };
  const end = objectEnd(walk, start, 1, DATASET);
  return { end, identity: walk.hasTwice ? {} : identityOf(walk.values), addresses: walk.addresses };
}

/** The text of a string that was read. */
export function jsonText(bytes: Uint8Array, { start, end }: AddressSpan): string {
  const text: unknown = JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString(),
  );
  return String(text);
}

function objectEnd(walk: Walk, at: number, depth: number, role: number): number {
  const { bytes } = walk;
  if (bytes[at] !== OPEN_OBJECT || depth > MAX_DEPTH) throw new UnreadableJson(at);
  let place = skipSpace(bytes, at + 1);
  if (bytes[place] === CLOSE_OBJECT) return place + 1;
  for (;;) {
    place = memberEnd(walk, place, depth, role);
    if (bytes[place] === CLOSE_OBJECT) return place + 1;
    if (bytes[place] !== COMMA) throw new UnreadableJson(place);
    place = skipSpace(bytes, place + 1);
  }
}

function memberEnd(walk: Walk, at: number, depth: number, parent: number): number {
  const { bytes } = walk;
  const plain = plainElementEnd(bytes, at);
  if (plain !== -1) return skipSpace(bytes, plain);
  if (bytes[at] !== QUOTE) throw new UnreadableJson(at);
  const keyEnd = stringEnd(walk, at);
  const role = walk.isEscaped
    ? escapedKeyRole(bytes, at, keyEnd, parent)
    : keyRole(bytes, at, keyEnd, parent);
  if (role >= NAMING) note(walk, role);
  const colon = skipSpace(bytes, keyEnd);
  if (bytes[colon] !== COLON) throw new UnreadableJson(colon);
  const value = skipSpace(bytes, colon + 1);
  const end =
    parent === DATASET ? objectEnd(walk, value, depth + 1, role) : valueEnd(walk, value, depth + 1, role);
  return skipSpace(bytes, end);
}

function note(walk: Walk, role: number): void {
  walk.hasTwice ||= walk.seen.has(role);
  walk.seen.add(role);
}

/** `\u0042ulkDataURI` is the same key: it is written out plainly and looked at again. */
function escapedKeyRole(bytes: Uint8Array, start: number, end: number, parent: number): number {
  const plain = Buffer.from(JSON.stringify(jsonText(bytes, { start, end })));
  return keyRole(plain, 0, plain.length, parent);
}

function valueEnd(walk: Walk, at: number, depth: number, role: number): number {
  const byte = walk.bytes[at];
  if (byte === QUOTE) return textEnd(walk, at, role);
  if (byte === OPEN_OBJECT) return objectEnd(walk, at, depth, role);
  return byte === OPEN_LIST ? listEnd(walk, at, depth, role) : wordEnd(walk.bytes, at);
}

function textEnd(walk: Walk, at: number, role: number): number {
  const end = stringEnd(walk, at);
  if (role === ADDRESS) walk.addresses.push({ start: at, end });
  if (role >= NAME) walk.values[role - NAME] = jsonText(walk.bytes, { start: at, end });
  return end;
}

/** The first value names the object; in a list of addresses each is one. */
function listEnd(walk: Walk, at: number, depth: number, role: number): number {
  const { bytes } = walk;
  if (depth > MAX_DEPTH) throw new UnreadableJson(at);
  const other = role === ADDRESS_LIST ? ADDRESS : PLAIN;
  let itemRole = role >= NAME_LIST ? role - NAME_LIST + NAME : other;
  let place = skipSpace(bytes, at + 1);
  if (bytes[place] === CLOSE_LIST) return place + 1;
  for (;;) {
    place = skipSpace(bytes, valueEnd(walk, place, depth + 1, itemRole));
    if (bytes[place] === CLOSE_LIST) return place + 1;
    if (bytes[place] !== COMMA) throw new UnreadableJson(place);
    place = skipSpace(bytes, place + 1);
    itemRole = other;
  }
}

function stringEnd(walk: Walk, at: number): number {
  const { bytes } = walk;
  walk.isEscaped = false;
  let place = at + 1;
  for (;;) {
    while (STOPS[bytes[place] ?? 0] === 0) place += 1;
    if (bytes[place] === QUOTE) return place + 1;
    if (bytes[place] !== BACKSLASH) throw new UnreadableJson(place);
    walk.isEscaped = true;
    place = escapeEnd(bytes, place);
  }
}

function escapeEnd(bytes: Uint8Array, at: number): number {
  const byte = bytes[at + 1] ?? 0;
  if (ESCAPES.has(byte)) return at + 2;
  if (byte !== 0x75) throw new UnreadableJson(at + 1);
  for (let place = at + 2; place < at + 6; place += 1) {
    if (!HEX.has(bytes[place] ?? 0)) throw new UnreadableJson(place);
  }
  return at + 6;
}

/** A number, or one of the three words. */
function wordEnd(bytes: Uint8Array, at: number): number {
  const word = LITERALS.get(bytes[at] ?? 0);
  if (word === undefined) return numberEnd(bytes, at);
  const wrong = word.findIndex((byte, index) => bytes[at + index] !== byte);
  if (wrong !== -1) throw new UnreadableJson(at + wrong);
  return at + word.length;
}

/** RFC 8259 §6. */
function numberEnd(bytes: Uint8Array, at: number): number {
  let place = bytes[at] === MINUS ? at + 1 : at;
  place = bytes[place] === ZERO ? place + 1 : digitsEnd(bytes, place);
  if (bytes[place] === DOT) place = digitsEnd(bytes, place + 1);
  if (bytes[place] !== 0x65 && bytes[place] !== 0x45) return place;
  const sign = bytes[place + 1];
  return digitsEnd(bytes, sign === MINUS || sign === 0x2b ? place + 2 : place + 1);
}

function digitsEnd(bytes: Uint8Array, at: number): number {
  let place = at;
  while (isDigit(bytes[place])) place += 1;
  if (place === at) throw new UnreadableJson(at);
  return place;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
