import { Agent, type Dispatcher } from 'undici';
import { isDeeperThan } from '../domain/json-depth.ts';

/** What came of asking for a document of an AI endpoint: its status and JSON, that it is no JSON, or that nobody answered in time. */
export type GotJson =
  | { readonly kind: 'json'; readonly status: number; readonly value: unknown }
  | { readonly kind: 'other' | 'away' };

export interface JsonGetter {
  /** One GET, over within `timeoutMs`. No redirect is followed. Never rejects. */
  readonly get: (
    wanted: { readonly url: string; readonly timeoutMs: number },
    signal: AbortSignal,
  ) => Promise<GotJson>;
  readonly close: () => Promise<void>;
}

/** Such a document lists a few names; MONAI Label's has training statistics besides. */
const MAX_BYTES = 1_048_576;
const MAX_DEPTH = 64;

/** Reads small JSON documents of AI endpoints, over connections of its own so that no call waits for a look. */
export function createJsonGetter(): JsonGetter {
  // No connection is kept: a server that closes one just as a look begins would look like one that is away.
  const agent = new Agent({ pipelining: 0 });
  return {
    get: async ({ url, timeoutMs }, signal) => {
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        return await getWithin(agent, url, within);
      } catch {
        // The cause is undici's and stays here: whoever looks wants to know no more than that nothing came.
        return { kind: 'away' };
      }
    },
    close: () => agent.destroy(),
  };
}

async function getWithin(agent: Agent, url: string, signal: AbortSignal): Promise<GotJson> {
  const { origin, pathname, search } = new URL(url);
  const { statusCode, body } = await agent.request({
    origin,
    path: `${pathname}${search}`,
    method: 'GET',
    headers: { accept: 'application/json', 'accept-encoding': 'identity' },
    signal,
  });
  const bytes = await boundedBytes(body);
  const value = bytes === undefined ? undefined : parseJson(bytes);
  return value === undefined ? { kind: 'other' } : { kind: 'json', status: statusCode, value };
}

async function boundedBytes(body: Dispatcher.ResponseData['body']): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // What is left unread ends with its connection, and that is told as an error nobody else listens to.
  body.on('error', () => undefined);
  for await (const chunk of body) {
    const bytes = parseChunk(chunk);
    length += bytes.byteLength;
    // Leaving the loop destroys the body.
    if (length > MAX_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function parseChunk(chunk: unknown): Uint8Array {
  return chunk as Uint8Array;
}

/** Undefined for what is neither UTF-8 nor JSON, or nests without sense. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isDeeperThan(value, MAX_DEPTH) ? undefined : value;
  } catch {
    return undefined;
  }
}
