/** A place in some bytes that moves on as they are read. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** Reads one byte. */
export function readByte(from: Cursor): number {
  const value = from.bytes[from.at] ?? 0;
  from.at += 1;
  return value;
}

/** Reads a double, eight bytes. */
export function readNumber(from: Cursor): number {
  const value = from.bytes.readDoubleLE(from.at);
  from.at += 8;
  return value;
}

/** Writes a whole number, seven bits a byte, the lowest first; the eighth bit says that more follow. Gives the place after it. */
export function writeCount(out: Buffer, at: number, value: number): number {
  let end = at;
  let rest = value;
  while (rest > 127) {
    const low = rest % 128;
    out[end] = low + 128;
    rest = (rest - low) / 128;
    end += 1;
  }
  out[end] = rest;
  return end + 1;
}

/** Reads what `writeCount` wrote. */
export function readCount(from: Cursor): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = readByte(from);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
}

/** Writes a text: twice its length, and one more where it is not ASCII; then its bytes, UTF-8. Gives the place after it. */
export function writeText(out: Buffer, at: number, text: string): number {
  const length = Buffer.byteLength(text, 'utf8');
  if (length === text.length) return writeAscii(out, at, text);
  const end = writeCount(out, at, length * 2 + 1);
  return end + out.write(text, end, 'utf8');
}

/** The same for a text in which everything is ASCII, in less time. */
export function writeAscii(out: Buffer, at: number, text: string): number {
  const end = writeCount(out, at, text.length * 2);
  return end + out.write(text, end, 'latin1');
}

/** Reads what `writeText` wrote. */
export function readText(from: Cursor): string {
  const head = readCount(from);
  const wide = head % 2;
  const start = from.at;
  from.at = start + (head - wide) / 2;
  return from.bytes.toString(wide === 1 ? 'utf8' : 'latin1', start, from.at);
}
