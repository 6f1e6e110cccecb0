import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { GatewayError, type ProblemCode } from '../domain/errors.ts';
import { asGatewayError, sendProblem } from './problem.ts';
import { requestIdOf } from './request-context.ts';

/** Answers a page door's error with a page. */
export type SendProblemPage = (req: Request, res: Response, error: GatewayError) => void;

/** What Express and its body readers throw themselves, by status; their words are not repeated. */
const REQUEST_FAULTS: Readonly<Record<number, { readonly code: ProblemCode; readonly detail: string }>> = {
  400: { code: 'bad-request', detail: 'The request is malformed: its address or its body cannot be read.' },
  413: { code: 'payload-too-large', detail: 'The request’s body is larger than this gateway takes.' },
  415: {
    code: 'unsupported-media-type',
    detail: 'The request’s body is of a type or encoding that is not taken.',
  },
};

/** The last handler but one: nothing answers at this address. */
export function handleUnknownRoute(): RequestHandler {
  return (_req, _res, next) => {
    next(new GatewayError('not-found', { detail: 'There is nothing at this address.' }));
  };
}

/** The last handler: every error becomes problem+json, or a page at the doors that people open themselves. */
export function handleErrors(sendPage?: SendProblemPage): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (thrown: unknown, req: Request, res: Response, _next) => {
    const error = requestFault(thrown) ?? asGatewayError(thrown);
    if (sendPage !== undefined && !res.headersSent && isPageDoor(req)) sendPage(req, res, error);
    else sendProblem(res, error, requestIdOf(res));
  };
}

/** What Express or a body reader refused by itself, as a problem of ours; undefined for anything else. */
export function requestFault(thrown: unknown): GatewayError | undefined {
  if (thrown instanceof GatewayError || !(thrown instanceof Error) || !('status' in thrown)) return undefined;
  const fault = typeof thrown.status === 'number' ? REQUEST_FAULTS[thrown.status] : undefined;
  return fault === undefined
    ? undefined
    : new GatewayError(fault.code, { detail: fault.detail, cause: thrown });
}

/** Doors that programs open: always JSON, whatever they accept. */
const API_DOORS =
  /^\/+(api|v1|v2|monai|torchserve|wado|dicom-web|health|assets|metrics|openapi\.json|\.well-known|auth\/(whoami|token|revoke)|auth\/saml\/[^/]+\/metadata|auth\/oidc\/[^/]+\/backchannel-logout)(\/|$)/i;
const PAGE_DOORS = /^\/(me|auth)(\/|$)/;

/** Whether a person's browser is at this door. Elsewhere only a browser that asks for HTML by name gets a page. */
function isPageDoor(req: Pick<Request, 'path' | 'headers'>): boolean {
  if (API_DOORS.test(req.path)) return false;
  return req.path === '/' || PAGE_DOORS.test(req.path) || (req.headers.accept ?? '').includes('text/html');
}
