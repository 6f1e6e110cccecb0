import type { Request, Response, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { parseInput } from './parse-input.ts';
import { readJson } from './read-body.ts';
import { pendingAnswer, proposalAnswer, readProposalAnswer, recordAnswer } from './register-answers.ts';
import { addCsvRoutes } from './register-csv-routes.ts';
import { collectionOf, isCollection } from './register-kinds.ts';
import { isKnownTo, preconditionOf, quotedTag } from './register-preconditions.ts';
import { proposalParams, recordParams, recordsQuery, registerAct } from './register-schemas.ts';
import { requestIdOf } from './request-context.ts';

type Deps = Pick<AppDeps, 'flows' | 'limits'>;
type Handler = (req: Request, res: Response) => Promise<void>;

const ROOT = '/api/register';
/** An act is a few fields, whatever the AI door takes; a whole register comes as a table. */
const MAX_ACT_BYTES = 64 * 1024;

/** `/api/register/**`: records, acts and what waits for a second person. What is allowed is the flows' to say. */
export function createRegisterRoutes(deps: Deps): Router {
  const router = strictRouter();
  // Other doors have addresses of their own below this one.
  router.param('kind', (_req, _res, next, name) => next(isCollection(name) ? undefined : 'router'));
  const body = readJson(Math.min(MAX_ACT_BYTES, deps.limits.maxBodyBytes));
  addRoute(router, `${ROOT}/acts`, { post: [...body, postAct(deps)] });
  addRoute(router, `${ROOT}/proposals`, { get: [getProposals(deps)] });
  addRoute(router, `${ROOT}/proposals/:digest`, { get: [getProposal(deps)] });
  addRoute(router, `${ROOT}/proposals/:digest/confirm`, { post: [settle(deps, 'confirmAct')] });
  addRoute(router, `${ROOT}/proposals/:digest/withdraw`, { post: [settle(deps, 'withdrawAct')] });
  addCsvRoutes(router, ROOT, deps);
  addRoute(router, `${ROOT}/:kind`, { get: [getRecords(deps)] });
  addRoute(router, `${ROOT}/:kind/:id`, { get: [getRecord(deps)] });
  addRoute(router, `${ROOT}/:kind/:id/history`, { get: [getHistory(deps)] });
  return router;
}

function postAct({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const act = parseInput(registerAct, req.body);
    const ifMatch = preconditionOf(req, act);
    const who = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res) };
    const input = { ...who, act, ...(ifMatch === undefined ? {} : { ifMatch }) };
    const proposal = await flows.performAct(input, abortSignalOf(req, res));
    // A digest needs no escaping in a path (RFC 3986 §3.3).
    res.setHeader('Location', `${ROOT}/proposals/${proposal.digest}`);
    res.status(proposal.state === 'applied' ? 201 : 202);
    sendJson(res, proposalAnswer(proposal));
  };
}

function getProposals({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const pending = await flows.listPendingActs(
      { evidence: liftLoginEvidence(req) },
      abortSignalOf(req, res),
    );
    sendJson(res, { proposals: pending.map(pendingAnswer) });
  };
}

function getProposal({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const { digest } = parseInput(proposalParams, req.params);
    const input = { evidence: liftLoginEvidence(req), digest };
    sendJson(res, readProposalAnswer(await flows.readProposal(input, abortSignalOf(req, res))));
  };
}

function settle({ flows }: Deps, how: 'confirmAct' | 'withdrawAct'): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const { digest } = parseInput(proposalParams, req.params);
    const input = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res), digest };
    sendJson(res, proposalAnswer(await flows[how](input, abortSignalOf(req, res))));
  };
}

function getRecords({ flows }: Deps): Handler {
  return async (req, res) => {
    const { kind } = collectionOf(req.params['kind']);
    const { limit, cursor, practitioner } = parseInput(recordsQuery, req.query);
    const about = practitioner === undefined ? {} : { person: practitioner };
    const input = { evidence: liftLoginEvidence(req), kind, after: cursor, limit, ...about };
    const { records, next, sequence } = await flows.readRegisterPage(input, abortSignalOf(req, res));
    sendJson(res, { records: records.map(recordAnswer), sequence, ...(next === undefined ? {} : { next }) });
  };
}

function getRecord(deps: Deps): Handler {
  return async (req, res) => {
    const { current } = await readStates(deps, req, res);
    if (current === undefined) throw noRecord();
    res.setHeader('ETag', quotedTag(current.etag));
    if (isKnownTo(req, current.etag)) {
      res.setHeader('Cache-Control', 'no-store');
      res.status(304).end();
      return;
    }
    sendJson(res, recordAnswer(current));
  };
}

function getHistory(deps: Deps): Handler {
  return async (req, res) => {
    const { history } = await readStates(deps, req, res);
    if (history.length === 0) throw noRecord();
    sendJson(res, { states: history.map(recordAnswer) });
  };
}

function readStates(
  { flows }: Deps,
  req: Request,
  res: Response,
): ReturnType<AppDeps['flows']['readRegisterRecord']> {
  parseInput(noQuery, req.query);
  const { kind } = collectionOf(req.params['kind']);
  const { id } = parseInput(recordParams, req.params);
  return flows.readRegisterRecord({ evidence: liftLoginEvidence(req), kind, id }, abortSignalOf(req, res));
}

function noRecord(): GatewayError {
  return new GatewayError('not-found', { detail: 'The register has no record of that id.' });
}

function sendJson(res: Response, body: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json(body);
}
