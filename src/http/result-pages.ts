import type { Request, Response, Router } from 'express';
import type { GatewayError } from '../domain/errors.ts';
import type { ResultObject } from '../domain/result-verdict.ts';
import type { ReadClassification } from '../flows/read-classification.ts';
import { labelsOf, type FormState, type ShownForm } from '../ui/form-page.ts';
import {
  classificationFields,
  classificationPage,
  resultHref,
  resultsPage,
  type ClassifiedObject,
} from '../ui/results-page.ts';
import { stepUpWay } from '../ui/step-up-way.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import { formFaults, typedLists } from './form-faults.ts';
import { isToldOnTheForm } from './form-refusal.ts';
import { frameOf, openPage, sendPage, stepUpOf, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { readForm } from './read-body.ts';
import {
  choiceValue,
  classificationForm,
  cursorText,
  probablePageQuery,
  resultParams,
} from './result-schemas.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const ROWS_PER_PAGE = 50;
const ONE = '/me/results/:study/:series/:sop';
const UNTOUCHED: FormState = { typed: undefined, faults: [] };

/** Adds the list of stored objects that nobody has named, and the form by which a Responsible Clinician for AI says what made one. */
export function addResultPages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/results', { get: [getResults(deps)] });
  addRoute(router, ONE, { get: [getForm(deps)] });
  addRoute(router, `${ONE}/send`, { post: [...readForm(), postForm(deps)] });
}

function getResults(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { cursor } = parseInput(probablePageQuery, req.query);
    const { evidence, signal } = context;
    const input = { evidence, after: cursor, limit: ROWS_PER_PAGE };
    const { results, next } = await deps.flows.listProbableResults(input, signal);
    const model = resultsPage({
      results,
      next: next === undefined ? undefined : cursorText(next),
      isFirst: cursor === undefined,
      timeZone: deps.timeZone,
    });
    const frame = frameOf(deps, context, { title: 'Stored results without a name', section: 'register' });
    sendPage(deps, res, 'results', { frame, model });
  };
}

function getForm(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    await sendForm(deps, res, context, { object: objectOf(req), state: UNTOUCHED });
  };
}

function postForm(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const object = objectOf(req);
    const form = classificationForm.safeParse(req.body);
    const typed = typedLists(req.body, ['said', 'reason']);
    if (!form.success) {
      const labels = labelsOf(classificationFields(asked(emptyOf(object))));
      const faults = formFaults(form.error, labels);
      await sendForm(deps, res.status(400), context, { object, state: { typed, faults } });
      return;
    }
    const { said, reason, etag = '' } = form.data;
    const { evidence, requestId, signal } = context;
    try {
      const input = { evidence, requestId, object, said, reason, ifMatch: etag };
      await deps.flows.classifyResult(input, signal);
      res.redirect(303, resultHref(object));
    } catch (error: unknown) {
      if (!isToldOnTheForm(error)) throw error;
      setProblemHeaders(res.status(PROBLEMS[error.code].status), error);
      const refused = refusedBy(deps, context, error);
      await sendForm(deps, res, context, { object, state: { typed, faults: [], refused } });
    }
  };
}

function refusedBy(
  deps: PageDeps,
  context: PageContext,
  error: GatewayError,
): NonNullable<FormState['refused']> {
  const { code, detail, reasons } = error;
  const confirm = stepUpWay(reasons, stepUpOf(deps, context));
  const title = PROBLEMS[code].title;
  return { title, detail, reasons, ...(confirm === undefined ? {} : { confirm }) };
}

async function sendForm(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  { object, state }: { readonly object: ResultObject; readonly state: FormState },
): Promise<void> {
  const { evidence, signal } = context;
  const read = await deps.flows.readClassification({ evidence, object }, signal);
  const confirm = stepUpWay(read.reasons, stepUpOf(deps, context));
  const blocked = { reasons: read.reasons, ...(confirm === undefined ? {} : { confirm }) };
  const shown: ShownForm = {
    here: resultHref(object),
    timeZone: deps.timeZone,
    state,
    fields: classificationFields(asked(read)),
    blocked: read.reasons.length === 0 ? {} : { blocked },
    second: [],
  };
  const frame = frameOf(deps, context, { title: 'What made this object', section: 'register' });
  sendPage(deps, res, 'form', { frame, model: classificationPage(asked(read), shown) });
}

function objectOf(req: Request): ResultObject {
  const { study, series, sop } = parseInput(resultParams, req.params);
  return { study, series, sopInstanceUid: sop };
}

function emptyOf(object: ResultObject): ReadClassification {
  return { object, history: [], reasons: [], versions: [], names: {} };
}

function asked({ object, history, versions, names }: ReadClassification): ClassifiedObject {
  const [standing] = history;
  return {
    object,
    history,
    names,
    versions: versions.map(({ model, version, title }) => ({
      value: choiceValue({ verdict: 'ai-of', model, version }),
      text: `${title}, ${model} ${version}`,
    })),
    standing: standing === undefined ? undefined : choiceValue(standing.said),
  };
}
