import type { Request } from 'express';
import { SESSION_COOKIE } from '../domain/cookies.ts';
import type { LoginEvidence } from '../flows/ports.ts';
import { notedHop } from './note-hop.ts';

/** RFC 6750 §2.1: `Bearer` in any case, then one token68. */
const BEARER = /^bearer +([A-Za-z0-9._~+/=-]{1,4096})$/i;
/** RFC 6265 §4.1.1: a cookie value without separators. */
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,4096}$/;

/**
 * Lifts the proof of login from a request, unverified: session cookie and bearer token, each as given; where both are
 * there the bearer token counts. A malformed one, or two session cookies, is as good as none.
 * Where it comes from, and the certificate of the connection, are what the edge noted of its other end.
 */
export function liftLoginEvidence(req: Pick<Request, 'headers' | 'res'>): LoginEvidence {
  const bearerToken = BEARER.exec(req.headers.authorization ?? '')?.[1];
  const sessionToken = cookieOf(req.headers.cookie ?? '', SESSION_COOKIE);
  return {
    ...placeOf(req),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(bearerToken === undefined ? {} : { bearerToken }),
  };
}

function placeOf(req: Pick<Request, 'res'>): Pick<LoginEvidence, 'address' | 'certificate'> {
  const hop = notedHop(req);
  if (hop === undefined) return {};
  const { address, certificate } = hop;
  return { address, ...(certificate === undefined ? {} : { certificate }) };
}

function cookieOf(header: string, name: string): string | undefined {
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value] = values;
  if (value === undefined || values.length > 1) return undefined;
  return COOKIE_VALUE.test(value) ? value : undefined;
}
