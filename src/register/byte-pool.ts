/** Byte strings, one after another in large pieces of memory. */
export interface BytePool {
  /** A piece of memory with room for one more, and where in it that begins. What is written there stands until the next call. */
  readonly room: () => { readonly bytes: Buffer; readonly start: number };
  /** Keeps what was written there, up to an end; gives its place. */
  readonly keep: (end: number) => number;
  readonly bytesAt: (place: number) => Buffer;
  readonly offsetAt: (place: number) => number;
}

/** Nothing may be longer: a piece of evidence has four lines of text, of a thousand code units at most. */
const MAX_BYTES = 16_384;
const CHUNK = 1_048_576;
/** Small registers stay small. */
const FIRST_CHUNK = 2 * MAX_BYTES;
const EMPTY = Buffer.alloc(0);

/** An empty pool. Nothing straddles two pieces of memory. */
export function createBytePool(): BytePool {
  const chunks: Buffer[] = [];
  let used = 0;
  return {
    room: () => {
      const last = chunks.at(-1);
      if (last !== undefined && used + MAX_BYTES <= last.length) return { bytes: last, start: used };
      const bytes = Buffer.allocUnsafeSlow(chunks.length === 0 ? FIRST_CHUNK : CHUNK);
      chunks.push(bytes);
      used = 0;
      return { bytes, start: 0 };
    },
    keep: (end) => {
      const place = (chunks.length - 1) * CHUNK + used;
      used = end;
      return place;
    },
    bytesAt: (place) => chunks[Math.floor(place / CHUNK)] ?? EMPTY,
    offsetAt: (place) => place % CHUNK,
  };
}
