import type { Attested } from '../flows/ports-inference.ts';
import type { Pieces } from './begun-events.ts';

/** The beginning of a reply, and what comes after it where it is longer than is held. */
interface HeldReply {
  readonly bytes: Uint8Array;
  readonly rest?: AsyncIterator<Uint8Array>;
}

/** Holds a body of at most `maxBytes`; of a longer one as much as shows that it is longer. Throws what the body throws. */
export async function holdOrPass(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<HeldReply> {
  const rest = body[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const next = await rest.next();
    if (next.done === true) return { bytes: Buffer.concat(held) };
    held.push(next.value);
    length += next.value.byteLength;
  }
  return { bytes: Buffer.concat(held), rest };
}

/** The pieces of a reply that is longer, cut where it is longer than `maxBytes`; each attests the same. Left early it leaves the body. */
export async function* passOn(
  { bytes, rest }: Required<HeldReply>,
  { attested, maxBytes }: { readonly attested: Attested; readonly maxBytes: number },
): Pieces {
  let length = 0;
  try {
    for (
      let next: IteratorResult<Uint8Array> = { value: bytes };
      next.done !== true;
      next = await rest.next()
    ) {
      length += next.value.byteLength;
      if (length > maxBytes) return { failure: 'bad-answer' };
      yield { bytes: next.value, ...attested };
    }
    return {};
  } finally {
    await rest.return?.();
  }
}
