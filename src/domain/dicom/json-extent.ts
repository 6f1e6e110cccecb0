/** How far into one JSON object the bytes read so far reach. */
export interface JsonExtent {
  depth: number;
  isInString: boolean;
  /** The last byte was the backslash of an escape. */
  isEscaping: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const PLAIN = 0;
const OPENS = 1;
const CLOSES = 2;
const QUOTES = 3;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === QUOTE) return QUOTES;
  if (byte === 0x5b || byte === 0x7b) return OPENS;
  return byte === 0x5d || byte === 0x7d ? CLOSES : PLAIN;
});

/** Before the opening brace. */
export function startExtent(): JsonExtent {
  return { depth: 0, isInString: false, isEscaping: false };
}

/**
 * Where the object ends (just behind its closing brace) in the next bytes; -1 when it goes on. Only finds the end: whether what
 * stands before is JSON is for who reads it.
 */
export function extentEnd(extent: JsonExtent, bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length) {
    at = extent.isInString ? behindString(extent, bytes, at) : behindStructure(extent, bytes, at);
    if (extent.depth === 0) return at;
  }
  return -1;
}

/** To behind the quote that begins a string, or the last closing brace. */
function behindStructure(extent: JsonExtent, bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = plainEnd(bytes, at);
    const byte = bytes[at];
    if (byte === undefined) return at;
    at += 1;
    extent.isInString = byte === QUOTE;
    if (!extent.isInString) extent.depth += KINDS[byte] === OPENS ? 1 : -1;
    if (extent.isInString || extent.depth === 0) return at;
  }
}

function plainEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (KINDS[bytes[at] ?? QUOTE] === PLAIN) at += 1;
  return at;
}

/** To behind the quote that ends the string. */
function behindString(extent: JsonExtent, bytes: Uint8Array, from: number): number {
  let at = from;
  if (extent.isEscaping) {
    extent.isEscaping = false;
    at += 1;
  }
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  extent.isEscaping = at > bytes.length;
  extent.isInString = at >= bytes.length;
  return extent.isInString ? bytes.length : at + 1;
}
