import type { RequestHandler } from 'express';

/**
 * What a proxy may say about the caller and anybody else may claim: addresses, host, identity, certificates, and the secret by
 * which a proxy proves itself. What is believed of it stands in the hop by then (note-hop.ts); the headers are gone before anything
 * else can read or forward them, whoever sent them.
 */
const CLAIMS = new RegExp(
  [
    /^forwarded$/,
    /^x-forwarded(-|$)/,
    /^x-real-ip$/,
    /^x-original-/,
    /^x-ssl-/,
    /^(x-)?client-cert/,
    /^ssl-client-/,
    /^x-(tls|mtls)-/,
    /^x-arr-/,
    /^x-amzn-mtls-/,
    /^x-countersign-hop-/,
    /^(x-)?remote-/,
    /^x-auth-request-/,
    /^x-webauth-/,
    /^x-http-method/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** Strips headers by which a caller could claim another address, host, method or identity. */
export function dropClaimedHeaders(): RequestHandler {
  return (req, _res, next) => {
    for (const name of Object.keys(req.headers)) {
      if (CLAIMS.test(name)) Reflect.deleteProperty(req.headers, name);
    }
    next();
  };
}
