import { fetch } from 'undici';
import { UpstreamFault } from '../../src/domain/errors.ts';
import type { DocumentFetcher } from '../../src/flows/ports.ts';

/** The port over a real connection, with a list of what was fetched. */
export interface CountedFetcher extends DocumentFetcher {
  /** Method and path of each call, in order. */
  readonly calls: readonly string[];
}

export function createCountedFetcher(): CountedFetcher {
  const calls: string[] = [];
  return {
    calls,
    fetch: async ({ url, method = 'GET', headers = {}, body, maxBytes, timeoutMs }, signal) => {
      calls.push(`${method} ${new URL(url).pathname}`);
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
    },
  };
}
