import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { GatewayError } from '../domain/errors.ts';
import type { PractitionerId } from '../domain/identifiers.ts';
import type { LogBookView } from '../flows/read-log-book.ts';
import { logBookPage, type LogBookPage } from '../ui/log-book-page.ts';
import { addRoute } from './add-route.ts';
import { caseId, noQuery } from './api-schemas.ts';
import { logBookQuery, personParams } from './due-schemas.ts';
import { logBookCsv } from './log-book-csv.ts';
import { frameOf, openPage, sendPage, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { readForm } from './read-body.ts';

type Handler = (req: Request, res: Response) => Promise<void>;
/** Whose log-book a request is about; undefined for one's own. */
type Whose = (req: Request) => PractitionerId | undefined;

const LINES_PER_PAGE = 100;
const signForm = z.strictObject({ case: caseId });

const mine: Whose = () => undefined;
const named: Whose = (req) => parseInput(personParams, req.params).id;

/** Adds log-books: one's own, and those of others for their supervisors and for those who keep the register. */
export function addLogBookPages(router: Router, deps: PageDeps): void {
  const places = [
    { path: '/me/log-book', whose: mine },
    { path: '/me/register/people/:id/log-book', whose: named },
  ];
  for (const { path, whose } of places) {
    addRoute(router, path, { get: [getLogBook(deps, whose)] });
    addRoute(router, `${path}/csv`, { get: [getCsv(deps, whose)] });
    addRoute(router, `${path}/print`, { get: [getSheet(deps, whose)] });
  }
  addRoute(router, '/me/register/people/:id/log-book/sign', { post: [...readForm(), postSignOff(deps)] });
}

function getLogBook(deps: PageDeps, whose: Whose): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { page } = parseInput(logBookQuery, req.query);
    await sendLogBook(deps, res, context, { practitioner: whose(req), page });
  };
}

async function sendLogBook(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  shown: {
    readonly practitioner: PractitionerId | undefined;
    readonly page: number;
    readonly refused?: LogBookPage['refused'];
  },
): Promise<void> {
  const { evidence, signal } = context;
  const { practitioner, page, refused } = shown;
  const view = await deps.flows.readLogBook(inputOf(context, practitioner), signal);
  const supervised = view.isOwn ? await deps.flows.listSupervised({ evidence }, signal) : [];
  const model = logBookPage({
    view,
    supervised,
    timeZone: deps.timeZone,
    mayReadCaseLog: context.viewer.mayReadCaseLog,
    page: { number: page, size: LINES_PER_PAGE },
    ...(refused === undefined ? {} : { refused }),
  });
  sendPage(deps, res, 'log-book', { frame: frameFor(deps, context, view), model });
}

function getCsv(deps: PageDeps, whose: Whose): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const input = { ...inputOf(context, whose(req)), form: 'csv' } as const;
    const view = await deps.flows.exportLogBook(input, context.signal);
    res.setHeader('Content-Type', 'text/csv; charset=utf-8; header=present');
    res.setHeader('Content-Disposition', `attachment; filename="log-book-${view.book.practitioner.id}.csv"`);
    res.setHeader('Cache-Control', 'no-store');
    res.end(logBookCsv(view));
  };
}

function getSheet(deps: PageDeps, whose: Whose): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const input = { ...inputOf(context, whose(req)), form: 'print' } as const;
    const view = await deps.flows.exportLogBook(input, context.signal);
    const model = logBookPage({ view, timeZone: deps.timeZone });
    sendPage(deps, res, 'log-book-print', { frame: frameFor(deps, context, view), model });
  };
}

function postSignOff(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { id } = parseInput(personParams, req.params);
    const { case: named } = parseInput(signForm, req.body);
    const { evidence, requestId, signal } = context;
    try {
      const input = { evidence, requestId, practitioner: id, caseId: named };
      const { state, digest } = await deps.flows.signLogBookCase(input, signal);
      const waiting = `/me/register/waiting/${digest.replace(/^sha256:/, '')}`;
      res.redirect(303, state === 'applied' ? `/me/register/people/${id}/log-book` : waiting);
    } catch (error: unknown) {
      if (!isRefusal(error)) throw error;
      setProblemHeaders(res.status(PROBLEMS[error.code].status), error);
      const { detail, reasons } = error;
      await sendLogBook(deps, res, context, { practitioner: id, page: 1, refused: { detail, reasons } });
    }
  };
}

function inputOf(
  { evidence, requestId }: PageContext,
  practitioner: PractitionerId | undefined,
): {
  readonly evidence: PageContext['evidence'];
  readonly requestId: string;
  readonly practitioner?: PractitionerId;
} {
  return { evidence, requestId, ...(practitioner === undefined ? {} : { practitioner }) };
}

function frameFor(
  deps: PageDeps,
  context: PageContext,
  { isOwn, book }: LogBookView,
): ReturnType<typeof frameOf> {
  const title = isOwn ? 'Log-book' : `Log-book of ${book.practitioner.name}`;
  return frameOf(deps, context, { title, section: 'log-book' });
}

/** What a supervisor is told on the log-book itself; anything else is for the error page. */
function isRefusal(error: unknown): error is GatewayError {
  return error instanceof GatewayError && (error.code === 'not-permitted' || error.code === 'conflict');
}
