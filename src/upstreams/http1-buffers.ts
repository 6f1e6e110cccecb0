/** Memory that answers are read into, over and over. */
export interface BufferPool {
  readonly take: (isBulk: boolean) => Buffer;
  readonly give: (buffer: Buffer) => void;
}

/** What begins every answer, and all of a short one; held by each connection that waits. */
const FIRST_BYTES = 64 * 1024;
/** What one read of a long body takes: as much as the system has, in one event. */
const BULK_BYTES = 256 * 1024;
/** Kept for the next; what is above is left to the collector after a rush. */
const MAX_KEPT = { first: 128, bulk: 64 } as const;

/** Makes a pool of two sizes. Buffers are not cleared: nobody gets to see what no answer was read into. */
export function createBufferPool(): BufferPool {
  const kept: Readonly<Record<keyof typeof MAX_KEPT, Buffer[]>> = { first: [], bulk: [] };
  return {
    take: (isBulk) =>
      isBulk
        ? (kept.bulk.pop() ?? Buffer.allocUnsafeSlow(BULK_BYTES))
        : (kept.first.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES)),
    give: (buffer) => {
      const size = buffer.length === BULK_BYTES ? 'bulk' : 'first';
      if (kept[size].length < MAX_KEPT[size]) kept[size].push(buffer);
    },
  };
}

/** One buffer that was read into, until every piece of it that was handed on is done with. */
export class Lease {
  #out = 1;
  readonly #onFree: () => void;

  constructor(onFree: () => void) {
    this.#onFree = onFree;
  }

  /** For one more piece; what it gives is to be called once, and does nothing a second time. */
  hold(): () => void {
    this.#out += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.letGo();
    };
  }

  /** By whoever read into it. */
  letGo(): void {
    this.#out -= 1;
    if (this.#out === 0) this.#onFree();
  }
}
