/** Where the next byte that is no white space stands (RFC 8259 §2). */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let place = at;
  while (isSpace(bytes[place])) place += 1;
  return place;
}

function isSpace(byte: number | undefined): boolean {
  if (byte === undefined || byte > 0x20) return false;
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
