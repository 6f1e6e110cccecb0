import type { RequestHandler, Router } from 'express';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import { whoAmIAnswer } from './api-answers.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { readSignInForm } from './read-body.ts';

type Deps = Pick<AppDeps, 'flows' | 'doors' | 'limits'>;

/** `/auth/**` but for the sign-in page: the identity room's doors, and who is signed in. */
export function createAuthRoutes(deps: Deps): Router {
  const { doors, limits } = deps;
  const router = strictRouter();
  addRoute(router, '/auth/saml/:idp/login', { get: [doors.saml.login] });
  addRoute(router, '/auth/saml/:idp/acs', { post: [...readSignInForm(limits.maxBodyBytes), doors.saml.acs] });
  addRoute(router, '/auth/saml/:idp/metadata', { get: [doors.saml.metadata] });
  addRoute(router, '/auth/logout', { post: [doors.session.logout] });
  addRoute(router, '/auth/whoami', { get: [getWhoAmI(deps)] });
  return router;
}

function getWhoAmI({ flows }: Deps): RequestHandler {
  return async (req, res) => {
    const who = await flows.whoAmI({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res));
    res.setHeader('Cache-Control', 'no-store');
    res.json(whoAmIAnswer(who));
  };
}
