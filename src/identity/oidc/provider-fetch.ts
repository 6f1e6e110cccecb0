import type { CustomFetch } from 'openid-client';
import { UpstreamFault } from '../../domain/errors.ts';
import type { DocumentFetcher } from '../../flows/ports.ts';

/** Ten times the longest real answer: a practitioner with many roles. */
const MAX_ANSWER_BYTES = 512 * 1024;
/** The only ones that the library reads. */
const HEADERS = ['content-type', 'www-authenticate'] as const;
const SIGNED = /^\s*application\/jwt\b/i;
/** Fetch §2.2.3: a Response of these has no body. */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/**
 * Lets the OpenID Connect library call out, through the port and within its bounds. An answer of 500 or above is the provider
 * being away, whatever it says. Rejects with UpstreamFault.
 */
export function createProviderFetch(fetcher: DocumentFetcher, timeoutMs: number): CustomFetch {
  return async (url, { method, headers, body, signal }) => {
    const answer = await fetcher.fetch(
      {
        url,
        method: method === 'POST' ? 'POST' : 'GET',
        headers,
        ...(body === null || body === undefined ? {} : { body: bodyText(body) }),
        maxBytes: MAX_ANSWER_BYTES,
        timeoutMs,
      },
      signal,
    );
    if (answer.status >= 500) throw new UpstreamFault('upstream-bad-answer', 'identity provider');
    // The library would read a signed userinfo without looking at who signed it.
    if (SIGNED.test(answer.headers['content-type'] ?? ''))
      throw new TypeError('a signed answer is not taken');
    const seen = HEADERS.flatMap((name): [string, string][] => {
      const value = answer.headers[name];
      return value === undefined ? [] : [[name, value]];
    });
    const content = WITHOUT_BODY.includes(answer.status) ? null : new Uint8Array(answer.body);
    return new Response(content, { status: answer.status, headers: seen });
  };
}

/** The library posts forms, nothing else. */
function bodyText(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('only forms are posted to an identity provider');
}
