import type { RequestHandler, Router } from 'express';
import { signInPage, type SignInMessage } from '../ui/sign-in-page.ts';
import { addRoute } from './add-route.ts';
import { frameOf, sendPage, type PageDeps } from './page-context.ts';
import { signInQuery } from './page-schemas.ts';
import { parseInput } from './parse-input.ts';
import { forgetSearch } from './search-cookie.ts';

/** Where a person may be sent back to after signing in: our own pages, and nothing that could lead elsewhere. */
const OWN_PAGE = /^\/me\/[A-Za-z0-9./_-]*(\?[A-Za-z0-9=&._%-]*)?$/;

/** A local path of our own pages as it is; undefined for anything else. */
export function ownPage(path: string | undefined): string | undefined {
  return path !== undefined && OWN_PAGE.test(path) && !/\/\/|\.\./.test(path) ? path : undefined;
}

/** Adds the sign-in page. */
export function addSignInPage(router: Router, deps: PageDeps): void {
  addRoute(router, '/auth/sign-in', { get: [getSignIn(deps)] });
}

function getSignIn(deps: PageDeps): RequestHandler {
  return (req, res) => {
    const query = parseInput(signInQuery, req.query);
    forgetSearch(res);
    const model = signInPage({
      choices: deps.doors.choices,
      returnTo: ownPage(query.return),
      message: messageOf(query),
    });
    sendPage(deps, res, 'sign-in', { frame: frameOf(deps, { aiLocked: [] }, { title: 'Sign in' }), model });
  };
}

function messageOf(query: {
  readonly 'signed-out'?: string | undefined;
  readonly 'session-ended'?: string | undefined;
}): SignInMessage | undefined {
  if (query['signed-out'] !== undefined) return 'signed-out';
  return query['session-ended'] === undefined ? undefined : 'session-ended';
}
