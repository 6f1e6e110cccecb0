import type { Request, RequestHandler } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { liftLoginEvidence } from './login-evidence.ts';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Doors to which others post by design, each with what it is proved by instead. None of them acts on the session cookie, which a
 * cross-site POST does not bring along (SameSite=Lax).
 */
const FOREIGN_BY_DESIGN: readonly { readonly path: RegExp; readonly provedBy: string }[] = [
  {
    path: /^\/auth\/saml\/[^/]+\/acs$/,
    provedBy: 'the signed answer to a request of this browser (InResponseTo, cookie)',
  },
  { path: /^\/auth\/saml\/[^/]+\/slo$/, provedBy: 'the identity provider’s signature' },
  {
    path: /^\/auth\/oidc\/[^/]+\/backchannel-logout$/,
    provedBy: 'the signed logout token; no browser comes here',
  },
  { path: /^\/auth\/token$/, provedBy: 'the assertion or one-time code in the body' },
  { path: /^\/auth\/revoke$/, provedBy: 'the token in the body' },
];

/** Doors of our own pages. They act on cookies, or set them, whatever else a request brings. */
const OWN_FORMS = /^\/(auth|me)\//;
/** `none`: the person typed the address or opened a bookmark. */
const OWN_SITES: readonly string[] = ['same-origin', 'none'];

/**
 * Refuses an unsafe request that comes from somebody else's page (cross-site request forgery). Browsers always send `Origin` or
 * `Sec-Fetch-Site` with these; where both are absent no browser is speaking.
 * A bearer token is never sent by a browser on its own, so calls of the API with one are not checked.
 * Passes GatewayError('same-origin-required') on.
 */
export function requireSameOrigin(publicUrl: string): RequestHandler {
  const { origin } = new URL(publicUrl);
  return (req, _res, next) => {
    if (!needsCheck(req) || isSameOrigin(req, origin)) {
      next();
      return;
    }
    const detail = 'This request did not come from the gateway’s own pages, so it was not carried out.';
    next(new GatewayError('same-origin-required', { detail }));
  };
}

function needsCheck(req: Request): boolean {
  if (SAFE_METHODS.includes(req.method)) return false;
  if (FOREIGN_BY_DESIGN.some(({ path }) => path.test(req.path))) return false;
  // Without a cookie too: the answer to a sign-out clears one, a sign-in sets one.
  return OWN_FORMS.test(req.path) || liftLoginEvidence(req).bearerToken === undefined;
}

function isSameOrigin(req: Request, own: string): boolean {
  const { origin } = req.headers;
  const site = req.headers['sec-fetch-site'];
  if (origin !== undefined && origin !== own) return false;
  return site === undefined || (typeof site === 'string' && OWN_SITES.includes(site));
}
