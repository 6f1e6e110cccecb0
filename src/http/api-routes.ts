import type { Request, Response, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import { caseAnswer, dispositionAnswer, entryAnswer } from './api-answers.ts';
import {
  caseLogQuery,
  caseParams,
  casesQuery,
  dispositionBody,
  driftQuery,
  modelsQuery,
  noQuery,
} from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { addCardApi } from './card-routes.ts';
import { addCoSignApi } from './co-sign-routes.ts';
import { addDueApi } from './due-routes.ts';
import { entryFilterOf } from './entry-filter.ts';
import { addExplanationApi } from './explanation-routes.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { parseInput } from './parse-input.ts';
import { readJson } from './read-body.ts';
import { requestIdOf } from './request-context.ts';
import { sendLogExport } from './send-log-export.ts';
import { addTruthApi } from './truth-routes.ts';

type Deps = Pick<AppDeps, 'flows' | 'limits' | 'timeZone'>;
/** A few words, and where it was a draft both texts, whatever the AI door takes. */
const MAX_DISPOSITION_BYTES = 1024 * 1024;

type Handler = (req: Request, res: Response) => Promise<void>;

/** `/api/**`: models, cases, case log, drift. Everything is JSON; errors are problem+json. */
export function createApiRoutes(deps: Deps): Router {
  const router = strictRouter();
  addRoute(router, '/api/models', { get: [getModels(deps)] });
  addRoute(router, '/api/cases', { get: [getCases(deps)] });
  addRoute(router, '/api/cases/:id', { get: [getCase(deps)] });
  const body = readJson(Math.min(MAX_DISPOSITION_BYTES, deps.limits.maxBodyBytes));
  addRoute(router, '/api/cases/:id/disposition', { post: [...body, postDisposition(deps)] });
  addRoute(router, '/api/dispositions', { get: [getDispositions(deps)] });
  addRoute(router, '/api/case-log', { get: [getCaseLog(deps)] });
  addRoute(router, '/api/case-log/export', { get: [getExport(deps)] });
  addRoute(router, '/api/case-log/verification', { get: [getVerification(deps)] });
  addRoute(router, '/api/drift', { get: [getDrift(deps)] });
  addCoSignApi(router, deps);
  addTruthApi(router, deps);
  addDueApi(router, deps);
  addCardApi(router, deps);
  addExplanationApi(router, deps);
  return router;
}

function getModels({ flows }: Deps): Handler {
  return async (req, res) => {
    const { study } = parseInput(modelsQuery, req.query);
    const input = { evidence: liftLoginEvidence(req), study };
    sendJson(res, { models: await flows.listModels(input, abortSignalOf(req, res)) });
  };
}

function getCases({ flows }: Deps): Handler {
  return async (req, res) => {
    const { study, limit, cursor } = parseInput(casesQuery, req.query);
    const input = { evidence: liftLoginEvidence(req), study, beforeSeq: cursor, limit };
    const page = await flows.listCases(input, abortSignalOf(req, res));
    sendJson(res, { cases: page.cases.map(caseAnswer), ...nextOf(page) });
  };
}

function getCase({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const { id } = parseInput(caseParams, req.params);
    const input = { evidence: liftLoginEvidence(req), caseId: id };
    const view = await flows.readMyCase(input, abortSignalOf(req, res));
    if (view === undefined) throw new GatewayError('not-found', { detail: 'You have no case of that name.' });
    res.setHeader('Case-Id', id);
    sendJson(res, caseAnswer(view));
  };
}

function postDisposition({ flows }: Deps): Handler {
  return async (req, res) => {
    const { id } = parseInput(caseParams, req.params);
    const { disposition, reason, reasonCode, disclosed, texts } = parseInput(dispositionBody, req.body);
    const who = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res) };
    const { idempotencyKey: once } = idempotencyKeyOf(req);
    const input = { ...who, caseId: id, disposition, reason, reasonCode, disclosed, texts, once };
    const receipt = await flows.recordDisposition(input, abortSignalOf(req, res));
    res.status(201).setHeader('Case-Id', id);
    sendJson(res, dispositionAnswer(id, disposition, receipt));
  };
}

function getDispositions({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const input = { evidence: liftLoginEvidence(req) };
    sendJson(res, { dispositions: await flows.listDispositionReasons(input, abortSignalOf(req, res)) });
  };
}

function getCaseLog({ flows }: Deps): Handler {
  return async (req, res) => {
    const filter = entryFilterOf(parseInput(caseLogQuery, req.query));
    const input = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res), filter };
    const page = await flows.readCaseLog(input, abortSignalOf(req, res));
    const { verification } = page;
    sendJson(res, { entries: page.entries.map(entryAnswer), ...nextOf(page), verification });
  };
}

function getExport({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const signal = abortSignalOf(req, res);
    const input = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res) };
    await sendLogExport(res, await flows.exportCaseLog(input, signal), signal);
  };
}

function getVerification({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    sendJson(
      res,
      await flows.readVerification({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res)),
    );
  };
}

function getDrift({ flows }: Deps): Handler {
  return async (req, res) => {
    const { model, version, from, to } = parseInput(driftQuery, req.query);
    const filter = {
      ...(model === undefined ? {} : { model }),
      ...(version === undefined ? {} : { version }),
      ...(from === undefined ? {} : { fromDay: from }),
      ...(to === undefined ? {} : { toDay: to }),
    };
    const input = { evidence: liftLoginEvidence(req), filter };
    sendJson(res, { rows: await flows.readDrift(input, abortSignalOf(req, res)) });
  };
}

function nextOf(page: { readonly next?: string }): { readonly next?: string } {
  return page.next === undefined ? {} : { next: page.next };
}

function sendJson(res: Response, body: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json(body);
}
