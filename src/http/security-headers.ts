import type { RequestHandler, Response } from 'express';

/** Anything that is not a page: nothing in it may run or load, even a stored HTML or SVG document (CSP level 3). */
const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Pages: our own scripts, styles and pictures; no inline script, nothing from elsewhere. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const TWO_YEARS_SECONDS = 63_072_000;

/** Headers of every answer. Strict-Transport-Security only where people reach us by https. */
export function setSecurityHeaders(isHttps: boolean): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('Content-Security-Policy', DATA_POLICY);
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Referrer-Policy', 'no-referrer');
    res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    if (isHttps) res.setHeader('Strict-Transport-Security', `max-age=${TWO_YEARS_SECONDS}`);
    next();
  };
}

/**
 * Headers of a page. `same-origin` and not `no-referrer`: with the latter a browser sends `Origin: null` with our own
 * forms (Fetch, "append a request Origin header"), and the same-origin check could not tell them from a stranger's.
 */
export function setPageHeaders(res: Response): void {
  res.setHeader('Content-Security-Policy', PAGE_POLICY);
  res.setHeader('Referrer-Policy', 'same-origin');
  res.setHeader('Cache-Control', 'no-store');
}
