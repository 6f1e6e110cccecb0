import type { Request, RequestHandler, Response, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import type { BreakGlassPage } from '../ui/break-glass-page.ts';
import { addRoute } from './add-route.ts';
import { ownPage } from './own-page.ts';
import { frameOf, sendPage, type PageDeps } from './page-context.ts';
import { breakGlassQuery } from './page-schemas.ts';
import { parseInput } from './parse-input.ts';
import { readForm } from './read-body.ts';
import { forgetSearches } from './search-cookie.ts';

export const BREAK_GLASS_PATH = '/auth/break-glass';

/** Adds emergency access: its page, and the door behind its form. */
export function addBreakGlass(router: Router, deps: PageDeps): void {
  const { breakGlass } = deps.doors;
  if (breakGlass === undefined) {
    addRoute(router, BREAK_GLASS_PATH, { get: [notSetUp()], post: [notSetUp()] });
    return;
  }
  addRoute(router, BREAK_GLASS_PATH, { get: [getBreakGlass(deps)], post: [...readForm(), breakGlass.enter] });
}

/** Sends the page of emergency access; closed, it says so and has no form. */
export function sendBreakGlass(
  deps: PageDeps,
  req: Request,
  res: Response,
  refused?: NonNullable<BreakGlassPage['refused']>,
): void {
  const returnTo = ownPage(returnOf(req));
  const model: BreakGlassPage = {
    isOpen: deps.doors.breakGlass?.isOpen() === true,
    ...(returnTo === undefined ? {} : { returnTo }),
    ...(refused === undefined ? {} : { refused }),
  };
  const frame = frameOf(deps, { aiLocked: [] }, { title: 'Emergency access' });
  sendPage(deps, res, 'break-glass', { frame, model });
}

function getBreakGlass(deps: PageDeps): RequestHandler {
  return (req, res) => {
    parseInput(breakGlassQuery, req.query);
    forgetSearches(res);
    res.status(deps.doors.breakGlass?.isOpen() === true ? 200 : 404);
    sendBreakGlass(deps, req, res);
  };
}

/** In the address of the page, and in the form that stood on it. */
function returnOf(req: Request): string | undefined {
  const given = breakGlassQuery.safeParse(req.method === 'POST' ? req.body : req.query);
  return given.success ? given.data.return : undefined;
}

function notSetUp(): RequestHandler {
  return (_req, _res, next) => {
    next(new GatewayError('not-found', { detail: 'This gateway has no emergency access.' }));
  };
}
