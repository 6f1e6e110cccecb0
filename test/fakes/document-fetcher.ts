import { fetch } from 'undici';
import { UpstreamFault } from '../../src/domain/errors.ts';
import type { DocumentFetcher } from '../../src/flows/ports.ts';

/** The port over a real connection, with a list of what was fetched. */
export interface CountedFetcher extends DocumentFetcher {
  /** Method and path of each call, in order. */
  readonly calls: readonly string[];
  /** How long each of them may take, in order. */
  readonly timeouts: readonly number[];
  /** While nobody answers a call is given up at once, as it would be when its time is up. */
  readonly setSilent: (isSilent: boolean) => void;
}

export function createCountedFetcher(): CountedFetcher {
  const calls: string[] = [];
  const timeouts: number[] = [];
  let isSilent = false;
  return {
    calls,
    timeouts,
    setSilent: (silent) => {
      isSilent = silent;
    },
    fetch: async (wanted, signal) => {
      calls.push(`${wanted.method ?? 'GET'} ${new URL(wanted.url).pathname}`);
      timeouts.push(wanted.timeoutMs);
      if (isSilent) throw new UpstreamFault('upstream-timeout', 'identity provider');
      return await fetchReally(wanted, signal);
    },
  };
}

const fetchReally: DocumentFetcher['fetch'] = async (wanted, signal) => {
  const { url, method = 'GET', headers = {}, body, maxBytes, timeoutMs } = wanted;
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(url, {
      method,
      headers: { ...headers },
      body: body ?? null,
      redirect: 'manual',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    const bytes = await answer.bytes();
    if (bytes.byteLength > maxBytes) throw new Error('too large');
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: bytes };
  } catch (error: unknown) {
    const code = deadline.aborted ? 'upstream-timeout' : 'upstream-unreachable';
    throw new UpstreamFault(code, 'identity provider', { cause: error });
  }
};
