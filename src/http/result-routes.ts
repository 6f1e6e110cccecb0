import type { Request, Response, Router } from 'express';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { ResultClassification, ResultObject } from '../domain/result-verdict.ts';
import type { WaitingResult } from '../flows/ports-classify.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { parseInput } from './parse-input.ts';
import { readJson } from './read-body.ts';
import { entityTagIn, isKnownTo, quotedTag } from './register-preconditions.ts';
import { requestIdOf } from './request-context.ts';
import { classificationBody, cursorText, probableQuery, resultParams, saidIn } from './result-schemas.ts';

type Deps = Pick<AppDeps, 'flows' | 'limits'>;
type Handler = (req: Request, res: Response) => Promise<void>;
type Json = Readonly<Record<string, unknown>>;

const ROOT = '/api/results';
/** A verdict and a sentence. */
const MAX_BODY_BYTES = 16 * 1024;

/** `/api/results/**`: what is only probably AI's, and what people say of it. */
export function createResultRoutes(deps: Deps): Router {
  const router = strictRouter();
  const body = readJson(Math.min(MAX_BODY_BYTES, deps.limits.maxBodyBytes));
  addRoute(router, `${ROOT}/probable`, { get: [getProbable(deps)] });
  addRoute(router, `${ROOT}/:study/:series/:sop/classification`, {
    get: [getClassification(deps)],
    put: [...body, putClassification(deps)],
  });
  return router;
}

function getProbable({ flows }: Deps): Handler {
  return async (req, res) => {
    const { limit, cursor } = parseInput(probableQuery, req.query);
    const input = { evidence: liftLoginEvidence(req), after: cursor, limit };
    const { results, next } = await flows.listProbableResults(input, abortSignalOf(req, res));
    sendJson(res, {
      results: results.map(waitingAnswer),
      ...(next === undefined ? {} : { next: cursorText(next) }),
    });
  };
}

function getClassification({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const input = { evidence: liftLoginEvidence(req), object: objectOf(req) };
    const { history, reasons } = await flows.readClassification(input, abortSignalOf(req, res));
    const [current] = history;
    if (current === undefined)
      throw new GatewayError('not-found', { detail: 'Nobody has said anything of this object.' });
    res.setHeader('ETag', quotedTag(current.entry));
    if (isKnownTo(req, current.entry)) {
      res.setHeader('Cache-Control', 'no-store');
      res.status(304).end();
      return;
    }
    sendJson(res, {
      ...classificationAnswer(current),
      history: history.map(classificationAnswer),
      mayClassify: reasons.length === 0,
      reasons,
    });
  };
}

function putClassification({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const object = objectOf(req);
    const body = parseInput(classificationBody, req.body);
    const who = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res) };
    const input = { ...who, object, said: saidIn(body), reason: body.reason, ifMatch: preconditionOf(req) };
    const classification = await flows.classifyResult(input, abortSignalOf(req, res));
    res.setHeader('ETag', quotedTag(classification.entry));
    sendJson(res, classificationAnswer(classification));
  };
}

function objectOf(req: Request): ResultObject {
  const { study, series, sop } = parseInput(resultParams, req.params);
  return { study, series, sopInstanceUid: sop };
}

/** If-Match names what one has read; `If-None-Match: *` says that nobody must have said anything yet (RFC 9110 §13.1). */
function preconditionOf({ headers }: Request): string | undefined {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined && ifNoneMatch !== undefined)
    throw new BadRequest('If-Match and If-None-Match do not go together here.');
  if (ifMatch !== undefined) return entityTagIn(ifMatch);
  if (ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch.trim() !== '*') throw new BadRequest('If-None-Match is * here.');
  return '';
}

function waitingAnswer({ study, series, sopInstanceUid, seenAt }: WaitingResult): Json {
  return { study, series, sopInstanceUid, seenAt: isoOf(seenAt) };
}

function classificationAnswer({ said, saidAt, entry, seq, ...rest }: ResultClassification): Json {
  return { ...rest, ...said, saidAt: isoOf(saidAt), etag: entry, logIndex: seq };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function sendJson(res: Response, body: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json(body);
}
