import { DATASET, isAt, PLAIN, tagRole } from './json-key-role.ts';
import { skipSpace } from './json-space.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const VR = Buffer.from('"vr"');
const VALUE = Buffer.from('"Value"');
/** Bytes of a tag or a value representation: digits and capital letters. */
const WORD = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) ? 1 : 0,
);
/** Bytes of a string that mean nothing but themselves. */
const LETTER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === 0x5c ? 0 : 1,
);

/**
 * The element in the form that nearly all have, `"00080060":{"vr":"CS","Value":["MR"]}` or with `Value` first, with strings and plain
 * numbers only, with no escape and nothing of interest in it, read in one go: the place behind it. -1 for any other, right or wrong.
 */
export function plainElementEnd(bytes: Uint8Array, at: number): number {
  if (!isTag(bytes, at) || tagRole(bytes, at, DATASET) !== PLAIN) return -1;
  const first = behind(bytes, behind(bytes, at + 10, COLON), OPEN_OBJECT);
  if (isAt(bytes, first, VR)) return vrFirstEnd(bytes, first);
  return isAt(bytes, first, VALUE) ? valueFirstEnd(bytes, first) : -1;
}

function isTag(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== QUOTE) return false;
  for (let place = at + 1; place < at + 9; place += 1) {
    if (WORD[bytes[place] ?? 0] !== 1) return false;
  }
  return bytes[at + 9] === QUOTE;
}

/** Behind the sign that comes next and the white space around it; -1 where another comes, or no place is given. */
function behind(bytes: Uint8Array, at: number, sign: number): number {
  if (at === -1) return -1;
  const place = skipSpace(bytes, at);
  return bytes[place] === sign ? skipSpace(bytes, place + 1) : -1;
}

function vrFirstEnd(bytes: Uint8Array, at: number): number {
  const end = vrEnd(bytes, at);
  if (end === -1) return -1;
  if (bytes[end] === CLOSE_OBJECT) return end + 1;
  const second = behind(bytes, end, COMMA);
  return isAt(bytes, second, VALUE) ? objectEnd(bytes, valueEnd(bytes, second)) : -1;
}

function valueFirstEnd(bytes: Uint8Array, at: number): number {
  const second = behind(bytes, valueEnd(bytes, at), COMMA);
  return isAt(bytes, second, VR) ? objectEnd(bytes, vrEnd(bytes, second)) : -1;
}

function objectEnd(bytes: Uint8Array, at: number): number {
  return bytes[at] === CLOSE_OBJECT ? at + 1 : -1;
}

/** Behind `"vr":"CS"` and white space. */
function vrEnd(bytes: Uint8Array, at: number): number {
  const place = behind(bytes, at + VR.length, COLON);
  if (bytes[place] !== QUOTE) return -1;
  const isVr = WORD[bytes[place + 1] ?? 0] === 1 && WORD[bytes[place + 2] ?? 0] === 1;
  return isVr && bytes[place + 3] === QUOTE ? skipSpace(bytes, place + 4) : -1;
}

/** Behind `"Value":["MR"]` and white space. */
function valueEnd(bytes: Uint8Array, at: number): number {
  const list = behind(bytes, behind(bytes, at + VALUE.length, COLON), OPEN_LIST);
  const end = list === -1 ? -1 : valuesEnd(bytes, list);
  return end === -1 ? -1 : skipSpace(bytes, end);
}

/** Behind the bracket that closes a list of at least one. */
function valuesEnd(bytes: Uint8Array, at: number): number {
  let place = at;
  for (;;) {
    place = bytes[place] === QUOTE ? textEnd(bytes, place + 1) : decimalEnd(bytes, place);
    if (place === -1) return -1;
    place = skipSpace(bytes, place);
    if (bytes[place] === CLOSE_LIST) return place + 1;
    if (bytes[place] !== COMMA) return -1;
    place = skipSpace(bytes, place + 1);
  }
}

function textEnd(bytes: Uint8Array, at: number): number {
  let place = at;
  while (LETTER[bytes[place] ?? 0] === 1) place += 1;
  return bytes[place] === QUOTE ? place + 1 : -1;
}

/** No exponent, and no zero in front of another digit. */
function decimalEnd(bytes: Uint8Array, at: number): number {
  const first = bytes[at] === MINUS ? at + 1 : at;
  const whole = digitsEnd(bytes, first);
  if (whole === first || (bytes[first] === ZERO && whole > first + 1)) return -1;
  if (bytes[whole] !== DOT) return whole;
  const end = digitsEnd(bytes, whole + 1);
  return end === whole + 1 ? -1 : end;
}

function digitsEnd(bytes: Uint8Array, at: number): number {
  let place = at;
  while (isDigit(bytes[place] ?? 0)) place += 1;
  return place;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}
