import { Agent } from 'undici';
import { boundedBytes } from './bounded-bytes.ts';
import { parseJson } from './parse-json.ts';

/** What came of asking for a document of an AI endpoint: its status and JSON, that it is no JSON, or that nobody answered in time. */
export type GotJson =
  | { readonly kind: 'json'; readonly status: number; readonly value: unknown }
  | { readonly kind: 'other' | 'away' };

export interface JsonGetter {
  /** One GET, over within `timeoutMs`. No redirect is followed. Never rejects. */
  readonly get: (
    wanted: {
      readonly url: string;
      readonly timeoutMs: number;
      readonly headers?: Readonly<Record<string, string>>;
    },
    signal: AbortSignal,
  ) => Promise<GotJson>;
  readonly close: () => Promise<void>;
}

/** Such a document lists a few names; MONAI Label's has training statistics besides. */
const MAX_BYTES = 1_048_576;

/** Reads small JSON documents of AI endpoints, over connections of its own so that no call waits for a look. */
export function createJsonGetter(): JsonGetter {
  // No connection is kept: a server that closes one just as a look begins would look like one that is away.
  const agent = new Agent({ pipelining: 0 });
  return {
    get: async ({ url, timeoutMs, headers = {} }, signal) => {
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        return await getWithin(agent, { url, headers }, within);
      } catch {
        // The cause is undici's and stays here: whoever looks wants to know no more than that nothing came.
        return { kind: 'away' };
      }
    },
    close: () => agent.destroy(),
  };
}

async function getWithin(
  agent: Agent,
  { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<GotJson> {
  const { origin, pathname, search } = new URL(url);
  const { statusCode, body } = await agent.request({
    origin,
    path: `${pathname}${search}`,
    method: 'GET',
    headers: { ...headers, accept: 'application/json', 'accept-encoding': 'identity' },
    signal,
  });
  // What is left unread ends with its connection, and that is told as an error nobody else listens to.
  body.on('error', () => undefined);
  const bytes = await boundedBytes(body, MAX_BYTES);
  const value = bytes === undefined ? undefined : parseJson(bytes);
  return value === undefined ? { kind: 'other' } : { kind: 'json', status: statusCode, value };
}
