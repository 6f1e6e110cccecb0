import type { Request, RequestHandler, Response, Router } from 'express';
import { parseRetrieveQuery, parseSearchQuery } from '../domain/dicom/dicomweb-query.ts';
import { isDicomwebTarget, parseDicomwebTarget } from '../domain/dicom/dicomweb-resource.ts';
import { GatewayError, type ProblemCode } from '../domain/errors.ts';
import type { DicomwebAnswer } from '../flows/dicomweb-answer.ts';
import { abortSignalOf } from './abort-signal.ts';
import { strictRouter } from './add-route.ts';
import type { Flows } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { PROBLEMS } from './problem.ts';
import { requestIdOf } from './request-context.ts';
import { createStreamLimit, type StreamLimit } from './stream-limit.ts';
import { sendHead, streamResponse } from './stream-response.ts';

/** What the door needs. */
export interface DicomwebRoutesDeps {
  readonly flows: Pick<Flows, 'retrieve' | 'search'>;
  /** The gateway's own address as browsers see it. */
  readonly publicUrl: string;
  /** Other origins whose viewers may read with the person's session; none by default, and never all. */
  readonly allowedOrigins?: readonly string[];
}

interface Serving extends DicomwebRoutesDeps {
  readonly limit: StreamLimit;
}

const ALLOW = 'GET, HEAD, OPTIONS';
/** OHIF alone asks for 100 frames, 25 ahead and 5 thumbnails; the client of the PACS has several times as many connections. */
const MAX_STREAMS_OF_A_LOGIN = 160;
const ALLOWED_HEADERS = 'Accept, Authorization, Cache-Control, If-Modified-Since, If-None-Match, Range';
const EXPOSED_HEADERS = 'Case-Id, Content-Length, Content-Range, ETag, Gateway-Origin, Request-Id, Warning';
const PREFLIGHT_SECONDS = '600';

/**
 * The DICOMweb door, read-only: `/dicom-web/**`. Mount it at the root of the app: it takes the address apart by hand,
 * before any router has folded or decoded it, and leaves all others to the next handler.
 */
export function createDicomwebRoutes(deps: DicomwebRoutesDeps): Router {
  const router = strictRouter();
  router.use(handler(deps));
  return router;
}

function handler(deps: DicomwebRoutesDeps): RequestHandler {
  const origins = new Set([new URL(deps.publicUrl).origin, ...(deps.allowedOrigins ?? [])]);
  const serving = { ...deps, limit: createStreamLimit(MAX_STREAMS_OF_A_LOGIN) };
  return async (req, res, next) => {
    if (!isDicomwebTarget(req.originalUrl)) {
      next();
      return;
    }
    allowOrigin(req, res, origins);
    if (req.method === 'OPTIONS') answerPreflight(res);
    else await answer(serving, req, res);
  };
}

/** Without login and without the PACS: a browser sends no credentials with a preflight (Fetch §4.8). */
function answerPreflight(res: Response): void {
  res.setHeader('Allow', ALLOW);
  if (res.hasHeader('Access-Control-Allow-Origin')) {
    res.setHeader('Access-Control-Allow-Methods', 'GET, HEAD');
    res.setHeader('Access-Control-Allow-Headers', ALLOWED_HEADERS);
    res.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  }
  res.statusCode = 204;
  res.end();
}

function allowOrigin(req: Request, res: Response, origins: ReadonlySet<string>): void {
  res.vary('Origin');
  const { origin } = req.headers;
  if (origin === undefined || !origins.has(origin)) return;
  res.setHeader('Access-Control-Allow-Origin', origin);
  res.setHeader('Access-Control-Allow-Credentials', 'true');
  res.setHeader('Access-Control-Expose-Headers', EXPOSED_HEADERS);
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
}

async function answer(deps: Serving, req: Request, res: Response): Promise<void> {
  const signal = abortSignalOf(req, res);
  // A body has no place here; read and dropped, it cannot keep the client from hearing the answer.
  req.resume();
  const giveBack = deps.limit.take(liftLoginEvidence(req));
  if (giveBack === undefined) {
    throw new GatewayError('overloaded', {
      detail: 'This login is reading as much at once as one may. Wait until some of it has arrived.',
    });
  }
  try {
    const found = await ask(deps, req, { res, signal });
    if (found.status >= 400) replaceErrorBody(req, res, found);
    else if (req.method === 'HEAD') sendHead(res, found);
    else await streamResponse(res, found, signal);
  } finally {
    giveBack();
  }
}

async function ask(
  deps: Serving,
  req: Request,
  to: { readonly res: Response; readonly signal: AbortSignal },
): Promise<DicomwebAnswer> {
  const { resource, query } = parseDicomwebTarget(req.originalUrl);
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    to.res.setHeader('Allow', ALLOW);
    throw new GatewayError('method-not-allowed', { detail: `This address takes ${ALLOW}.` });
  }
  const base = { evidence: liftLoginEvidence(req), requestId: requestIdOf(to.res) };
  if (resource.kind === 'search') {
    const input = { ...base, resource, query: parseSearchQuery(query), accept: req.headers.accept };
    return await deps.flows.search(input, to.signal);
  }
  const input = { ...base, resource, query: parseRetrieveQuery(query), headers: plainHeaders(req) };
  return await deps.flows.retrieve(input, to.signal);
}

/** Headers that come once, as all that matter here do. */
function plainHeaders(req: Request): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers)) if (typeof value === 'string') kept[name] = value;
  return kept;
}

/**
 * The PACS's status in our words: what servers say about an error names their software and addresses, and a viewer that waits
 * for JSON breaks on HTML.
 */
function replaceErrorBody(req: Request, res: Response, found: DicomwebAnswer): void {
  found.cancel();
  const code = codeFor(found.status);
  const { title } = PROBLEMS[code];
  const detail = `The PACS answered with status ${found.status}.`;
  const body = {
    type: `urn:countersign:problem:${code}`,
    title,
    status: found.status,
    code,
    detail,
    reasons: [],
    requestId: requestIdOf(res),
  };
  res.statusCode = found.status;
  res.setHeader('Gateway-Origin', 'pacs');
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', 'application/problem+json');
  res.end(req.method === 'HEAD' ? undefined : JSON.stringify(body));
}

function codeFor(status: number): ProblemCode {
  if (status === 404 || status === 410) return 'not-found';
  if (status === 403) return 'not-permitted';
  return status < 500 ? 'bad-request' : 'upstream-bad-answer';
}
