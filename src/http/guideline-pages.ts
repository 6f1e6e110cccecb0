import type { Request, Response, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import type { GuidelineFile, GuidelineList } from '../domain/guideline-file.ts';
import {
  commentFields,
  commentPage,
  draftFields,
  newGuidelinePage,
  newVersionPage,
  reviewFields,
  reviewPage,
  signFields,
  signPage,
  type ChosenVersion,
} from '../ui/guideline-forms.ts';
import { guidelinePage, guidelineTitle } from '../ui/guideline-page.ts';
import { guidelineHref, guidelinesPage } from '../ui/guidelines-page.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import { addFormDoor } from './form-door.ts';
import {
  commentForm,
  guidelineIdParams,
  guidelineVersionParams,
  newGuidelineForm,
  newVersionForm,
  reviewForm,
  signForm,
} from './guideline-forms.ts';
import { offerIn } from './offered-act.ts';
import { frameOf, openPage, sendPage, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { confirmAmong, justDone } from './profile-pages.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const GUIDELINES = '/me/guidelines';
const ONE = `${GUIDELINES}/:id/:version`;

/** Adds the list of guidelines, each guideline’s page, and the forms of their life. Acknowledging one stands with one’s profile. */
export function addGuidelinePages(router: Router, deps: PageDeps): void {
  addRoute(router, GUIDELINES, { get: [getGuidelines(deps)] });
  addNewGuideline(router, deps);
  addRoute(router, `${GUIDELINES}/:id`, { get: [getGuideline(deps)] });
  addNewVersion(router, deps);
  addComment(router, deps);
  addSignature(router, deps);
  addReview(router, deps);
}

function readList({ flows }: PageDeps, { evidence, signal }: PageContext): Promise<GuidelineList> {
  return flows.listAllGuidelines({ evidence }, signal);
}

function openGuideline(deps: PageDeps): (context: PageContext, req: Request) => Promise<GuidelineFile> {
  return ({ evidence, signal }, req) =>
    deps.flows.readGuideline({ evidence, ...parseInput(guidelineIdParams, req.params) }, signal);
}

function openVersion(deps: PageDeps): (context: PageContext, req: Request) => Promise<ChosenVersion> {
  const open = openGuideline(deps);
  return async (context, req) => {
    const { version } = parseInput(guidelineVersionParams, req.params);
    const file = await open(context, req);
    const chosen = file.versions.find(({ guideline }) => guideline.version === version);
    if (chosen !== undefined) return { ...file, chosen };
    throw new GatewayError('not-found', { detail: 'The register holds no such version of the guideline.' });
  };
}

function getGuidelines(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const list = await readList(deps, context);
    const confirm = confirmAmong(deps, context, list.offers);
    const model = guidelinesPage(list, { timeZone: deps.timeZone, done: justDone(req, res), confirm });
    const frame = frameOf(deps, context, { title: 'Guidelines', section: 'register' });
    sendPage(deps, res, 'guidelines', { frame, model });
  };
}

function getGuideline(deps: PageDeps): Handler {
  const open = openGuideline(deps);
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const file = await open(context, req);
    const confirm = confirmAmong(deps, context, file.offers);
    const model = guidelinePage(file, { timeZone: deps.timeZone, done: justDone(req, res), confirm });
    const frame = frameOf(deps, context, { title: guidelineTitle(file), section: 'register' });
    sendPage(deps, res, 'guideline', { frame, model });
  };
}

function addNewGuideline(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${GUIDELINES}/new`,
    section: 'register',
    title: 'Draft a guideline',
    open: (context: PageContext) => readList(deps, context),
    offer: offerIn('draft-guideline'),
    fields: () => draftFields(),
    schema: newGuidelineForm,
    page: (_list, shown) => newGuidelinePage(shown),
    act: (_list, { links = [], ...form }) => ({
      act: { act: 'draft-guideline', ...form, links },
      ifMatch: { kind: 'guideline', id: `${form.id}@${form.version}`, etag: '' },
    }),
    next: () => GUIDELINES,
  });
}

function addNewVersion(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${GUIDELINES}/:id/draft`,
    section: 'register',
    title: (file: GuidelineFile) => `Draft a new version: ${guidelineTitle(file)}`,
    open: openGuideline(deps),
    offer: offerIn('draft-guideline'),
    fields: (file) => draftFields(file),
    schema: newVersionForm,
    page: newVersionPage,
    act: ({ id }, { links = [], ...form }) => ({
      act: { act: 'draft-guideline', id, ...form, links },
      ifMatch: { kind: 'guideline', id: `${id}@${form.version}`, etag: '' },
    }),
    next: ({ id }) => guidelineHref(id),
  });
}

function recordOf({ chosen: { guideline } }: ChosenVersion, etag: string) {
  return { kind: 'guideline', id: `${guideline.id}@${guideline.version}`, etag } as const;
}

function addComment(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${ONE}/comment`,
    section: 'register',
    title: (file: ChosenVersion) => `Comment on ${file.chosen.guideline.title}`,
    open: openVersion(deps),
    offer: offerIn('comment-on-guideline'),
    fields: () => commentFields(),
    schema: commentForm,
    page: commentPage,
    act: (file, { etag, text }) => {
      const { id, version } = file.chosen.guideline;
      return { act: { act: 'comment-on-guideline', id, version, text }, ifMatch: recordOf(file, etag) };
    },
    next: ({ id }) => guidelineHref(id),
  });
}

function addSignature(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${ONE}/sign`,
    section: 'register',
    title: (file: ChosenVersion) => `Sign off ${file.chosen.guideline.title}`,
    open: openVersion(deps),
    offer: offerIn('sign-guideline'),
    fields: signFields,
    schema: signForm,
    page: signPage,
    act: (file, { etag, effectiveFrom }) => {
      const { id, version } = file.chosen.guideline;
      return { act: { act: 'sign-guideline', id, version, effectiveFrom }, ifMatch: recordOf(file, etag) };
    },
    next: ({ id }) => guidelineHref(id),
  });
}

function addReview(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${ONE}/review`,
    section: 'register',
    title: (file: ChosenVersion) => `Yearly review: ${file.chosen.guideline.title}`,
    open: openVersion(deps),
    offer: offerIn('review-guideline'),
    fields: () => reviewFields(),
    schema: reviewForm,
    page: reviewPage,
    act: (file, { etag, outcome }) => {
      const { id, version } = file.chosen.guideline;
      return { act: { act: 'review-guideline', id, version, outcome }, ifMatch: recordOf(file, etag) };
    },
    next: ({ id }) => guidelineHref(id),
  });
}
