import type { RequestHandler, Response, Router } from 'express';
import type { z } from 'zod';
import { signInPage, type SignInMessage, type SignInPage } from '../ui/sign-in-page.ts';
import { addRoute } from './add-route.ts';
import { ownPage } from './own-page.ts';
import { frameOf, sendPage, type PageDeps } from './page-context.ts';
import { signInQuery } from './page-schemas.ts';
import { parseInput } from './parse-input.ts';
import { forgetSearches } from './search-cookie.ts';

/** Adds the sign-in page. */
export function addSignInPage(router: Router, deps: PageDeps): void {
  addRoute(router, '/auth/sign-in', { get: [getSignIn(deps)] });
}

/** Sends the sign-in page; after a refusal with its sentence. */
export function sendSignIn(
  deps: PageDeps,
  res: Response,
  content: {
    readonly returnTo: string | undefined;
    readonly message?: SignInMessage | undefined;
    readonly refused?: NonNullable<SignInPage['refused']>;
  },
): void {
  const { choices, breakGlass } = deps.doors;
  const model = signInPage({ choices, isEmergencyOpen: breakGlass?.isOpen() === true, ...content });
  sendPage(deps, res, 'sign-in', { frame: frameOf(deps, { aiLocked: [] }, { title: 'Sign in' }), model });
}

function getSignIn(deps: PageDeps): RequestHandler {
  return (req, res) => {
    const query = parseInput(signInQuery, req.query);
    forgetSearches(res);
    sendSignIn(deps, res, { returnTo: ownPage(query.return), message: messageOf(query) });
  };
}

function messageOf(query: z.output<typeof signInQuery>): SignInMessage | undefined {
  if (query.locked !== undefined) return 'locked';
  if (query['signed-out'] !== undefined) {
    return query['signed-out'] === 'partial' ? 'signed-out-partial' : 'signed-out';
  }
  return query['session-ended'] === undefined ? undefined : 'session-ended';
}
