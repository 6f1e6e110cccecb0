import { UpstreamFault, type GatewayError } from '../domain/errors.ts';
import type { PacsBody } from '../flows/ports.ts';
import { Http1Body } from './http1-body.ts';
import type { Lease } from './http1-buffers.ts';
import type { Http1Head, ParseHead } from './http1-head.ts';
import { createHttp1Reader, type Http1Reader } from './http1-reader.ts';
import { pacsFault } from './pacs-fault.ts';

/** A request as it is sent. */
export interface Http1Request {
  readonly method: 'GET' | 'HEAD';
  /** The request's head, the empty line included. */
  readonly head: string;
  /** Until the head of the answer is there, connecting and waiting for a connection included. */
  readonly firstByteMs: number;
}

/** An answer whose head is there. */
export interface Http1Answer {
  readonly head: Http1Head;
  readonly body: PacsBody;
  readonly cancel: () => void;
}

/** What carries an exchange. */
export interface Carrier {
  readonly destroy: () => void;
}

interface Settle {
  readonly resolve: (answer: Http1Answer) => void;
  readonly reject: (fault: GatewayError) => void;
}

/** One request and its answer, on whatever connection it gets. */
export class Exchange {
  readonly request: Http1Request;
  /** Called when it is over, one way or the other, while it waits for a connection too. */
  onOver: () => void = () => undefined;
  /** Whether anything of an answer was seen; then it is never asked again. */
  hasSeen = false;
  isRepeated = false;
  head: Http1Head | undefined;
  readonly #reader: Http1Reader;
  readonly #settle: Settle;
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #body: Http1Body;
  #carrier: Carrier | undefined;
  #lease: Lease | undefined;
  #isOver = false;

  constructor(request: Http1Request, signal: AbortSignal, settle: Settle, parse?: ParseHead) {
    this.request = request;
    this.#signal = signal;
    this.#settle = settle;
    this.#timer = setTimeout(this.#onLate, request.firstByteMs);
    signal.addEventListener('abort', this.#onAbort);
    this.#body = new Http1Body(() => {
      this.fail(pacsFault(new Error('the body was dropped')));
    });
    const on = {
      onHead: (head: Http1Head) => {
        this.#begin(head);
      },
      onPiece: (piece: Uint8Array) => {
        this.#body.push(piece, this.#lease?.hold() ?? (() => undefined));
      },
      onEnd: () => {
        this.#finish();
        this.#body.finish({ kind: 'end' });
      },
    };
    this.#reader = createHttp1Reader(request.method, on, parse);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether a body is under way. */
  get isReading(): boolean {
    return this.head !== undefined && !this.#isOver;
  }

  carriedBy(carrier: Carrier): void {
    this.#carrier = carrier;
  }

  /** Bytes that lie in leased memory. True when the connection may carry the next request. Never throws. */
  feed(bytes: Buffer, lease: Lease): boolean {
    this.hasSeen = true;
    this.#lease = lease;
    try {
      return this.#reader.feed(bytes) && this.#reader.surplus() === 0 && (this.head?.keepAliveMs ?? 0) > 0;
    } catch (error: unknown) {
      this.fail(pacsFault(error));
      return false;
    }
  }

  /** The other end sent its last. */
  close(): void {
    try {
      this.#reader.close();
    } catch (error: unknown) {
      this.fail(pacsFault(error));
    }
  }

  fail(fault: GatewayError): void {
    if (this.#isOver) return;
    this.#finish();
    if (this.head === undefined) this.#settle.reject(fault);
    else this.#body.finish({ kind: 'fault', fault });
    this.#carrier?.destroy();
  }

  #begin(head: Http1Head): void {
    this.head = head;
    clearTimeout(this.#timer);
    const cancel = (): void => {
      this.#body.cancel(pacsFault(new Error('the body was dropped')));
    };
    this.#settle.resolve({ head, body: this.#body, cancel });
  }

  #finish(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.onOver();
  }

  readonly #onAbort = (): void => {
    this.fail(pacsFault(this.#signal.reason));
  };

  readonly #onLate = (): void => {
    const detail = 'The PACS did not begin to answer in time.';
    this.fail(new UpstreamFault('upstream-timeout', 'pacs', { detail }));
  };
}
