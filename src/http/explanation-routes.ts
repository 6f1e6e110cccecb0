import type { Request, Response, Router } from 'express';
import { lastMomentOf } from '../domain/last-moment.ts';
import { caseExplanationPage } from '../ui/case-explanation-page.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute } from './add-route.ts';
import { caseParams, noQuery } from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { explanationAnswer, whoCouldUseAnswer } from './explanation-answers.ts';
import { whoCouldUseQuery } from './explanation-schemas.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { frameOf, openPage, sendPage, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { requestIdOf } from './request-context.ts';

type ApiDeps = Pick<AppDeps, 'flows' | 'timeZone'>;
type Handler = (req: Request, res: Response) => Promise<void>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Adds how a case's decisions came about, and who could use a version at a moment. */
export function addExplanationApi(router: Router, deps: ApiDeps): void {
  addRoute(router, '/api/cases/:id/explanation', { get: [getExplanation(deps)] });
  addRoute(router, '/api/register/who-could-use', { get: [getWhoCouldUse(deps)] });
}

/** Adds the page that says why a case was unlocked or locked. */
export function addExplanationPage(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/cases/:id/explanation', { get: [getExplanationPage(deps)] });
}

function getExplanation({ flows }: ApiDeps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const { id } = parseInput(caseParams, req.params);
    const input = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res), caseId: id };
    const explained = await flows.explainCase(input, abortSignalOf(req, res));
    res.setHeader('Case-Id', id);
    sendJson(res, explanationAnswer(explained));
  };
}

function getWhoCouldUse({ flows, timeZone }: ApiDeps): Handler {
  return async (req, res) => {
    const { on, site, ...asked } = parseInput(whoCouldUseQuery, req.query);
    const at = DAY.test(on) ? lastMomentOf(on, timeZone) : Date.parse(on);
    const where = site === undefined ? {} : { site };
    const input = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res), ...asked, ...where, at };
    sendJson(res, whoCouldUseAnswer(await flows.whoCouldUse(input, abortSignalOf(req, res))));
  };
}

function getExplanationPage(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { id } = parseInput(caseParams, req.params);
    const { evidence, requestId, signal } = context;
    const explanation = await deps.flows.explainCase({ evidence, requestId, caseId: id }, signal);
    const { mayReadCaseLog } = context.viewer;
    const model = caseExplanationPage({ explanation, timeZone: deps.timeZone, mayReadCaseLog });
    res.setHeader('Case-Id', id);
    const frame = frameOf(deps, context, { title: 'Why was this unlocked or locked?', section: 'cases' });
    sendPage(deps, res, 'case-explanation', { frame, model });
  };
}

function sendJson(res: Response, body: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json(body);
}
