import type { RequestHandler, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { addRoute, strictRouter } from './add-route.ts';
import { addBreakGlass } from './break-glass-routes.ts';
import { addCaseLogPage } from './case-log-page-route.ts';
import { addCardPage } from './card-routes.ts';
import { addCasePages } from './case-pages.ts';
import { addCoSignPages } from './co-sign-pages.ts';
import { addDuePages } from './due-routes.ts';
import { addExplanationPage } from './explanation-routes.ts';
import { addGuidelinePages } from './guideline-pages.ts';
import { addLogBookPages } from './log-book-routes.ts';
import { addModelPages } from './model-pages.ts';
import type { PageDeps } from './page-context.ts';
import { addPendingPages } from './pending-pages.ts';
import { addProfilePages } from './profile-pages.ts';
import { addApprovalPages } from './register-approval-pages.ts';
import { addEvidencePages } from './register-evidence-pages.ts';
import { addPeoplePages } from './register-people-pages.ts';
import { addStandingPages } from './register-standing-pages.ts';
import { addResultPages } from './result-pages.ts';
import { assetParams } from './page-schemas.ts';
import { parseInput } from './parse-input.ts';
import { addSayPages } from './say-pages.ts';
import { addSessionPages } from './session-page-routes.ts';
import { addSignInPage } from './sign-in-page-route.ts';
import { addSignOffPages } from './sign-off-pages.ts';
import { addStudyPages } from './study-pages.ts';

const ONE_YEAR_SECONDS = 31_536_000;

/** Every page, and what pages load. All of them work without a script. */
export function createPagesRoutes(deps: PageDeps): Router {
  const router = strictRouter();
  addRoute(router, '/', { get: [goToStudies()] });
  addSignInPage(router, deps);
  addBreakGlass(router, deps);
  addSessionPages(router, deps);
  addStudyPages(router, deps);
  addCasePages(router, deps);
  addSayPages(router, deps);
  addCoSignPages(router, deps);
  addExplanationPage(router, deps);
  addCaseLogPage(router, deps);
  addDuePages(router, deps);
  addCardPage(router, deps);
  addLogBookPages(router, deps);
  addSignOffPages(router, deps);
  addPeoplePages(router, deps);
  addPendingPages(router, deps);
  addProfilePages(router, deps);
  addEvidencePages(router, deps);
  addStandingPages(router, deps);
  addApprovalPages(router, deps);
  addModelPages(router, deps);
  addGuidelinePages(router, deps);
  addResultPages(router, deps);
  addRoute(router, '/assets/:digest/:name', { get: [getAsset(deps)] });
  return router;
}

/** The list of studies sends on to sign-in whoever is not signed in. */
function goToStudies(): RequestHandler {
  return (_req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    res.redirect(303, '/me/studies');
  };
}

/** Another content has another address, so browsers may keep these for ever (RFC 8246). */
function getAsset({ pages }: PageDeps): RequestHandler {
  return (req, res) => {
    const { digest, name } = parseInput(assetParams, req.params);
    const asset = pages.asset(digest, name);
    if (asset === undefined) throw new GatewayError('not-found', { detail: 'There is no such file.' });
    res.setHeader('Cache-Control', `public, max-age=${ONE_YEAR_SECONDS}, immutable`);
    res.setHeader('Content-Type', asset.type);
    res.end(asset.bytes);
  };
}
