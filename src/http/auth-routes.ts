import type { RequestHandler, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import { whoCallsAnswer } from './api-answers.ts';
import type { AppDeps } from './app-deps.ts';
import { leaveByPage } from './leave-by-page.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { readForm, readOptionalForm, readSignInForm } from './read-body.ts';
import { handleTokenErrors } from './token-problem.ts';

type Deps = Pick<AppDeps, 'flows' | 'doors' | 'limits' | 'pages' | 'simulator' | 'publicUrl'>;

/**
 * `/auth/**` but for the pages: the identity room's doors, and who is signed in. A way to sign in that is not set up has its
 * addresses all the same, and says so. Nothing here may be kept by a browser or a proxy unless its door says otherwise.
 */
export function createAuthRoutes(deps: Deps): Router {
  const router = strictRouter();
  router.use('/auth', keepNothing());
  addSamlRoutes(router, deps);
  addOidcRoutes(router, deps);
  addCardRoute(router, deps);
  addSessionRoutes(router, deps);
  addTokenRoutes(router, deps);
  addRoute(router, '/auth/whoami', { get: [getWhoCalls(deps)] });
  return router;
}

function addSamlRoutes(router: Router, { doors: { saml }, limits }: Deps): void {
  const slo = saml.slo ?? notSetUp('Signing out by SAML is not set up here.');
  const form = readSignInForm(limits.maxBodyBytes);
  addRoute(router, '/auth/saml/:idp/login', { get: [saml.login] });
  addRoute(router, '/auth/saml/:idp/acs', { post: [...form, saml.acs] });
  addRoute(router, '/auth/saml/:idp/metadata', { get: [saml.metadata] });
  addRoute(router, '/auth/saml/:idp/slo', { get: [slo], post: [...form, slo] });
  addRoute(router, '/auth/saml/:idp/sign-out', { get: [saml.signOut ?? slo] });
}

function addOidcRoutes(router: Router, { doors: { oidc }, limits }: Deps): void {
  const absent = notSetUp('No OpenID Connect provider is set up here.');
  const { login = absent, callback = absent, backchannelLogout = absent } = oidc ?? {};
  const form = readSignInForm(limits.maxBodyBytes);
  addRoute(router, '/auth/oidc/:idp/login', { get: [login] });
  addRoute(router, '/auth/oidc/:idp/callback', { get: [callback] });
  addRoute(router, '/auth/oidc/:idp/backchannel-logout', { post: [...form, backchannelLogout] });
}

function addCardRoute(router: Router, { doors: { card } }: Deps): void {
  const absent = notSetUp('Signing in with a smart card’s certificate is not set up here.');
  addRoute(router, '/auth/card', { get: [card?.enter ?? absent] });
}

/**
 * Going out and stepping away are not counted: they only take away, and must work when a ward has used up its attempts, or they
 * cannot be counted. Nor is asking who is signed in: viewers ask often, and what a node knows it says without the counter.
 */
function addSessionRoutes(router: Router, deps: Deps): void {
  const { session, countAttempt } = deps.doors;
  const counted = countAttempt === undefined ? [] : [countAttempt];
  const absent = notSetUp('This gateway does not offer that.');
  addRoute(router, '/auth/logout', { post: [leaveByPage(deps, session.logout)] });
  addRoute(router, '/auth/logout-everywhere', {
    post: [leaveByPage(deps, session.logoutEverywhere ?? absent)],
  });
  addRoute(router, '/auth/lock', { post: [...readOptionalForm(), session.lock ?? absent] });
  addRoute(router, '/auth/step-up', { get: [...counted, session.stepUp ?? absent] });
}

function addTokenRoutes(router: Router, { doors: { tokens }, limits }: Deps): void {
  const noTokens = notSetUp('Tokens for programs are not set up here.');
  // An assertion is as large here as at the door for browsers.
  const assertion = readSignInForm(limits.maxBodyBytes);
  addRoute(router, '/auth/token', { post: [...assertion, tokens?.issue ?? noTokens] });
  addRoute(router, '/auth/revoke', { post: [...readForm(), tokens?.revoke ?? noTokens] });
  router.use(['/auth/token', '/auth/revoke'], handleTokenErrors());
}

function keepNothing(): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  };
}

function notSetUp(detail: string): RequestHandler {
  return (_req, _res, next) => {
    next(new GatewayError('not-found', { detail }));
  };
}

function getWhoCalls({ flows }: Deps): RequestHandler {
  return async (req, res) => {
    const who = await flows.whoCalls({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res));
    res.json(whoCallsAnswer(who));
  };
}
