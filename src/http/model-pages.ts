import type { Request, Response, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import type { ModelFile } from '../domain/model-file.ts';
import { modelVersionText } from '../domain/record-text.ts';
import {
  changeFields,
  changeModelPage,
  planFields,
  planPage,
  releaseFields,
  releasePage,
  retirePage,
  testFields,
  testPage,
} from '../ui/life-forms.ts';
import { modelPage } from '../ui/model-page.ts';
import { modelHref, modelsPage } from '../ui/models-page.ts';
import { nameOnlyFields, nameOnlyPage } from '../ui/name-only-form.ts';
import { modelReasonFields } from '../ui/stop-forms.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import { addFormDoor } from './form-door.ts';
import {
  changeModelForm,
  modelParams,
  nameOnlyForm,
  planForm,
  releaseForm,
  retireForm,
  testForm,
  testParams,
} from './model-forms.ts';
import { addRegistration } from './model-registration.ts';
import { offerIn } from './offered-act.ts';
import { frameOf, openPage, sendPage, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { confirmAmong, justDone } from './profile-pages.ts';
import { addStopForms } from './stop-pages.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const MODELS = '/me/register/models';
const ONE = `${MODELS}/:model/:version`;
/** Title, vendor, guideline, rules, etag; and two fields for each of nine functions at most. */
const MAX_CHANGE_FIELDS = 30;

/** Adds the list of model versions, each version’s page, and the forms of its life. */
export function addModelPages(router: Router, deps: PageDeps): void {
  addRoute(router, MODELS, { get: [getModels(deps)] });
  addRegistration(router, deps);
  addRoute(router, ONE, { get: [getModel(deps)] });
  addStopForms(router, deps);
  addPlan(router, deps);
  addTest(router, deps);
  addRelease(router, deps);
  addSigning(router, deps);
  addRetirement(router, deps);
  addChange(router, deps);
}

/** Reads the version that a page or form is about. */
function openModel(deps: PageDeps): (context: PageContext, req: Request) => Promise<ModelFile> {
  return ({ evidence, signal }, req) =>
    deps.flows.readModelVersion({ evidence, ...parseInput(modelParams, req.params) }, signal);
}

function getModels(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const { evidence, signal } = context;
    const list = await deps.flows.listModelVersions({ evidence }, signal);
    const confirm = confirmAmong(deps, context, list.offers);
    const model = modelsPage(list, { timeZone: deps.timeZone, done: justDone(req, res), confirm });
    const frame = frameOf(deps, context, { title: 'Model versions', section: 'register' });
    sendPage(deps, res, 'models', { frame, model });
  };
}

function getModel(deps: PageDeps): Handler {
  const open = openModel(deps);
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const file = await open(context, req);
    const confirm = confirmAmong(deps, context, file.offers);
    const model = modelPage(file, { timeZone: deps.timeZone, done: justDone(req, res), confirm });
    const frame = frameOf(deps, context, { title: file.modelVersion.title, section: 'register' });
    sendPage(deps, res, 'model', { frame, model });
  };
}

function nameIn({ modelVersion: { title, version } }: ModelFile): string {
  return `${title} ${version}`;
}

function recordOf({ modelVersion: { model, version } }: ModelFile, etag: string) {
  return { kind: 'model-version', id: `${model}@${version}`, etag } as const;
}

function hrefOf({ modelVersion }: ModelFile): string {
  return modelHref(modelVersion);
}

function addPlan(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${ONE}/plan`,
    section: 'register',
    title: (file: ModelFile) => `Approve a re-validation plan: ${nameIn(file)}`,
    open: openModel(deps),
    offer: offerIn('approve-plan'),
    fields: planFields,
    schema: planForm,
    page: planPage,
    act: (file, { etag, ...form }) => {
      const { model, version } = file.modelVersion;
      return { act: { act: 'approve-plan', model, version, ...form }, ifMatch: recordOf(file, etag) };
    },
    next: hrefOf,
  });
}

function addTest(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${ONE}/plans/:plan/tests/:item`,
    section: 'register',
    title: (file: ModelFile) => `Record an acceptance test: ${nameIn(file)}`,
    open: openTest(deps),
    offer: offerIn('record-acceptance-test'),
    fields: () => testFields(),
    schema: testForm,
    page: testPage,
    act: ({ plan, item }, form) => ({
      act: { act: 'record-acceptance-test', plan: plan.plan.id, item: item.id, ...form },
    }),
    next: hrefOf,
  });
}

function openTest(deps: PageDeps) {
  const open = openModel(deps);
  return async (context: PageContext, req: Request) => {
    const { plan: planId, item: itemId } = parseInput(testParams, req.params);
    const file = await open(context, req);
    const plan = file.plans.find((one) => one.plan.id === planId);
    const item = plan?.items.find((one) => one.id === itemId);
    if (plan !== undefined && item !== undefined) return { ...file, plan, item };
    throw new GatewayError('not-found', { detail: 'No plan of this version has such a test.' });
  };
}

function addRelease(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${ONE}/release`,
    section: 'register',
    title: (file: ModelFile) => `Sign the release: ${nameIn(file)}`,
    open: openModel(deps),
    offer: offerIn('release-model'),
    fields: releaseFields,
    schema: releaseForm,
    page: releasePage,
    act: (file, { etag, ...form }) => {
      const { model, version } = file.modelVersion;
      return { act: { act: 'release-model', model, version, ...form }, ifMatch: recordOf(file, etag) };
    },
    next: hrefOf,
  });
}

function addSigning(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${ONE}/sign-name-only`,
    section: 'register',
    title: (file: ModelFile) => `Sign for an endpoint: ${nameIn(file)}`,
    open: openUnsigned(deps),
    offer: offerIn('sign-name-only'),
    fields: nameOnlyFields,
    schema: nameOnlyForm,
    page: nameOnlyPage,
    act: (file, { etag, ...form }) => {
      const { model, version } = file.modelVersion;
      return { act: { act: 'sign-name-only', model, version, ...form }, ifMatch: recordOf(file, etag) };
    },
    next: hrefOf,
  });
}

function openUnsigned(deps: PageDeps) {
  const open = openModel(deps);
  return async (context: PageContext, req: Request) => {
    const file = await open(context, req);
    if (file.toSign.length > 0) return file;
    throw new GatewayError('not-found', { detail: 'No endpoint of this version waits for a signature.' });
  };
}

function addRetirement(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${ONE}/retire`,
    section: 'register',
    title: (file: ModelFile) => `Retire a model version: ${nameIn(file)}`,
    open: openModel(deps),
    offer: offerIn('retire-model'),
    fields: () => modelReasonFields(),
    schema: retireForm,
    page: retirePage,
    act: (file, { etag, reason }) => {
      const { model, version } = file.modelVersion;
      return { act: { act: 'retire-model', model, version, reason }, ifMatch: recordOf(file, etag) };
    },
    next: hrefOf,
  });
}

function addChange(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: `${ONE}/change`,
    section: 'register',
    title: (file: ModelFile) => `Change the record: ${nameIn(file)}`,
    open: openModel(deps),
    offer: offerIn('change-model'),
    fields: changeFields,
    schema: changeModelForm,
    page: changeModelPage,
    act: (file, { etag, ...form }) => {
      // What the form leaves empty is taken out; all else stays as it is.
      const { recognition: _rules, guideline: _guideline, ...kept } = file.modelVersion;
      const { model, version } = kept;
      const modelVersion = { ...modelVersionText({ ...kept, ...form }), model, version };
      return { act: { act: 'change-model', modelVersion }, ifMatch: recordOf(file, etag) };
    },
    next: hrefOf,
    maxFields: MAX_CHANGE_FIELDS,
  });
}
