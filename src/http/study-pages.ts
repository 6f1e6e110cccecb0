import type { Request, Response, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import { studiesPage, studyTitle, type StudiesPage } from '../ui/studies-page.ts';
import { studyPage, type OfferedModel } from '../ui/study-page.ts';
import { viewerHref } from '../ui/viewer-address.ts';
import { addRoute } from './add-route.ts';
import { readCase, sendCasePage } from './case-pages.ts';
import { draftTexts } from './draft-texts.ts';
import { formFaults, typedTexts } from './form-faults.ts';
import { frameOf, openPage, sendPage, stepUpOf, type PageContext, type PageDeps } from './page-context.ts';
import { runForm, studiesQuery, studyParams, studySearchForm } from './page-schemas.ts';
import { parseInput } from './parse-input.ts';
import { readForm } from './read-body.ts';
import { forgetSearch, rememberedSearch, rememberSearch } from './search-cookie.ts';
import { findPicture, findStudies, findStudy } from './study-lookup.ts';
import { wholeAnswer } from './whole-answer.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const LABELS = {
  patientId: 'Patient ID',
  accession: 'Accession number',
  modality: 'Modality',
  date: 'Study date',
} as const;

/** Adds the list of studies, its search, one study, and running AI on it. */
export function addStudyPages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/studies', { get: [getStudies(deps)] });
  addRoute(router, '/me/studies/search', { post: [...readForm(), postSearch(deps)] });
  addRoute(router, '/me/studies/:uid', { get: [getStudy(deps)] });
  addRoute(router, '/me/studies/:uid/run', { post: [...readForm(), postRun(deps)] });
}

function getStudies(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { page } = parseInput(studiesQuery, req.query);
    const search = rememberedSearch(req);
    const found = await findStudies(deps.flows, context, { search, page });
    sendStudies(deps, res, context, studiesPage({ ...found, search, page }));
  };
}

/** A patient's number stands in no address: the search is remembered, and the list is shown at its own address. */
function postSearch(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const form = studySearchForm.safeParse(req.body);
    if (!form.success) {
      const search = typedTexts(req.body, Object.keys(LABELS));
      const faults = formFaults(form.error, LABELS);
      sendStudies(
        deps,
        res.status(400),
        context,
        studiesPage({ studies: [], search, page: 1, hasMore: false, faults }),
      );
      return;
    }
    const { clear, ...search } = form.data;
    if (clear === undefined) rememberSearch(res, search);
    else forgetSearch(res);
    res.redirect(303, '/me/studies');
  };
}

function sendStudies(deps: PageDeps, res: Response, context: PageContext, model: StudiesPage): void {
  sendPage(deps, res, 'studies', {
    frame: frameOf(deps, context, { title: 'Studies', section: 'studies' }),
    model,
  });
}

function getStudy(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { uid } = parseInput(studyParams, req.params);
    const found = await findStudy(deps.flows, { ...context, morePacs: deps.morePacs }, uid);
    if (found === undefined) throw new GatewayError('not-found', { detail: 'The PACS holds no such study.' });
    const { study, pacs } = found;
    const [picture, ai] = await Promise.all([
      findPicture(deps.flows, { ...context, pacs }, uid),
      aiOn(deps, context, uid),
    ]);
    const { models, modelsMissing, aiLocked } = ai;
    const frame = frameOf(deps, { ...context, aiLocked }, { title: studyTitle(study), section: 'studies' });
    const viewer = deps.viewer === undefined ? undefined : viewerHref(uid, pacs);
    const stepUp = stepUpOf(deps, context);
    const model = studyPage({ study, picture, models, modelsMissing, stepUp, viewerHref: viewer });
    sendPage(deps, res, 'study', { frame, model });
  };
}

interface AiOnStudy {
  readonly models: readonly OfferedModel[];
  readonly modelsMissing: string | undefined;
  readonly aiLocked: readonly string[];
}

/** What is unlocked on the study. Nothing is offered while AI is locked for everybody: the list must not show what a call would refuse. */
async function aiOn(deps: PageDeps, context: PageContext, study: StudyUid): Promise<AiOnStudy> {
  const { evidence, signal } = context;
  const locked = await whyLocked(deps, context);
  const modelsMissing = 'No AI can be run at the moment.';
  if (locked.length > 0) return { models: [], modelsMissing, aiLocked: locked };
  try {
    const models = await deps.flows.listModels({ evidence, study }, signal);
    return { models, modelsMissing: undefined, aiLocked: [] };
  } catch (error: unknown) {
    // The register went away in between: the study itself stays readable.
    if (!(error instanceof GatewayError) || error.code !== 'register-unavailable') throw error;
    return { models: [], modelsMissing, aiLocked: [error.detail] };
  }
}

async function whyLocked(deps: PageDeps, context: PageContext): Promise<readonly string[]> {
  if (context.aiLocked.length > 0) return context.aiLocked;
  const { aiLockedBecause } = await deps.flows.checkReadiness(context.signal);
  return aiLockedBecause;
}

/**
 * Runs AI and goes on to the case (303), so that loading the page again runs nothing. A draft is the exception: it is
 * kept nowhere, so the answer to the form is the one place where it can be shown.
 */
function postRun(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { uid } = parseInput(studyParams, req.params);
    const form = parseInput(runForm, req.body);
    const { evidence, requestId, signal } = context;
    const call = {
      evidence,
      requestId,
      ...form,
      study: uid,
      input: 'study',
      inputDigest: undefined,
      payload: { kind: 'study' },
    } as const;
    const result = await wholeAnswer(await deps.flows.runInference(call, signal));
    if (result.function !== 'report-draft') {
      res.setHeader('Case-Id', result.caseId);
      res.redirect(303, `/me/cases/${result.caseId}`);
      return;
    }
    const view = await readCase(deps, context, result.caseId);
    sendCasePage(deps, res, context, { view, extras: { drafts: draftTexts(result) } });
  };
}
