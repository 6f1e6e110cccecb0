import { createBufferPool } from './http1-buffers.ts';
import { Http1Connection, type Http1Target } from './http1-connection.ts';
import { Exchange, type Http1Answer, type Http1Request } from './http1-exchange.ts';
import { createHeadParser, type ParseHead } from './http1-head.ts';
import { pacsFault } from './pacs-fault.ts';

/** A small HTTP/1.1 client for one server, made for passing long bodies on. */
export interface Http1Pool {
  /**
   * Resolves with the head of the answer; the body streams. A request on a kept connection that ends before any byte of an
   * answer is asked once more, on a new one. Throws UpstreamFault.
   */
  readonly request: (request: Http1Request, signal: AbortSignal) => Promise<Http1Answer>;
  /** Cuts everything. */
  readonly close: () => void;
}

interface Options {
  readonly target: Http1Target;
  readonly maxConnections: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
}

interface State extends Options {
  readonly buffers: ReturnType<typeof createBufferPool>;
  readonly parse: ParseHead;
  readonly all: Set<Http1Connection>;
  /** The one that was used last is used next: the others may grow old and go. */
  readonly idle: Http1Connection[];
  /** Asked for within this turn of the event loop. */
  readonly coming: Exchange[];
  /** First come, first served. */
  readonly waiting: Set<Exchange>;
  isClosed: boolean;
}

/** Makes a client with connections of its own. */
export function createHttp1Pool(options: Options): Http1Pool {
  const state: State = {
    ...options,
    buffers: createBufferPool(),
    parse: createHeadParser(),
    all: new Set(),
    idle: [],
    coming: [],
    waiting: new Set(),
    isClosed: false,
  };
  return {
    request: (request, signal) => ask(state, request, signal),
    close: () => {
      state.isClosed = true;
      const closed = pacsFault(new Error('the client is closed'));
      for (const exchange of [...state.coming, ...state.waiting]) exchange.fail(closed);
      for (const connection of [...state.all]) connection.lose(closed);
    },
  };
}

function ask(state: State, request: Http1Request, signal: AbortSignal): Promise<Http1Answer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted || state.isClosed) {
      reject(pacsFault(signal.reason));
      return;
    }
    placeAtTurnEnd(state, new Exchange(request, signal, { resolve, reject }, state.parse));
  });
}

/** What is asked for within one turn of the event loop is sent in a row: a PACS that rests is woken once for all of it. */
function placeAtTurnEnd(state: State, exchange: Exchange): void {
  if (state.coming.push(exchange) > 1) return;
  setImmediate(() => {
    for (const one of state.coming.splice(0)) begin(state, one);
  });
}

function begin(state: State, exchange: Exchange): void {
  if (exchange.isOver) return;
  try {
    place(state, exchange);
  } catch (error: unknown) {
    // A certificate of ours that TLS takes for too weak is refused here, before anything is sent.
    exchange.fail(pacsFault(error));
  }
}

function place(state: State, exchange: Exchange): void {
  const connection = usable(state) ?? open(state);
  if (connection === undefined) {
    state.waiting.add(exchange);
    exchange.onOver = () => state.waiting.delete(exchange);
  } else connection.carry(exchange);
}

function usable({ idle }: State): Http1Connection | undefined {
  for (let one = idle.pop(); one !== undefined; one = idle.pop()) {
    if (one.isUsable) return one;
    one.destroy();
  }
  return undefined;
}

function open(state: State): Http1Connection | undefined {
  if (state.isClosed || state.all.size >= state.maxConnections) return undefined;
  const connection = new Http1Connection({
    ...state,
    onFree: (free) => {
      state.idle.push(free);
      serveNext(state);
    },
    onGone: (gone, unanswered) => {
      drop(state, gone);
      // On a new one: what closed this may have closed all that wait.
      const another = unanswered === undefined ? undefined : open(state);
      if (unanswered !== undefined) {
        if (another === undefined) place(state, unanswered);
        else another.carry(unanswered);
      }
      serveNext(state);
    },
  });
  state.all.add(connection);
  return connection;
}

function drop(state: State, gone: Http1Connection): void {
  state.all.delete(gone);
  const at = state.idle.indexOf(gone);
  if (at !== -1) state.idle.splice(at, 1);
}

function serveNext(state: State): void {
  const [first] = state.waiting;
  if (first === undefined || (state.idle.length === 0 && state.all.size >= state.maxConnections)) return;
  state.waiting.delete(first);
  first.onOver = () => undefined;
  place(state, first);
}
