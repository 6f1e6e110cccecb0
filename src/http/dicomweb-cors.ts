import type { Request, Response } from 'express';

/** Answers to viewers that other origins serve (Fetch §3.2). */
export interface Cors {
  /** Says with an answer that the origin it goes to may read it; nothing for any other. */
  readonly allow: (req: Request, res: Response) => void;
  /** Whether a browser asks beforehand what it may send. */
  readonly isPreflight: (req: Request) => boolean;
  /** Answers that, without login and without the PACS: a browser sends no credentials with it (Fetch §4.8). */
  readonly answerPreflight: (res: Response, methods: readonly string[]) => void;
}

/** Headers that scripts of other origins may send, and read of an answer, beside those that every script may. */
export interface CorsHeaders {
  readonly allowed: readonly string[];
  readonly exposed: readonly string[];
}

const DICOMWEB_HEADERS: CorsHeaders = {
  allowed: [
    ...['Accept', 'Authorization', 'Cache-Control', 'Content-Type', 'If-Match', 'If-Modified-Since'],
    ...['If-None-Match', 'If-Range', 'If-Unmodified-Since', 'Purpose-Of-Use', 'Range', 'X-Requested-With'],
  ],
  exposed: [
    ...['Accept-Ranges', 'Case-Id', 'Content-Disposition', 'Content-Length', 'Content-Location'],
    ...['Content-Range', 'ETag', 'Gateway-Origin', 'Last-Modified', 'Location', 'Request-Id', 'Retry-After'],
    ...['Warning', 'WWW-Authenticate'],
  ],
};
const PREFLIGHT_SECONDS = '600';

/**
 * CORS for the gateway's own origin and those of the config; never for all, because answers hold what a person's session
 * opens. An element of a page (an image, a video) sends no Origin: the page it stands in is told by its Referer, which a
 * page cannot give the origin of another.
 */
export function createCors(origins: readonly string[], headers: CorsHeaders = DICOMWEB_HEADERS): Cors {
  const allowed = new Set(origins);
  const allowedHeaders = headers.allowed.join(', ');
  const exposedHeaders = headers.exposed.join(', ');
  return {
    allow: (req, res) => {
      if (res.hasHeader('Vary')) res.vary('Origin');
      else res.setHeader('Vary', 'Origin');
      const { origin, referer } = req.headers;
      if (origin !== undefined && allowed.has(origin)) {
        res.setHeader('Access-Control-Allow-Origin', origin);
        res.setHeader('Access-Control-Allow-Credentials', 'true');
        res.setHeader('Access-Control-Expose-Headers', exposedHeaders);
      }
      if ((origin ?? referer) !== undefined && allowed.has(origin ?? originOf(referer)))
        res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    },
    isPreflight: (req) =>
      req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined,
    answerPreflight: (res, methods) => {
      if (res.hasHeader('Access-Control-Allow-Origin')) {
        res.setHeader('Access-Control-Allow-Methods', methods.join(', '));
        res.setHeader('Access-Control-Allow-Headers', allowedHeaders);
        res.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
      }
      res.statusCode = 204;
      res.end();
    },
  };
}

function originOf(referer: string | undefined): string {
  return URL.parse(referer ?? '')?.origin ?? '';
}
