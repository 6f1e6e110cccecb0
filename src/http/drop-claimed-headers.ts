import type { RequestHandler } from 'express';

/**
 * What a proxy may say about the caller and anybody else may claim: addresses, host, identity, certificates. No hop is
 * trusted with them, so they are gone before anything can read or forward them.
 */
const CLAIMS: readonly RegExp[] = [
  /^forwarded$/,
  /^x-forwarded(-|$)/,
  /^x-real-ip$/,
  /^x-original-/,
  /^x-ssl-/,
  /^(x-)?client-cert/,
  /^(x-)?remote-/,
  /^x-auth-request-/,
  /^x-webauth-/,
  /^x-http-method/,
];

/** Strips headers by which a caller could claim another address, host, method or identity. */
export function dropClaimedHeaders(): RequestHandler {
  return (req, _res, next) => {
    for (const name of Object.keys(req.headers)) {
      if (CLAIMS.some((claim) => claim.test(name))) Reflect.deleteProperty(req.headers, name);
    }
    next();
  };
}
