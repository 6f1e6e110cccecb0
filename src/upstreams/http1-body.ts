import type { PacsBody, PieceSink } from '../flows/ports.ts';

interface Piece {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

type End = { readonly kind: 'end' } | { readonly kind: 'fault'; readonly fault: unknown };

/** A body on its way: what came and was not taken yet waits here, and its connection with it. */
export class Http1Body implements PacsBody {
  readonly #waiting: Piece[] = [];
  readonly #onCancel: () => void;
  #sink: PieceSink | undefined;
  #end: End | undefined;
  #isTaken = false;
  #wake: () => void = () => undefined;

  /** `onCancel` is told when nobody wants the rest. */
  constructor(onCancel: () => void) {
    this.#onCancel = onCancel;
  }

  push(bytes: Uint8Array, release: () => void): void {
    if (this.#sink !== undefined) this.#hand(this.#sink, { bytes, release });
    else if (this.#end === undefined) {
      this.#waiting.push({ bytes, release });
      this.#wake();
    } else release();
  }

  /** Over, whole or with a fault; the first word counts. */
  finish(end: End): void {
    this.#end ??= end;
    this.#wake();
  }

  /** Drops what waits, and the rest. */
  cancel(fault: unknown): void {
    this.finish({ kind: 'fault', fault });
    for (const { release } of this.#waiting.splice(0)) release();
    this.#onCancel();
  }

  takeWhole(maxBytes: number): Uint8Array | undefined {
    const length = this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (this.#isTaken || this.#end?.kind !== 'end' || length > maxBytes) return undefined;
    this.#take();
    const pieces = this.#waiting.splice(0);
    const whole = Buffer.concat(
      pieces.map(({ bytes }) => bytes),
      length,
    );
    for (const { release } of pieces) release();
    return whole;
  }

  async passTo(sink: PieceSink): Promise<void> {
    this.#take();
    for (const piece of this.#waiting.splice(0)) this.#hand(sink, piece);
    this.#sink = sink;
    while (this.#end === undefined) await this.#more();
    if (this.#end.kind === 'fault') throw this.#end.fault;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#take();
    try {
      for (;;) {
        const piece = this.#waiting.shift();
        if (piece !== undefined) yield keptCopy(piece);
        else if (this.#end === undefined) await this.#more();
        else if (this.#end.kind === 'fault') throw this.#end.fault;
        else return;
      }
    } finally {
      // Whoever stops in the middle wants no more; after the end it does nothing.
      if (this.#end === undefined) this.cancel(undefined);
    }
  }

  /** A sink that fails wants no more. It is called from a socket's event, where nobody would catch what it throws. */
  #hand(sink: PieceSink, { bytes, release }: Piece): void {
    try {
      sink(bytes, release);
    } catch (error: unknown) {
      this.cancel(error);
    }
  }

  #take(): void {
    if (this.#isTaken) throw new TypeError('a body is read once');
    this.#isTaken = true;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Whoever iterates may keep what they get, so it is theirs. */
function keptCopy({ bytes, release }: Piece): Uint8Array {
  const copy = Buffer.from(bytes);
  release();
  return copy;
}
