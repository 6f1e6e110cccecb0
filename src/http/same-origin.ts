import type { Request, RequestHandler } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { liftLoginEvidence } from './login-evidence.ts';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** The identity provider's answer is a cross-site POST by design; that door has its own proof (InResponseTo, cookie). */
const FOREIGN_BY_DESIGN = /^\/auth\/saml\/[^/]+\/acs$/;
/** Acts on the cookie whatever else a request brings. */
const SIGN_OUT = '/auth/logout';
/** `none`: the person typed the address or opened a bookmark. */
const OWN_SITES: readonly string[] = ['same-origin', 'none'];

/**
 * Refuses an unsafe request that comes from somebody else's page (cross-site request forgery). Browsers always send `Origin` or `Sec-Fetch-Site` with these; where both are absent no browser is speaking.
 * A bearer token is never sent by a browser on its own, so calls with one are not checked.
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
  if (SAFE_METHODS.includes(req.method) || FOREIGN_BY_DESIGN.test(req.path)) return false;
  // Without a cookie too: the answer to a sign-out clears one, and a cross-site POST does not bring it along (SameSite=Lax).
  return req.path === SIGN_OUT || liftLoginEvidence(req).bearerToken === undefined;
}

function isSameOrigin(req: Request, own: string): boolean {
  const { origin } = req.headers;
  const site = req.headers['sec-fetch-site'];
  if (origin !== undefined && origin !== own) return false;
  return site === undefined || (typeof site === 'string' && OWN_SITES.includes(site));
}
