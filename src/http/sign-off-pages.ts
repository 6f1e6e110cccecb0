import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import {
  ASSESSED_ON,
  ASSESSMENT_FORMS,
  COMPLEXITIES,
  RATINGS,
  type Assessment,
  type AssessmentForm,
} from '../domain/assessment.ts';
import { GatewayError } from '../domain/errors.ts';
import type { LogBookView } from '../flows/read-log-book.ts';
import { labelsOf, type FormState } from '../ui/form-page.ts';
import { FORM_TITLES, signOffFields, signOffPage } from '../ui/sign-off-form.ts';
import { stepUpWay } from '../ui/step-up-way.ts';
import { addRoute } from './add-route.ts';
import { caseId, noQuery, ownWords } from './api-schemas.ts';
import { personParams } from './due-schemas.ts';
import { isRefusal } from './case-pages.ts';
import { formFaults, typedLists } from './form-faults.ts';
import { frameOf, openPage, sendPage, stepUpOf, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { readForm } from './read-body.ts';

type Handler = (req: Request, res: Response) => Promise<void>;
type Named = z.output<typeof signOffParams>;

const PATH = '/me/register/people/:id/log-book/sign/:case/:form';
const signOffParams = personParams.extend({ case: caseId, form: z.enum(ASSESSMENT_FORMS) });

const rating = z
  .string()
  .transform((text) => RATINGS.find((one) => String(one) === text))
  .optional();
const wanted = rating.refine((one) => one !== undefined, 'needs a rating');
const complexity = z
  .string()
  .transform((text) => COMPLEXITIES.find((one) => one === text))
  .optional();
const feedback = ownWords.transform((text) => (text === '' ? undefined : text)).optional();

function schemaOf(form: AssessmentForm) {
  const ratings = ASSESSED_ON[form].map((name) => [name, name === 'overall' ? wanted : rating] as const);
  return z.strictObject({ complexity, feedback, ...Object.fromEntries(ratings) });
}

/** Adds the pages on which a supervisor signs a case off with a mini-CEX or a DOPS. */
export function addSignOffPages(router: Router, deps: PageDeps): void {
  addRoute(router, PATH, { get: [getForm(deps)] });
  addRoute(router, `${PATH}/send`, { post: [...readForm(), postForm(deps)] });
}

function getForm(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const named = parseInput(signOffParams, req.params);
    await sendForm(deps, res, context, { named, state: { typed: undefined, faults: [] } });
  };
}

function postForm(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const named = parseInput(signOffParams, req.params);
    const specs = signOffFields(ASSESSED_ON[named.form]);
    const typed = typedLists(
      req.body,
      specs.map(({ name }) => name),
    );
    const form = schemaOf(named.form).safeParse(req.body);
    if (!form.success) {
      const state = { typed, faults: formFaults(form.error, labelsOf(specs)) };
      await sendForm(deps, res.status(400), context, { named, state });
      return;
    }
    const { evidence, requestId, signal } = context;
    const { feedback: words, ...rest } = form.data;
    const assessment = assessmentOf(named.form, rest);
    const input = { evidence, requestId, practitioner: named.id, caseId: named.case, assessment };
    try {
      await deps.flows.signLogBookCase({ ...input, feedback: words }, signal);
      res.redirect(303, logBookOf(named));
    } catch (error: unknown) {
      if (!isRefusal(error)) throw error;
      setProblemHeaders(res.status(PROBLEMS[error.code].status), error);
      const refused = refusalOf(deps, context, error);
      await sendForm(deps, res, context, { named, state: { typed, faults: [], refused } });
    }
  };
}

function assessmentOf(
  form: AssessmentForm,
  { complexity: how, ...given }: Readonly<Record<string, unknown>>,
): Assessment {
  const ratings = ASSESSED_ON[form].flatMap((name) => {
    const found = RATINGS.find((one) => one === given[name]);
    return found === undefined ? [] : [[name, found] as const];
  });
  const known = COMPLEXITIES.find((one) => one === how);
  return {
    form,
    ...(known === undefined ? {} : { complexity: known }),
    ratings: Object.fromEntries(ratings),
  };
}

function refusalOf(
  deps: PageDeps,
  context: PageContext,
  { detail, reasons }: GatewayError,
): NonNullable<FormState['refused']> {
  const confirm = stepUpWay(reasons, stepUpOf(deps, context));
  const title = 'The case was not signed off';
  return { title, detail, reasons, ...(confirm === undefined ? {} : { confirm }) };
}

function logBookOf({ id }: Named): string {
  return `/me/register/people/${id}/log-book`;
}

async function sendForm(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  { named, state }: { readonly named: Named; readonly state: FormState },
): Promise<void> {
  const { evidence, requestId, signal } = context;
  const view = await deps.flows.readLogBook({ evidence, requestId, practitioner: named.id }, signal);
  const line = lineOf(view, named);
  const here = `${logBookOf(named)}/sign/${named.case}/${named.form}`;
  const fields = signOffFields(ASSESSED_ON[named.form]);
  const shown = { here, timeZone: deps.timeZone, state, fields, blocked: {}, second: [] };
  const { name } = view.book.practitioner;
  const model = signOffPage({ line, name, logBook: logBookOf(named) }, shown);
  const title = `${FORM_TITLES[named.form]}: sign a case off`;
  sendPage(deps, res, 'form', { frame: frameOf(deps, context, { title, section: 'log-book' }), model });
}

function lineOf({ book, isOwn, reader }: LogBookView, named: Named): LogBookView['book']['lines'][number] {
  const line = book.lines.find((one) => one.caseId === named.case);
  if (line !== undefined && !isOwn && line.supervisor === reader) return line;
  throw new GatewayError('not-found', { detail: 'There is no such case that you supervise.' });
}
