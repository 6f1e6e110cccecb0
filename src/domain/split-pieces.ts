/** What a body begins with, and the rest of it. */
export interface SplitPieces {
  readonly head: Uint8Array;
  readonly rest: AsyncIterableIterator<Uint8Array>;
}

/**
 * Takes the first `length` bytes off a body that comes in pieces; what came beyond them is the first piece of the rest. Undefined when it
 * ends before. Throws what the source throws.
 */
export async function splitPieces(
  source: AsyncIterator<Uint8Array, unknown>,
  length: number,
): Promise<SplitPieces | undefined> {
  const head = new Uint8Array(length);
  let [filled, beyond] = [0, new Uint8Array()];
  while (filled < length) {
    const next = await source.next();
    if (next.done === true) return undefined;
    const part = next.value.subarray(0, length - filled);
    head.set(part, filled);
    filled += part.length;
    beyond = new Uint8Array(next.value.subarray(part.length));
  }
  return { head, rest: beginningWith(beyond, source) };
}

/** Left early, it leaves its source, even before its first piece was asked for. */
function beginningWith(
  first: Uint8Array,
  source: AsyncIterator<Uint8Array, unknown>,
): AsyncIterableIterator<Uint8Array> {
  let isFirst = first.length > 0;
  const rest: AsyncIterableIterator<Uint8Array> = {
    next: async () => {
      if (!isFirst) return endless(await source.next());
      isFirst = false;
      return { done: false, value: first };
    },
    return: async () => {
      isFirst = false;
      await source.return?.();
      return OVER;
    },
    [Symbol.asyncIterator]: () => rest,
  };
  return rest;
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined };

function endless(result: IteratorResult<Uint8Array, unknown>): IteratorResult<Uint8Array, undefined> {
  return result.done === true ? OVER : result;
}
