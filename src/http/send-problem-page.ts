import type { Request, Response } from 'express';
import { SessionLocked, type GatewayError, type ProblemCode } from '../domain/errors.ts';
import type { ProblemPage, WayOut } from '../ui/problem-page.ts';
import { stepUpWay } from '../ui/step-up-way.ts';
import { BREAK_GLASS_PATH, sendBreakGlass } from './break-glass-routes.ts';
import type { SendProblemPage } from './error-handler.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { ownPage, pageOf } from './own-page.ts';
import { frameOf, knownViewer, sendPage, stepUpOf, type PageDeps } from './page-context.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { noteProblem, requestIdOf } from './request-context.ts';
import { breakGlassQuery } from './page-schemas.ts';
import { sendSignIn } from './sign-in-page-route.ts';

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
  'case-closed': 'Report without it, or try again; tell IT if it lasts.',
  'same-origin-required': 'Open the page again and repeat what you did.',
  'too-many-attempts': 'If it was not you, or it happens again, tell IT.',
  'sessions-unavailable':
    'Images stay open where they are open already. AI is locked until sessions can be checked again.',
  'scope-missing':
    'Make a new code for the program, on the page “Your session”, and choose what it is to be good for.',
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
      res.redirect(303, signInHref(req, error));
      return;
    }
    setProblemHeaders(res, error);
    res.status(PROBLEMS[error.code].status);
    if (error.code === 'sign-in-failed') sendRefusedSignIn(deps, req, res, error);
    else sendProblemPage(deps, req, res, error);
  };
}

/** Where it was tried, so that it can be tried again; the way back stays as it was where this request says it. */
function sendRefusedSignIn(deps: PageDeps, req: Request, res: Response, error: GatewayError): void {
  const refused = { text: error.detail, requestId: requestIdOf(res) };
  if (req.path === BREAK_GLASS_PATH) {
    sendBreakGlass(deps, req, res, refused);
    return;
  }
  const query = breakGlassQuery.safeParse(req.query);
  const returnTo = ownPage(query.success ? query.data.return : undefined);
  sendSignIn(deps, res, { returnTo, refused });
}

function sendProblemPage(deps: PageDeps, req: Request, res: Response, error: GatewayError): void {
  const title = titleOf(req, error);
  const remedy = REMEDIES[error.code];
  const confirm = stepUpWay(error.reasons, stepUpOf(deps, comingFrom(req, res)));
  const model: ProblemPage = {
    title,
    detail: error.detail,
    reasons: error.reasons,
    ...(remedy === undefined ? {} : { remedy }),
    ...(confirm === undefined ? {} : { confirm }),
    ways: waysOut(req, error),
    requestId: requestIdOf(res),
  };
  const frame = frameOf(deps, { ...comingFrom(req, res), aiLocked: [] }, { title });
  sendPage(deps, res, 'problem', { frame, model });
}

/** A refused run is told as what it is. */
function titleOf(req: Request, error: GatewayError): string {
  return error.reasons.length > 0 && req.path.endsWith('/run')
    ? 'AI did not run'
    : PROBLEMS[error.code].title;
}

/** Links to the case on record, and to where the person came from. */
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

function comingFrom(
  req: Request,
  res: Response,
): ReturnType<typeof knownViewer> & { readonly here?: string } {
  const here = pageOf(req);
  return { ...knownViewer(res), ...(here === undefined ? {} : { here }) };
}

/** The sign-in page, with the way back; a form that was being sent leads back to the page it stood on. */
function signInHref(req: Request, error: GatewayError): string {
  const query = new URLSearchParams();
  if (error instanceof SessionLocked) query.set('locked', '1');
  else if (liftLoginEvidence(req).sessionToken !== undefined) query.set('session-ended', '1');
  const back = pageOf(req);
  if (back !== undefined) query.set('return', back);
  const text = query.toString();
  return text === '' ? '/auth/sign-in' : `/auth/sign-in?${text}`;
}
