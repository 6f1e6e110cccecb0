import { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { UpstreamFault } from '../domain/errors.ts';
import type { PacsAnswer } from '../flows/ports.ts';
import type { PacsStore, PacsStoreRequest } from '../flows/ports-store.ts';
import { bytesOf } from './bytes-of.ts';
import { undoContentCoding } from './content-coding.ts';
import type { PacsClientOptions } from './pacs-client.ts';
import { pacsFault } from './pacs-fault.ts';
import { forwardedHeaders, responseHeaders } from './pacs-headers.ts';

/** Uploads are few and long, and must not wait for those who read, nor those for them. */
const MAX_CONNECTIONS = 32;

/**
 * The way into one PACS, over connections of its own, each for one request: of a kept one that was just closed nobody could say what had
 * been taken. There is no limit on the whole, only on waiting: to be connected, for the PACS to take the next bytes, for the answer
 * once it has them all, and between two pieces of that.
 */
export function createPacsStore(
  options: PacsClientOptions,
): PacsStore & { readonly close: () => Promise<void> } {
  const base = new URL(options.baseUrl);
  const { firstByteMs, idleMs } = options.timeouts;
  const pool = new Pool(base.origin, {
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    // Counted by the watch below: undici's own would count a sender's pause against the PACS.
    headersTimeout: 0,
    bodyTimeout: idleMs,
    connect: { ...options.tls, timeout: firstByteMs },
  });
  const headers = {
    accept: 'application/dicom+json',
    'accept-encoding': 'identity',
    ...forwardedHeaders(new URL(options.publicDicomwebUrl)),
    ...options.headers,
  };
  const path = `${base.pathname.replace(/\/+$/, '')}/studies`;
  return {
    store: async (request, signal) => {
      const { study, contentType } = request;
      const head = {
        path: study === undefined ? path : `${path}/${study}`,
        headers: { ...headers, 'content-type': contentType },
      };
      return await send(pool, head, { request, timeouts: options.timeouts, signal });
    },
    close: () => pool.destroy(),
  };
}

interface Sending {
  readonly request: PacsStoreRequest;
  readonly timeouts: PacsClientOptions['timeouts'];
  readonly signal: AbortSignal;
}

async function send(
  pool: Pool,
  head: { readonly path: string; readonly headers: Readonly<Record<string, string>> },
  { request, timeouts, signal }: Sending,
): Promise<PacsAnswer> {
  const watch = createWatch();
  const outgoing = watchedBody(request.body, watch, timeouts);
  watch.expect(timeouts.firstByteMs);
  try {
    const answer = await pool.request({
      ...head,
      method: 'POST',
      body: outgoing.body,
      signal: AbortSignal.any([signal, watch.signal]),
      reset: true,
    });
    return toAnswer(answer);
  } catch (error: unknown) {
    if (outgoing.fault() !== undefined) throw outgoing.fault();
    if (signal.aborted || !watch.signal.aborted) throw pacsFault(error);
    const detail = 'The PACS took nothing more, or did not answer in time.';
    throw new UpstreamFault('upstream-timeout', 'pacs', { detail, cause: error });
  } finally {
    // From now on nothing is expected of the PACS but the rest of its answer, however much of the body it still takes.
    watch.end();
  }
}

/** Runs out when what is expected does not come. */
interface Watch {
  readonly signal: AbortSignal;
  readonly expect: (withinMs: number) => void;
  readonly rest: () => void;
  /** Rests for good. */
  readonly end: () => void;
}

function createWatch(): Watch {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const rest = (): void => {
    clearTimeout(timer);
  };
  return {
    signal: late.signal,
    rest,
    expect: (withinMs) => {
      rest();
      if (!isOver) timer = setTimeout(() => late.abort(), withinMs);
    },
    end: () => {
      isOver = true;
      rest();
    },
  };
}

interface Outgoing {
  readonly body: Readable;
  /** What the body itself threw. */
  readonly fault: () => unknown;
}

/** The body, with the PACS watched while it has something to take. While the sender is waited for, nobody is. */
function watchedBody(
  source: AsyncIterable<Uint8Array>,
  watch: Watch,
  { idleMs }: PacsClientOptions['timeouts'],
): Outgoing {
  let fault: unknown;
  async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
    watch.rest();
    try {
      for await (const bytes of source) {
        watch.expect(idleMs);
        yield bytes;
        watch.rest();
      }
    } catch (error: unknown) {
      fault = error;
      throw error;
    }
    watch.expect(idleMs);
  }
  const stream = Readable.from(body(), { objectMode: false });
  // Told by the request that it belongs to.
  stream.on('error', () => undefined);
  return { body: stream, fault: () => fault };
}

function toAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): PacsAnswer {
  // A body that is dropped reports its own end as an error; nobody is left who would want to hear it.
  body.on('error', () => undefined);
  const { 'content-encoding': coding, ...kept } = responseHeaders(headers);
  const isCoded = coding !== undefined && coding !== 'identity';
  const plain = isCoded ? undoContentCoding(body, coding) : body;
  return {
    status: statusCode,
    headers: kept,
    body: bytesOf(plain),
    cancel: () => {
      body.destroy();
    },
  };
}
