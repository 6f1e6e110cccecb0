import type { Request, Response, Router } from 'express';
import { createHash } from 'node:crypto';
import type { ListedDue } from '../flows/list-falling-due.ts';
import { duePage } from '../ui/due-page.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { duePageQuery, dueQuery, feedParams, myDueQuery } from './due-schemas.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { frameOf, openPage, sendPage, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { readForm } from './read-body.ts';

type ApiDeps = Pick<AppDeps, 'flows'>;
type Handler = (req: Request, res: Response) => Promise<void>;

const ROWS_PER_PAGE = 100;
/** Calendar programs ask some times a day; more often tells them nothing. */
const FEED_MAX_AGE_SECONDS = 3_600;

/** Adds what falls due to the API: one's own, and everybody's for those who keep the register. */
export function addDueApi(router: Router, deps: ApiDeps): void {
  addRoute(router, '/api/me/falling-due', { get: [getMine(deps)] });
  addRoute(router, '/api/register/falling-due', { get: [getEverybodys(deps)] });
}

/** Adds the pages of what falls due, and the calendar behind an address that needs no sign-in. */
export function addDuePages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/due', { get: [getMyPage(deps)] });
  addRoute(router, '/me/due/feed', { post: [...readForm(), postFeed(deps)] });
  addRoute(router, '/me/due/revoke', { post: [...readForm(), postRevoke(deps)] });
  addRoute(router, '/me/register/due', { get: [getEverybodysPage(deps)] });
  const { countAttempt } = deps.doors;
  const counted = countAttempt === undefined ? [] : [countAttempt];
  addRoute(router, '/calendar/:token/falling-due.ics', { get: [...counted, getFeed(deps)] });
}

function getMine({ flows }: ApiDeps): Handler {
  return async (req, res) => {
    const { within } = parseInput(myDueQuery, req.query);
    const input = { evidence: liftLoginEvidence(req), withinDays: within };
    const { items, total } = await flows.listFallingDue(input, abortSignalOf(req, res));
    sendJson(res, { items: items.map(itemAnswer), total });
  };
}

function getEverybodys({ flows }: ApiDeps): Handler {
  return async (req, res) => {
    const { within, limit, cursor = 1 } = parseInput(dueQuery, req.query);
    const page = { number: Math.max(1, cursor), size: limit };
    const input = { evidence: liftLoginEvidence(req), withinDays: within, everybody: true, page };
    const { items, total } = await flows.listFallingDue(input, abortSignalOf(req, res));
    const isLast = page.number * limit >= total;
    sendJson(res, {
      items: items.map(itemAnswer),
      total,
      ...(isLast ? {} : { next: String(page.number + 1) }),
    });
  };
}

function itemAnswer({ id, kind, person, name, title, dueAt, notice, href }: ListedDue): object {
  return {
    id,
    kind,
    practitioner: person,
    name,
    title,
    dueAt: new Date(dueAt).toISOString(),
    ...(notice === undefined ? {} : { notice }),
    href,
  };
}

function getMyPage(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    await sendMine(deps, res, context);
  };
}

/** The address is on the answer itself and nowhere else: it cannot be read again. */
function postFeed(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { evidence, requestId, signal } = context;
    const token = await deps.flows.makeFeed({ evidence, requestId }, signal);
    await sendMine(deps, res, context, `${deps.publicUrl}/calendar/${token}/falling-due.ics`);
  };
}

function postRevoke(deps: PageDeps): Handler {
  return async (req, res) => {
    const { evidence, requestId, signal } = await openPage(deps, req, res);
    await deps.flows.revokeFeed({ evidence, requestId }, signal);
    res.redirect(303, '/me/due');
  };
}

async function sendMine(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  address?: string,
): Promise<void> {
  const { evidence, signal } = context;
  const { within } = myDueQuery.parse({});
  const list = await deps.flows.listFallingDue({ evidence, withinDays: within }, signal);
  const madeAt = await deps.flows.readFeedState({ evidence }, signal);
  const feed = { madeAt, ...(address === undefined ? {} : { address }) };
  const model = duePage({ list, within, timeZone: deps.timeZone, feed });
  const frame = frameOf(deps, context, { title: 'Falling due', section: 'due' });
  sendPage(deps, res, 'due', { frame, model });
}

function getEverybodysPage(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { within, page: number } = parseInput(duePageQuery, req.query);
    const { evidence, signal } = context;
    const page = { number, size: ROWS_PER_PAGE };
    const input = { evidence, withinDays: within, everybody: true, page };
    const list = await deps.flows.listFallingDue(input, signal);
    const everybody = { page: number, size: ROWS_PER_PAGE };
    const model = duePage({ list, within, timeZone: deps.timeZone, everybody });
    const frame = frameOf(deps, context, { title: 'Falling due in the register', section: 'due' });
    sendPage(deps, res, 'due', { frame, model });
  };
}

/** Without a cookie: calendar programs have none. The address is the proof, and logs hold only the pattern of this route. */
function getFeed({ flows }: PageDeps): Handler {
  return async (req, res) => {
    const { token } = parseInput(feedParams, req.params);
    const text = await flows.readFeed({ token });
    const digest = createHash('sha256').update(text, 'utf8').digest('base64url');
    res.setHeader('ETag', `"${digest}"`);
    res.setHeader('Cache-Control', `private, max-age=${String(FEED_MAX_AGE_SECONDS)}`);
    // RFC 9110 §13.1.2: whoever has this text already is not sent it again.
    if (req.fresh) {
      res.status(304).end();
      return;
    }
    res.setHeader('Content-Type', 'text/calendar; charset=utf-8');
    res.setHeader('Content-Disposition', 'inline; filename="falling-due.ics"');
    res.end(text);
  };
}

function sendJson(res: Response, body: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json(body);
}
