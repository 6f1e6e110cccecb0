import type { Request, Response, Router } from 'express';
import { answersTo } from '../domain/answerable-case.ts';
import { BadRequest, type GatewayError } from '../domain/errors.ts';
import type { FormState } from '../ui/form-page.ts';
import { dispositionText } from '../ui/plain-words.ts';
import { sayFields, sayPage, type SayMatter } from '../ui/say-page.ts';
import { stepUpWay } from '../ui/step-up-way.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import { choicesFor, isRefusal, readCase } from './case-pages.ts';
import { frameOf, openPage, sendPage, stepUpOf, type PageContext, type PageDeps } from './page-context.ts';
import { sayForm, sayParams } from './page-schemas.ts';
import { parseInput } from './parse-input.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { readTextForm } from './read-body.ts';

type Handler = (req: Request, res: Response) => Promise<void>;
type Said = Omit<SayMatter, 'once'> & { readonly code: string | undefined };

const ROOT = '/me/cases/:id/say/:disposition';

/**
 * Adds the links that a viewer's panel or a message can carry: each names one case and one disposition, with its reason, and nothing else.
 * Opening one writes nothing (whoever looks ahead at links records nothing); its page has one button, which does.
 */
export function addSayPages(router: Router, deps: PageDeps): void {
  for (const path of [ROOT, `${ROOT}/:code`]) {
    // Before the path that ends in a reason: `send` is none.
    addRoute(router, `${path}/send`, { post: [...readTextForm(), postSay(deps)] });
    addRoute(router, path, { get: [getSay(deps)] });
  }
}

function getSay(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const said = await readSaid(deps, context, req);
    if (isSettled(said)) res.redirect(303, `/me/cases/${said.view.caseId}`);
    else sendSay(deps, res, context, { said, state: { typed: undefined, faults: [] } });
  };
}

/** What the link asks for. A reason that does not belong to it is told at once, not after the button. */
async function readSaid(deps: PageDeps, context: PageContext, req: Request): Promise<Said> {
  const { id, disposition, code } = parseInput(sayParams, req.params);
  const view = await readCase(deps, context, id);
  if (code === undefined) return { view, disposition, code };
  const choices = await choicesFor(deps, context);
  const reasons = choices.find((one) => one.disposition === disposition)?.reasons ?? [];
  const reason = reasons.find((one) => one.code === code)?.title;
  if (reason === undefined) throw new BadRequest(`“${code}” is no reason for ${disposition}.`);
  return { view, disposition, code, reason };
}

/** The same is on record, or cannot be said of what was shown: the case itself says so. */
function isSettled({ view, disposition, code }: Said): boolean {
  const isSaid = view.disposition === disposition && view.dispositionCode === code;
  return isSaid || !answersTo(view).includes(disposition);
}

function postSay(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { id: caseId, disposition, code: reasonCode } = parseInput(sayParams, req.params);
    const { once, reason, draft, final } = parseInput(sayForm, req.body);
    const { evidence, requestId, signal } = context;
    const said = { caseId, disposition, reasonCode, reason, once, disclosed: undefined };
    try {
      const texts = bothOf(draft, final);
      await deps.flows.recordDisposition({ evidence, requestId, ...said, texts }, signal);
      res.redirect(303, `/me/cases/${caseId}`);
    } catch (error: unknown) {
      if (!isRefusal(error)) throw error;
      setProblemHeaders(res.status(PROBLEMS[error.code].status), error);
      const refused = refusalOf(deps, context, error, dispositionText(disposition));
      const typed = { reason: [reason ?? ''], draft: [draft ?? ''], final: [final ?? ''] };
      const state = { typed, faults: [], refused };
      sendSay(deps, res, context, { said: await readSaid(deps, context, req), state });
    }
  };
}

/** Of one text alone nothing can be said. Throws BadRequest. */
function bothOf(
  draft: string | undefined,
  final: string | undefined,
): Parameters<PageDeps['flows']['recordDisposition']>[0]['texts'] {
  if (draft !== undefined && final !== undefined) return { draft, final };
  if (draft === undefined && final === undefined) return undefined;
  throw new BadRequest('Paste both texts, or neither.');
}

function refusalOf(
  deps: PageDeps,
  context: PageContext,
  { detail, reasons }: GatewayError,
  text: string,
): NonNullable<FormState['refused']> {
  const confirm = stepUpWay(reasons, stepUpOf(deps, context));
  const title = `“${text}” was not recorded`;
  return { title, detail, reasons, ...(confirm === undefined ? {} : { confirm }) };
}

function sendSay(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  { said, state }: { readonly said: Said; readonly state: FormState },
): void {
  const { timeZone } = deps;
  const here = context.here ?? '';
  const shown = { here, timeZone, state, fields: sayFields(said), blocked: {}, second: [] };
  const title = `${dispositionText(said.disposition)}: put this on record?`;
  const model = sayPage({ ...said, once: context.requestId }, shown);
  res.setHeader('Case-Id', said.view.caseId);
  sendPage(deps, res, 'form', { frame: frameOf(deps, context, { title, section: 'cases' }), model });
}
