/** Longer than any address of a page here; what is kept for each sign-in that was begun stays small. */
const MAX_LENGTH = 300;
/** Visible ASCII without backslash: what is not that must come percent-encoded (RFC 3986 §2). */
const VISIBLE = /^[\x21-\x5b\x5d-\x7e]+$/;
const ENCODED_CONTROL = /%(?:[01][0-9a-f]|7f)/i;
const ENCODED_SEPARATOR = /%(?:2f|5c)/i;
/** Coming back here would begin another sign-in, for ever. */
const LOGIN_DOORS: readonly string[] = ['/auth/saml/', '/auth/oidc/', '/auth/card'];

/**
 * True for a path on this gateway that a person may be sent back to after signing in: no scheme or host, no `//`, no
 * backslash, no encoded slash in the path, no control characters, plain or encoded. Browsers read several of these as
 * the start of another site's address.
 */
export function isLocalPath(text: string): boolean {
  if (text.length > MAX_LENGTH || !VISIBLE.test(text) || ENCODED_CONTROL.test(text)) return false;
  return isPlainPath(text.split(/[?#]/, 1)[0] ?? '') && staysHere(text);
}

function isPlainPath(path: string): boolean {
  return path.startsWith('/') && !path.includes('//') && !ENCODED_SEPARATOR.test(path);
}

/** Asked of the URL parser that browsers share (WHATWG URL), whatever the rules above missed. */
function staysHere(text: string): boolean {
  const base = 'http://gateway.invalid';
  if (!URL.canParse(text, base)) return false;
  const { origin, pathname } = new URL(text, base);
  return origin === base && !LOGIN_DOORS.some((door) => pathname.startsWith(door));
}
