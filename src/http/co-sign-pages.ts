import type { Request, Response, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import {
  CO_SIGN_FIELDS,
  coSignedPage,
  coSignForm as formModel,
  coSignPage,
  REFUSE_FIELDS,
  refuseForm,
} from '../ui/co-sign-page.ts';
import { labelsOf, type FormPage, type FormState, type ShownForm } from '../ui/form-page.ts';
import { functionText } from '../ui/plain-words.ts';
import { stepUpWay } from '../ui/step-up-way.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import { isRefusal } from './case-pages.ts';
import { coSignForm, coSignParams } from './co-sign-schemas.ts';
import { formFaults, typedLists } from './form-faults.ts';
import { frameOf, openPage, sendPage, stepUpOf, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { readForm } from './read-body.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const NOT_SENT: FormState = { typed: undefined, faults: [] };

/**
 * Adds the pages of those who co-sign: what waits, and each sealed result with the form that answers it; and that of the
 * signed result. */
export function addCoSignPages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/co-sign', { get: [getWaiting(deps)] });
  addRoute(router, '/me/cases/:id/result', { get: [getResult(deps)] });
  addRoute(router, '/me/co-sign/:id', { get: [getSealed(deps)] });
  addRoute(router, '/me/co-sign/:id/send', { post: [...readForm(), postAnswer(deps)] });
}

function getWaiting(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const { evidence, signal } = context;
    const waiting = await deps.flows.listForCoSignature({ evidence }, signal);
    const frame = frameOf(deps, context, { title: 'To co-sign', section: 'cases' });
    sendPage(deps, res, 'co-sign', { frame, model: coSignPage(waiting, deps.timeZone) });
  };
}

/** For whoever asked for it. */
function getResult(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const { id: caseId } = parseInput(coSignParams, req.params);
    const { evidence, requestId, signal } = context;
    const result = await deps.flows.readCoSignedResult({ evidence, requestId, caseId }, signal);
    const title = `${functionText(result.function)}: ${result.model} ${result.version}`;
    res.setHeader('Case-Id', caseId);
    const frame = frameOf(deps, context, { title, section: 'cases' });
    sendPage(deps, res, 'co-signed', { frame, model: coSignedPage(result, deps.timeZone) });
  };
}

function getSealed(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const { id } = parseInput(coSignParams, req.params);
    await sendSealed(deps, res, context, { caseId: id, state: NOT_SENT });
  };
}

/** Each time it is shown that stands in the case log, so also when a form comes back. */
async function sendSealed(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  { caseId, state }: { readonly caseId: CaseId; readonly state: FormState },
): Promise<void> {
  const shown = { here: `/me/co-sign/${caseId}`, timeZone: deps.timeZone, state, blocked: {}, second: [] };
  const { title, model } = await readSealed(deps, context, caseId, shown);
  res.setHeader('Case-Id', caseId);
  sendPage(deps, res, 'form', { frame: frameOf(deps, context, { title, section: 'cases' }), model });
}

/** Why a result is not seen that can be refused all the same. */
const UNSEEN: readonly GatewayError['code'][] = [
  'not-permitted',
  'not-found',
  'upstream-unreachable',
  'upstream-timeout',
  'upstream-bad-answer',
];

/** The result with the form that answers it; of one that cannot be shown and is theirs to refuse, the form that refuses it. */
async function readSealed(
  { flows }: PageDeps,
  { evidence, requestId, signal }: PageContext,
  caseId: CaseId,
  shown: Omit<ShownForm, 'fields'>,
): Promise<{ readonly title: string; readonly model: FormPage }> {
  try {
    const seen = await flows.readForCoSignature({ evidence, requestId, caseId }, signal);
    return { title: 'Co-sign this AI result?', model: formModel(seen, { ...shown, fields: CO_SIGN_FIELDS }) };
  } catch (error: unknown) {
    if (!(error instanceof GatewayError) || !UNSEEN.includes(error.code)) throw error;
    const waiting = await flows.listForCoSignature({ evidence }, signal);
    const theirs = waiting.find((one) => one.caseId === caseId);
    if (theirs === undefined) throw error;
    const model = refuseForm(theirs, error.detail, { ...shown, fields: REFUSE_FIELDS });
    return { title: 'Refuse this AI result?', model };
  }
}

function postAnswer(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { id: caseId } = parseInput(coSignParams, req.params);
    const typed = typedLists(
      req.body,
      CO_SIGN_FIELDS.map(({ name }) => name),
    );
    const form = coSignForm.safeParse(req.body);
    if (!form.success) {
      const state = { typed, faults: formFaults(form.error, labelsOf(CO_SIGN_FIELDS)) };
      await sendSealed(deps, res.status(400), context, { caseId, state });
      return;
    }
    const { evidence, requestId, signal } = context;
    const { answer, digest, reason } = form.data;
    try {
      const input = { evidence, requestId, caseId, answer, digest, words: reason };
      await deps.flows.answerForCoSignature(input, signal);
      res.redirect(303, '/me/co-sign');
    } catch (error: unknown) {
      // Of what was answered meanwhile there is nothing left to show.
      if (!isRefusal(error) || error.code === 'conflict') throw error;
      setProblemHeaders(res.status(PROBLEMS[error.code].status), error);
      const confirm = stepUpWay(error.reasons, stepUpOf(deps, context));
      const refused = {
        title: 'Your answer was not recorded',
        detail: error.detail,
        reasons: error.reasons,
        ...(confirm === undefined ? {} : { confirm }),
      };
      await sendSealed(deps, res, context, { caseId, state: { typed, faults: [], refused } });
    }
  };
}
