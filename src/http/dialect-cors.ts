import type { RequestHandler } from 'express';
import { createCors, type CorsHeaders } from './dicomweb-cors.ts';
import { LENGTH_HEADER } from './oip-tensor-body.ts';

/** Doors of AI that pages call with a token. `/monai` is none: its viewers have cookies only, and those do not come from other sites. */
const DOORS = /^\/v[12](\/|$)/;
const METHODS = ['GET', 'HEAD', 'POST'];

const HEADERS: CorsHeaders = {
  allowed: [
    'Accept',
    'Authorization',
    'Cache-Control',
    'Content-Type',
    'Countersign-Patients',
    'Countersign-Study',
    'Idempotency-Key',
    'X-Requested-With',
    LENGTH_HEADER,
    // What the OpenAI API's own client says of itself (internal/detect-platform.js); none of it is read here.
    'OpenAI-Organization',
    'OpenAI-Project',
    'X-Stainless-Arch',
    'X-Stainless-Helper-Method',
    'X-Stainless-Lang',
    'X-Stainless-OS',
    'X-Stainless-Package-Version',
    'X-Stainless-Retry-Count',
    'X-Stainless-Runtime',
    'X-Stainless-Runtime-Version',
    'X-Stainless-Timeout',
  ],
  exposed: [
    'Case-Id',
    'Case-Log-Index',
    'Content-Length',
    'Countersign-Draft',
    'Gateway-Origin',
    LENGTH_HEADER,
    'Request-Id',
    'Retry-After',
    'WWW-Authenticate',
    'X-Should-Retry',
  ],
};

/**
 * CORS at `/v1` and `/v2`, for the origins that may read images. A call is made with a bearer token: one that acts on a cookie is
 * refused by the same-origin check, after this, so that a viewer can read why.
 */
export function allowViewers(origins: readonly string[]): RequestHandler {
  const cors = createCors(origins, HEADERS);
  return (req, res, next) => {
    if (!DOORS.test(req.path)) {
      next();
      return;
    }
    cors.allow(req, res);
    if (cors.isPreflight(req)) cors.answerPreflight(res, METHODS);
    else next();
  };
}
