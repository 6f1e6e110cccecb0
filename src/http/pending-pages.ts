import type { Request, Response, Router } from 'express';
import type { GatewayError } from '../domain/errors.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { actText } from '../ui/register-words.ts';
import { stepUpWay } from '../ui/step-up-way.ts';
import { waitingActPage, waitingPage } from '../ui/waiting-page.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import { doneCookie } from './done-cookie.ts';
import { isToldOnTheForm, refusalOf } from './form-refusal.ts';
import { frameOf, openPage, sendPage, stepUpOf, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { justDone } from './profile-pages.ts';
import { readForm } from './read-body.ts';
import { waitingParams } from './register-forms.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const WAITING = '/me/register/waiting';

/** Adds what waits for a second person, and the buttons by which it is confirmed or withdrawn. */
export function addPendingPages(router: Router, deps: PageDeps): void {
  addRoute(router, WAITING, { get: [getWaiting(deps)] });
  addRoute(router, `${WAITING}/:digest`, { get: [getOne(deps)] });
  addRoute(router, `${WAITING}/:digest/confirm`, { post: [...readForm(), postConfirm(deps)] });
  addRoute(router, `${WAITING}/:digest/withdraw`, { post: [...readForm(), postWithdraw(deps)] });
}

function getWaiting(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const { evidence, signal } = context;
    const waiting = await deps.flows.listWaiting({ evidence }, signal);
    const model = waitingPage(waiting, { timeZone: deps.timeZone, done: justDone(req, res) });
    const frame = frameOf(deps, context, { title: 'What waits for a second person', section: 'register' });
    sendPage(deps, res, 'waiting', { frame, model });
  };
}

function getOne(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    await sendOne(deps, res, context, { digest: digestOf(req) });
  };
}

function postConfirm(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.body);
    const { evidence, requestId, signal } = context;
    await decide(deps, req, res, {
      context,
      decided: (digest) => deps.flows.confirmAct({ evidence, requestId, digest }, signal),
    });
  };
}

function postWithdraw(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.body);
    const { evidence, requestId, signal } = context;
    await decide(deps, req, res, {
      context,
      decided: (digest) => deps.flows.withdrawAct({ evidence, requestId, digest }, signal),
    });
  };
}

/** Says that it is done only where it is applied: a withdrawn one is simply not there any more. */
async function decide(
  deps: PageDeps,
  req: Request,
  res: Response,
  {
    context,
    decided,
  }: { readonly context: PageContext; readonly decided: (digest: string) => Promise<RegisterProposal> },
): Promise<void> {
  const digest = digestOf(req);
  try {
    const { act, state } = await decided(digest);
    if (state === 'applied') doneCookie.remember(res, act);
    res.redirect(303, WAITING);
  } catch (error: unknown) {
    if (!isToldOnTheForm(error)) throw error;
    setProblemHeaders(res.status(PROBLEMS[error.code].status), error);
    await sendOne(deps, res, context, { digest, error });
  }
}

async function sendOne(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  { digest, error }: { readonly digest: string; readonly error?: GatewayError },
): Promise<void> {
  const { evidence, signal } = context;
  const detail = await deps.flows.readWaiting({ evidence, digest }, signal);
  const stepUp = stepUpOf(deps, context);
  const refused = error === undefined ? undefined : refusalOf(error, detail.act, stepUp);
  const confirm = stepUpWay(detail.reasons, stepUp);
  const model = waitingActPage(detail, { timeZone: deps.timeZone, confirm, refused });
  const frame = frameOf(deps, context, { title: actText(detail.act), section: 'register' });
  sendPage(deps, res, 'waiting-act', { frame, model });
}

function digestOf(req: Request): string {
  return `sha256:${parseInput(waitingParams, req.params).digest}`;
}
