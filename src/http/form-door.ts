import type { Request, Response, Router } from 'express';
import type { z } from 'zod';
import type { ActOffer } from '../domain/act-offer.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { labelsOf, type FieldSpec, type FormPage, type FormState, type ShownForm } from '../ui/form-page.ts';
import type { Frame } from '../ui/page-frame.ts';
import { stepUpWay, type StepUp } from '../ui/step-up-way.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import type { Flows } from './app-deps.ts';
import { doneCookie } from './done-cookie.ts';
import { isToldOnTheForm, refusalOf } from './form-refusal.ts';
import { formFaults, typedLists } from './form-faults.ts';
import { frameOf, openPage, sendPage, stepUpOf, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';
import { readForm } from './read-body.ts';

type Performed = Omit<Parameters<Flows['performAct']>[0], 'evidence' | 'requestId'>;

/** A form by which somebody does one act on the register. `S` is what it is about, as the register holds it. */
export interface FormDoor<S, Z extends z.ZodType> {
  /** Where the form stands; it is sent to `<path>/send`. */
  readonly path: string;
  readonly section: NonNullable<Frame['section']>;
  readonly title: string | ((subject: S) => string);
  /** Reads what the form is about; throws what the page shall say instead. */
  readonly open: (context: PageContext, req: Request) => Promise<S>;
  /** Whether whoever looks may do it. */
  readonly offer: (subject: S) => ActOffer;
  readonly fields: (subject: S) => readonly FieldSpec[];
  readonly schema: Z | ((subject: S) => Z);
  readonly page: (subject: S, shown: ShownForm) => FormPage;
  readonly act: (subject: S, form: z.output<Z>) => Performed;
  /** Where whoever did it finds what is on record now. */
  readonly next: (subject: S) => string;
  readonly maxFields?: number;
}

/** Adds the page of a form, and the address that it is sent to. Nothing is said to be done before the flow resolved. */
export function addFormDoor<S, Z extends z.ZodType>(
  router: Router,
  deps: PageDeps,
  door: FormDoor<S, Z>,
): void {
  addRoute(router, door.path, {
    get: [
      async (req, res) => {
        const context = await openPage(deps, req, res);
        parseInput(noQuery, req.query);
        const subject = await door.open(context, req);
        const state = { typed: undefined, faults: [] };
        sendForm(deps, res, context, { door, subject, state, here: req.path });
      },
    ],
  });
  addRoute(router, `${door.path}/send`, { post: [...readForm(door.maxFields), postForm(deps, door)] });
}

function postForm<S, Z extends z.ZodType>(
  deps: PageDeps,
  door: FormDoor<S, Z>,
): (req: Request, res: Response) => Promise<void> {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const here = req.path.replace(/\/send$/, '');
    const subject = await door.open(context, req);
    const schema = typeof door.schema === 'function' ? door.schema(subject) : door.schema;
    const form = schema.safeParse(req.body);
    const specs = door.fields(subject);
    const typed = typedLists(
      req.body,
      specs.map(({ name }) => name),
    );
    if (!form.success) {
      const state = { typed, faults: formFaults(form.error, labelsOf(specs)) };
      sendForm(deps, res.status(400), context, { door, subject, state, here });
      return;
    }
    const { evidence, requestId, signal } = context;
    const wanted = door.act(subject, form.data);
    try {
      const proposal = await deps.flows.performAct({ evidence, requestId, ...wanted }, signal);
      goOn(res, proposal, door.next(subject));
    } catch (error: unknown) {
      if (!isToldOnTheForm(error)) throw error;
      setProblemHeaders(res.status(PROBLEMS[error.code].status), error);
      const refused = refusalOf(error, wanted.act.act, stepUpOf(deps, context));
      // Read anew: somebody may have changed it meanwhile.
      const now = await door.open(context, req);
      sendForm(deps, res, context, { door, subject: now, state: { typed, faults: [], refused }, here });
    }
  };
}

/** To what waits for a second person, or to what is on record now. */
function goOn(res: Response, { act, state, digest }: RegisterProposal, next: string): void {
  if (state === 'applied') {
    doneCookie.remember(res, act);
    res.redirect(303, next);
  } else {
    res.redirect(303, `/me/register/waiting/${digest.replace(/^sha256:/, '')}`);
  }
}

function sendForm<S, Z extends z.ZodType>(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  content: {
    readonly door: FormDoor<S, Z>;
    readonly subject: S;
    readonly state: FormState;
    readonly here: string;
  },
): void {
  const { door, subject, state, here } = content;
  const title = typeof door.title === 'string' ? door.title : door.title(subject);
  const model = door.page(subject, {
    here,
    timeZone: deps.timeZone,
    state,
    fields: door.fields(subject),
    ...standingTowards(door.offer(subject), stepUpOf(deps, context)),
  });
  sendPage(deps, res, 'form', { frame: frameOf(deps, context, { title, section: door.section }), model });
}

const SECOND_PERSON = 'Nothing changes before a second person has confirmed it.';

/** Nobody types what would be refused. */
function standingTowards(
  { reasons, people }: ActOffer,
  stepUp: StepUp | undefined,
): Pick<ShownForm, 'blocked' | 'second'> {
  const confirm = stepUpWay(reasons, stepUp);
  const blocked = { reasons, ...(confirm === undefined ? {} : { confirm }) };
  return { blocked: reasons.length === 0 ? {} : { blocked }, second: people === 2 ? [SECOND_PERSON] : [] };
}
