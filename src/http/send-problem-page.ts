import type { Request, Response } from 'express';
import type { GatewayError, ProblemCode } from '../domain/errors.ts';
import type { ProblemPage, WayOut } from '../ui/problem-page.ts';
import { signInPage } from '../ui/sign-in-page.ts';
import type { SendProblemPage } from './error-handler.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { frameOf, knownViewer, sendPage, type PageDeps } from './page-context.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { noteProblem, requestIdOf } from './request-context.ts';
import { ownPage } from './sign-in-page-route.ts';

/** What to do next, where the sentence does not say it. */
const REMEDIES: Readonly<Partial<Record<ProblemCode, string>>> = {
  'not-found': 'Check the address, or start from the list of studies.',
  'ai-locked': 'Images can still be read. Try again later; tell IT if it lasts.',
  'register-unavailable': 'Images can still be read. Try again later; tell IT if it lasts.',
  'case-log-unavailable': 'No AI result was shown. Images can still be read. Tell IT now.',
  'upstream-unreachable': 'Try again in a minute; tell IT if it lasts.',
  'upstream-timeout': 'Try again in a minute; tell IT if it lasts.',
  'upstream-bad-answer': 'Try again in a minute; tell IT if it lasts.',
  'model-failed': 'Report without it, or try again; tell IT if it lasts.',
  'attestation-mismatch': 'Report without it, and tell IT: the endpoint runs another version than it should.',
  'same-origin-required': 'Open the page again and repeat what you did.',
  overloaded: 'Try again in a minute.',
};

/**
 * Answers errors at the doors that people open themselves: whoever is not signed in goes to sign in and comes back,
 * a refused sign-in is told where it can be begun again, everything else gets a page with every reason and a way out.
 */
export function problemPages(deps: PageDeps): SendProblemPage {
  return (req, res, error) => {
    if (error.code === 'not-identified') {
      noteProblem(res, error);
      res.setHeader('Cache-Control', 'no-store');
      res.redirect(303, signInHref(req));
      return;
    }
    setProblemHeaders(res, error);
    res.status(PROBLEMS[error.code].status);
    if (error.code === 'sign-in-failed') sendRefusedSignIn(deps, res, error);
    else sendProblemPage(deps, req, res, error);
  };
}

function sendRefusedSignIn(deps: PageDeps, res: Response, error: GatewayError): void {
  const refused = { text: error.detail, requestId: requestIdOf(res) };
  const model = signInPage({ choices: deps.doors.choices, returnTo: undefined, refused });
  sendPage(deps, res, 'sign-in', { frame: frameOf(deps, { aiLocked: [] }, { title: 'Sign in' }), model });
}

function sendProblemPage(deps: PageDeps, req: Request, res: Response, error: GatewayError): void {
  const title = titleOf(req, error);
  const remedy = REMEDIES[error.code];
  const model: ProblemPage = {
    title,
    detail: error.detail,
    reasons: error.reasons,
    ...(remedy === undefined ? {} : { remedy }),
    ways: waysOut(req, error),
    requestId: requestIdOf(res),
  };
  const frame = frameOf(deps, { ...knownViewer(res), aiLocked: [] }, { title });
  sendPage(deps, res, 'problem', { frame, model });
}

/** A refused run is told as what it is. */
function titleOf(req: Request, error: GatewayError): string {
  return error.reasons.length > 0 && req.path.endsWith('/run')
    ? 'AI did not run'
    : PROBLEMS[error.code].title;
}

/** Links to the case on record and to where the person came from. */
function waysOut(req: Request, error: GatewayError): readonly WayOut[] {
  const study = /^\/me\/studies\/[0-9.]+/.exec(req.path)?.[0];
  return [
    ...(study === undefined || error.code === 'not-found'
      ? []
      : [{ text: 'Back to the study', href: study }]),
    ...(error.caseId === undefined
      ? []
      : [{ text: 'See the case on record', href: `/me/cases/${error.caseId}` }]),
    { text: 'Go to studies', href: '/me/studies' },
  ];
}

/** The sign-in page, with the way back; a form that was being sent leads back to the page it stood on. */
function signInHref(req: Request): string {
  const query = new URLSearchParams();
  if (liftLoginEvidence(req).sessionToken !== undefined) query.set('session-ended', '1');
  const page = req.method === 'GET' ? req.originalUrl : req.path.slice(0, req.path.lastIndexOf('/'));
  const back = ownPage(page);
  if (back !== undefined) query.set('return', back);
  const text = query.toString();
  return text === '' ? '/auth/sign-in' : `/auth/sign-in?${text}`;
}
