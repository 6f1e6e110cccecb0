import type { Request, Response, Router } from 'express';
import { digestOfText } from '../domain/byte-digest.ts';
import type { CaseView } from '../domain/case-view.ts';
import { GatewayError } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import { casePage } from '../ui/case-page.ts';
import { casesPage } from '../ui/cases-page.ts';
import { dispositionText, functionText } from '../ui/plain-words.ts';
import { addRoute } from './add-route.ts';
import { caseParams } from './api-schemas.ts';
import { caseReasons } from './case-reasons.ts';
import { frameOf, openPage, sendPage, stepUpOf, type PageContext, type PageDeps } from './page-context.ts';
import { dispositionForm, myCasesQuery } from './page-schemas.ts';
import { parseInput } from './parse-input.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { readForm } from './read-body.ts';

type Handler = (req: Request, res: Response) => Promise<void>;
/** What a case page shows beside the case itself. */
type Extras = Pick<
  Parameters<typeof casePage>[0],
  'drafts' | 'choices' | 'typedReason' | 'typedCode' | 'refused'
>;

const CASES_PER_PAGE = 25;

/** Adds my cases, one case, and the form by which a person says what they did with it. */
export function addCasePages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/cases', { get: [getCases(deps)] });
  addRoute(router, '/me/cases/:id', { get: [getCase(deps)] });
  addRoute(router, '/me/cases/:id/disposition', { post: [...readForm(), postDisposition(deps)] });
}

/** Sends the page of a case. */
export function sendCasePage(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  content: { readonly view: CaseView; readonly extras?: Extras },
): void {
  const { view, extras = {} } = content;
  const shown = { ...extras, ...atHandOf(view, extras.drafts, context), stepUp: stepUpOf(deps, context) };
  const model = casePage({ view, timeZone: deps.timeZone, reasons: caseReasons(view), ...shown });
  const title = `${functionText(view.function)}: ${view.model} ${view.version}`;
  res.setHeader('Case-Id', view.caseId);
  sendPage(deps, res, 'case', { frame: frameOf(deps, context, { title, section: 'cases' }), model });
}

/** The draft of this answer, where it is the one text that the case knows: whoever pastes the final text need not paste it, too. */
function atHandOf(
  { textDigest }: CaseView,
  [draft, ...others]: readonly string[] = [],
  { requestId }: PageContext,
): Pick<Parameters<typeof casePage>[0], 'atHand'> {
  if (draft === undefined || others.length > 0 || digestOfText(draft) !== textDigest) return {};
  return { atHand: { draft, once: requestId } };
}

/** A case of this person. Throws GatewayError('not-found') when there is none of that name that is theirs. */
export async function readCase(deps: PageDeps, context: PageContext, caseId: CaseId): Promise<CaseView> {
  const { evidence, signal } = context;
  const view = await deps.flows.readMyCase({ evidence, caseId }, signal);
  if (view !== undefined) return view;
  throw new GatewayError('not-found', { detail: 'You have no case of that name.' });
}

function getCases(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { cursor } = parseInput(myCasesQuery, req.query);
    const { evidence, signal } = context;
    const page = await deps.flows.listCases({ evidence, beforeSeq: cursor, limit: CASES_PER_PAGE }, signal);
    const { timeZone } = deps;
    const model = casesPage({ cases: page.cases, next: page.next, isFirst: cursor === undefined, timeZone });
    sendPage(deps, res, 'cases', {
      frame: frameOf(deps, context, { title: 'My cases', section: 'cases' }),
      model,
    });
  };
}

function getCase(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { id } = parseInput(caseParams, req.params);
    const view = await readCase(deps, context, id);
    sendCasePage(deps, res, context, { view, extras: { choices: await choicesFor(deps, context) } });
  };
}

function postDisposition(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { id } = parseInput(caseParams, req.params);
    const { disposition, reason, reasonCode, disclosed: told } = parseInput(dispositionForm, req.body);
    const { evidence, requestId, signal } = context;
    const disclosed = told === undefined ? undefined : true;
    const input = { evidence, requestId, caseId: id, disposition, reason, reasonCode, disclosed };
    try {
      await deps.flows.recordDisposition(input, signal);
      res.redirect(303, `/me/cases/${id}`);
    } catch (error: unknown) {
      if (!isRefusal(error)) throw error;
      const view = await readCase(deps, context, id);
      setProblemHeaders(res.status(PROBLEMS[error.code].status), error);
      const { detail, reasons } = error;
      const refused = { text: dispositionText(disposition), detail, reasons };
      const typed = {
        typedReason: reason ?? '',
        ...(reasonCode === undefined ? {} : { typedCode: reasonCode }),
      };
      const choices = await choicesFor(deps, context);
      sendCasePage(deps, res, context, { view, extras: { choices, ...typed, refused } });
    }
  };
}

const TOLD_HERE: readonly GatewayError['code'][] = ['not-permitted', 'conflict', 'bad-request'];

/** What the person is told on the case's own page; anything else is for the error page. */
export function isRefusal(error: unknown): error is GatewayError {
  return error instanceof GatewayError && TOLD_HERE.includes(error.code);
}

/** The coded reasons that the buttons of a case can be given. */
export async function choicesFor(
  { flows }: PageDeps,
  { evidence, signal }: PageContext,
): Promise<NonNullable<Extras['choices']>> {
  return await flows.listDispositionReasons({ evidence }, signal);
}
