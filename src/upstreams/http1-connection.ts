import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Lease, type BufferPool } from './http1-buffers.ts';
import type { Exchange } from './http1-exchange.ts';
import { lateAnswer, pacsFault } from './pacs-fault.ts';

/** Where to connect, and how to be known there. */
export interface Http1Target {
  readonly host: string;
  readonly port: number;
  /** By TLS: whom to trust instead of the system's authorities, and the client's own certificate; all PEM. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

interface Options {
  readonly target: Http1Target;
  readonly buffers: BufferPool;
  /** Between two pieces of a body. */
  readonly idleMs: number;
  /** It may carry the next request. */
  readonly onFree: (connection: Http1Connection) => void;
  /** It is gone. The exchange is one that nobody has answered a word of, on a connection that had carried others. */
  readonly onGone: (connection: Http1Connection, unanswered: Exchange | undefined) => void;
}

/** What may wait to be written on to a client before no more is read from the PACS. */
const MAX_OUT_BYTES = 512 * 1024;

/** One connection to a PACS; carries one exchange at a time. */
export class Http1Connection {
  readonly #options: Options;
  readonly #socket: Socket;
  #buffer: Buffer | undefined;
  #exchange: Exchange | undefined;
  #hasCarried = false;
  #isPaused = false;
  #isGone = false;
  /** Of the exchange under way: a client that is slow with the last answer holds up nobody else's. */
  #out = { bytes: 0 };
  #goodUntil = Infinity;

  constructor(options: Options) {
    this.#options = options;
    this.#socket = options.target.tls === undefined ? this.#openPlain() : this.#openTls();
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => {
      this.lose(error);
    });
    this.#socket.on('end', () => {
      if (this.#exchange?.hasSeen === true) this.#exchange.close();
      this.lose(new Error('the connection was ended'));
    });
    this.#socket.on('close', () => {
      this.lose(new Error('the connection was closed'));
    });
    this.#socket.on('timeout', () => {
      this.#onSilence();
    });
  }

  /** Whether it can still be relied on; asked just before it is used again. */
  get isUsable(): boolean {
    return !this.#isGone && performance.now() < this.#goodUntil;
  }

  carry(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#out = { bytes: 0 };
    exchange.carriedBy(this);
    this.#socket.setTimeout(this.#options.idleMs);
    this.#socket.write(exchange.request.head, 'latin1');
  }

  readonly destroy = (): void => {
    this.#socket.destroy();
    this.#leave();
  };

  #openPlain(): Socket {
    const { host, port } = this.#options.target;
    const socket = connectPlain({
      host,
      port,
      onread: {
        buffer: () => (this.#buffer ??= this.#options.buffers.take(false)),
        callback: (count) => this.#onRead(count),
      },
    });
    // Nothing flows through the stream itself but its end.
    return socket.resume();
  }

  #openTls(): Socket {
    const { host, port, tls } = this.#options.target;
    const socket = connectTls({
      host,
      port,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...tls,
    });
    return socket.on('data', (bytes: Buffer) => {
      const lease = this.#lend(bytes.length, () => undefined);
      this.#take(bytes, lease);
      lease.letGo();
      if (this.#mustWait()) this.#pause();
    });
  }

  /** False stops reading, until something was written on. */
  #onRead(count: number): boolean {
    const { buffers } = this.#options;
    const buffer = this.#buffer;
    if (buffer === undefined) return true;
    this.#buffer = undefined;
    const lease = this.#lend(buffer.length, () => {
      buffers.give(buffer);
    });
    this.#take(buffer.subarray(0, count), lease);
    lease.letGo();
    this.#buffer ??= buffers.take(this.#exchange?.isReading === true);
    this.#isPaused = this.#mustWait();
    return !this.#isPaused;
  }

  #lend(size: number, give: () => void): Lease {
    const out = this.#out;
    out.bytes += size;
    return new Lease(() => {
      out.bytes -= size;
      give();
      if (this.#isPaused && !this.#mustWait()) this.#resume();
    });
  }

  /** At rest it is always read, so that its end is seen. */
  #mustWait(): boolean {
    return this.#exchange !== undefined && !this.#isGone && this.#out.bytes >= MAX_OUT_BYTES;
  }

  #pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  #resume(): void {
    this.#isPaused = false;
    if (this.#isGone) return;
    // Silence counts from here: before, it was ours.
    this.#socket.setTimeout(this.#options.idleMs);
    this.#socket.resume();
  }

  #take(bytes: Buffer, lease: Lease): void {
    const exchange = this.#exchange;
    // Nobody asked for anything: whatever this is, the next request must not get it for its answer.
    if (exchange === undefined) {
      this.destroy();
      return;
    }
    const mayCarryOn = exchange.feed(bytes, lease);
    if (!exchange.isOver || this.#isGone) return;
    this.#exchange = undefined;
    if (mayCarryOn) this.#rest(exchange.head?.keepAliveMs ?? 0);
    else this.destroy();
  }

  #rest(keepAliveMs: number): void {
    this.#hasCarried = true;
    this.#goodUntil = performance.now() + keepAliveMs;
    this.#socket.setTimeout(keepAliveMs);
    this.#options.onFree(this);
  }

  #onSilence(): void {
    if (this.#exchange === undefined) this.destroy();
    // Before the head its own limit counts; a client that does not take what came is not the PACS's silence.
    else if (this.#exchange.isReading && !this.#isPaused) this.#exchange.fail(lateAnswer());
  }

  /** Whatever is under way has failed, unless it can be asked for again. */
  lose(error: unknown): void {
    const exchange = this.#exchange;
    const isUnanswered = exchange !== undefined && !exchange.hasSeen && !exchange.isOver;
    if (isUnanswered && this.#hasCarried && !exchange.isRepeated) {
      exchange.isRepeated = true;
      this.#exchange = undefined;
      this.#leave(exchange);
      return;
    }
    exchange?.fail(pacsFault(error));
    this.destroy();
  }

  #leave(unanswered?: Exchange): void {
    if (this.#isGone) return;
    this.#isGone = true;
    // Its buffer is left to the collector: the system may be reading into it still.
    this.#options.onGone(this, unanswered);
  }
}
