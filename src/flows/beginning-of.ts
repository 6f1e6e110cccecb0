import type { PacsBody } from './ports.ts';

/** An answer up to this size is read before it is judged, so that its length can be told and its faults answered as such. */
export const SHORT_BYTES = 64 * 1024;

/** A body that was begun to be read: all of it where it is short, else the same body to be read from its start. */
export type BegunBody =
  { readonly whole: Uint8Array } | { readonly whole?: undefined; readonly body: PacsBody };

/** Reads a body until it has ended, or is longer than 64 KiB. Throws what the body throws. */
export async function beginningOf(body: PacsBody): Promise<BegunBody> {
  const arrived = body.takeWhole?.(SHORT_BYTES);
  if (arrived !== undefined) return { whole: arrived };
  const rest = body[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length <= SHORT_BYTES) {
    const next = await rest.next();
    if (next.done === true) return { whole: joined(pieces) };
    pieces.push(next.value);
    length += next.value.length;
  }
  return { body: continued(pieces, rest) };
}

/** These pieces, then those of the rest; whoever leaves early leaves the rest too. */
export async function* continued(
  pieces: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* pieces;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    // A reader that leaves among the pieces leaves the rest too.
    await rest.return?.();
  }
}

/** One piece, as short answers come, is not copied. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces);
}
