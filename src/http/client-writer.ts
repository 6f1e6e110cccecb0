import type { Response } from 'express';

interface Options {
  /** Sets the head, just before the first piece or the end. */
  readonly onFirst: () => void;
  /** How long a client may take nothing of what waits for it. */
  readonly stalledMs: number;
  /** It took nothing for so long. */
  readonly onStalled: () => void;
  /** Whether this is the only answer of its kind under way in this process; never when absent. */
  readonly isAlone?: (() => boolean) | undefined;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

interface Waiting {
  readonly belowBytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Below this, a copy costs less than a write of its own. */
const SMALL_BYTES = 8 * 1024;
const MAX_SMALL_BYTES = 64 * 1024;
const NO_MORE = 'the client takes no more';
/** What may wait for a client before no more is asked for. */
const MAX_OUT_BYTES = 1024 * 1024;

/**
 * Writes an answer in few and large pieces: what comes within one turn of the event loop, the head and the end included, goes to the
 * system in one call, and small pieces become one. Large pieces of the only answer under way go out as they come: its client then reads
 * the first while the next is on its way. With others under way the calls cost more than that gains.
 */
export class ClientWriter {
  readonly #res: Response;
  readonly #options: Options;
  #small: Piece[] = [];
  #smallBytes = 0;
  #outBytes = 0;
  #hasBegun = false;
  #held: NodeJS.Immediate | undefined;
  #watch: NodeJS.Timeout | undefined;
  #waiting: Waiting | undefined;
  #isStopped = false;

  constructor(res: Response, options: Options) {
    this.#res = res;
    this.#options = options;
  }

  /** Takes a piece; `release` is called once it lies with the system. */
  readonly take = (bytes: Uint8Array, release: () => void): void => {
    if (this.#isStopped || this.#res.destroyed) return;
    this.#begin();
    if (this.#held === undefined) {
      this.#res.cork();
      this.#held = setImmediate(this.#letGo);
    }
    this.#outBytes += bytes.length;
    this.#watch ??= setTimeout(this.#options.onStalled, this.#options.stalledMs);
    if (bytes.length >= SMALL_BYTES) this.#takeLarge(bytes, release);
    else this.#takeSmall(bytes, release);
  };

  /** Resolves when the client can take more. Rejects when it is stopped. */
  async ready(): Promise<void> {
    if (this.#isStopped) throw new Error(NO_MORE);
    if (this.#outBytes >= MAX_OUT_BYTES) await this.#less(MAX_OUT_BYTES);
  }

  /** Ends the answer; resolves when all of it lies with the system. Rejects when it is stopped. */
  async end(): Promise<void> {
    this.#begin();
    this.#writeSmall();
    // Held back a little longer, so that the end goes out with the last piece; ending lets all of it go.
    this.#res.socket?.cork();
    if (this.#held !== undefined) this.#res.uncork();
    clearImmediate(this.#held);
    this.#held = undefined;
    this.#res.end();
    if (this.#outBytes > 0) await this.#less(1);
  }

  /** Breaks the connection, after what came until now, where the head is on its way; then the client cannot be told otherwise. */
  breakOff(): void {
    const isHeld = this.#held !== undefined && !this.#isStopped;
    this.stop();
    if (isHeld) this.#letGo();
    if (this.#hasBegun) this.#res.destroy();
  }

  /** Nothing more is written. What was not written yet is not released: whoever made it is told otherwise. */
  stop(): void {
    this.#isStopped = true;
    clearImmediate(this.#held);
    clearTimeout(this.#watch);
    this.#waiting?.reject(new Error(NO_MORE));
    this.#waiting = undefined;
  }

  async #less(belowBytes: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { belowBytes, resolve, reject };
    });
  }

  #takeLarge(bytes: Uint8Array, release: () => void): void {
    this.#writeSmall();
    this.#write(bytes, release);
    if (this.#options.isAlone?.() === true) this.#letGo();
  }

  #takeSmall(bytes: Uint8Array, release: () => void): void {
    this.#small.push({ bytes, release });
    this.#smallBytes += bytes.length;
    if (this.#smallBytes >= MAX_SMALL_BYTES) this.#writeSmall();
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#options.onFirst();
  }

  readonly #letGo = (): void => {
    clearImmediate(this.#held);
    this.#held = undefined;
    this.#writeSmall();
    const { socket } = this.#res;
    // A chunk's length, its bytes and its end would go out one by one.
    socket?.cork();
    this.#res.uncork();
    socket?.uncork();
  };

  #writeSmall(): void {
    const pieces = this.#small;
    const [first] = pieces;
    if (first === undefined) return;
    this.#small = [];
    this.#smallBytes = 0;
    if (pieces.length === 1) {
      this.#write(first.bytes, first.release);
      return;
    }
    const whole = Buffer.concat(pieces.map((piece) => piece.bytes));
    this.#write(whole, () => {
      for (const { release } of pieces) release();
    });
  }

  #write(bytes: Uint8Array, release: () => void): void {
    this.#res.write(bytes, () => {
      this.#outBytes -= bytes.length;
      release();
      if (this.#outBytes > 0) this.#watch?.refresh();
      else this.#stopWatch();
      if (this.#waiting === undefined || this.#outBytes >= this.#waiting.belowBytes) return;
      this.#waiting.resolve();
      this.#waiting = undefined;
    });
  }

  #stopWatch(): void {
    clearTimeout(this.#watch);
    this.#watch = undefined;
  }
}
