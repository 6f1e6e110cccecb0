import type { Request, Response, Router } from 'express';
import { oneTimeCodePage } from '../ui/one-time-code-page.ts';
import { sessionPage, type SessionPage } from '../ui/session-page.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import { frameOf, openPage, sendPage, type PageContext, type PageDeps } from './page-context.ts';
import { codeForm } from './page-schemas.ts';
import { parseInput } from './parse-input.ts';
import { readForm } from './read-body.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const NOTHING_CHOSEN: SessionPage['faults'] = [
  { field: 'scope-images', text: 'Choose at least one thing that the code is good for.' },
];

/** Adds the page of one's own session, and the form that makes a code for another program. */
export function addSessionPages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/session', { get: [getSession(deps)] });
  const { countAttempt } = deps.doors;
  const counted = countAttempt === undefined ? [] : [countAttempt];
  addRoute(router, '/me/session/code', { post: [...counted, ...readForm(), postCode(deps)] });
}

function getSession(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    sendSession(deps, res, context);
  };
}

/** The code is on the answer itself and nowhere else: no address, no history, no log holds it. */
function postCode(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const form = codeForm.safeParse(req.body);
    if (!form.success) {
      sendSession(deps, res.status(400), context, NOTHING_CHOSEN);
      return;
    }
    const { evidence, signal } = context;
    const made = await deps.flows.createOneTimeCode({ evidence, scopes: form.data.scope }, signal);
    const { username: name, code, scopes, expiresAt } = made;
    const model = oneTimeCodePage({ name, code, scopes, expiresAt, timeZone: deps.timeZone });
    const frame = frameOf(deps, context, { title: 'Code for another program', section: 'session' });
    sendPage(deps, res, 'one-time-code', { frame, model });
  };
}

function sendSession(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  faults: SessionPage['faults'] = [],
): void {
  const { doors, idleMs, timeZone } = deps;
  const { principal, viewer } = context;
  const offers = {
    lock: doors.session.lock !== undefined,
    everywhere: doors.session.logoutEverywhere !== undefined,
    stepUp: doors.session.stepUp !== undefined,
    codes: doors.tokens !== undefined,
  };
  const model = sessionPage({ principal, viewer, idleMs, timeZone, offers, faults });
  const frame = frameOf(deps, context, { title: 'Your session', section: 'session' });
  sendPage(deps, res, 'session', { frame, model });
}
