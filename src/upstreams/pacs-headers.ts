/** Request headers that reach the PACS. Accept goes as the flow gives it, which is byte for byte but where an answer is remade (ADR 32); nothing that names a caller, a host or a proxy goes. */
const REQUEST_HEADERS = [
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
] as const;

/** End-to-end response headers (RFC 9110) that go on to the client. No cookies, no server names, no redirects. */
const RESPONSE_HEADERS = [
  'accept-ranges',
  'allow',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'retry-after',
  'vary',
  'warning',
] as const;

/** The caller's headers, cut to the allow-list. */
export function requestHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return pick(headers, REQUEST_HEADERS);
}

/** The PACS's headers, cut to the allow-list; a header that comes several times is joined (RFC 9110 §5.3). */
export function responseHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  return pick(headers, RESPONSE_HEADERS);
}

/**
 * Says to the PACS under which name the gateway is seen, in the standard's form (RFC 7239 §4, where a port needs quotes)
 * and in the older one. The caller's own are never passed on: PACS repeat whatever stands there.
 */
export function forwardedHeaders(publicUrl: URL): Readonly<Record<string, string>> {
  const { host } = publicUrl;
  const proto = publicUrl.protocol.replace(':', '');
  return {
    forwarded: `host=${host.includes(':') ? `"${host}"` : host};proto=${proto}`,
    'x-forwarded-host': host,
    'x-forwarded-proto': proto,
  };
}

function pick(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) kept[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return kept;
}
