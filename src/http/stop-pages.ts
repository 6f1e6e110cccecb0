import type { Router } from 'express';
import type { ModelFile } from '../domain/model-file.ts';
import type { RegisterAct } from '../domain/register-acts.ts';
import type { StopFile } from '../flows/read-models.ts';
import { modelHref } from '../ui/models-page.ts';
import { holdPage, liftStopPage, modelReasonFields, stopFields, stopPage } from '../ui/stop-forms.ts';
import { addFormDoor } from './form-door.ts';
import { liftForm, modelParams, stopForm, stopParams, type StopForm } from './model-forms.ts';
import { offerIn } from './offered-act.ts';
import type { PageContext, PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';

const ONE = '/me/register/models/:model/:version';

/** Adds the forms that stop the use of a model, hold it, and lift either. */
export function addStopForms(router: Router, deps: PageDeps): void {
  addStopping(router, deps, { act: 'stop-use', path: `${ONE}/stop` });
  addStopping(router, deps, { act: 'hold-model', path: `${ONE}/hold` });
  addLifting(router, deps);
}

function addStopping(
  router: Router,
  deps: PageDeps,
  { act, path }: { readonly act: 'stop-use' | 'hold-model'; readonly path: string },
): void {
  addFormDoor(router, deps, {
    path,
    section: 'register',
    title: ({ modelVersion: { title, version } }: ModelFile) =>
      `${act === 'stop-use' ? 'Stop the use of' : 'Hold'} ${title} ${version}`,
    open: ({ evidence, signal }: PageContext, req) =>
      deps.flows.readModelVersion({ evidence, ...parseInput(modelParams, req.params) }, signal),
    offer: offerIn(act),
    fields: stopFields,
    schema: stopForm,
    page: act === 'stop-use' ? stopPage : holdPage,
    act: (file, form) => ({ act: stopping(act, file, form) }),
    next: ({ modelVersion }) => modelHref(modelVersion),
  });
}

function stopping(
  act: 'stop-use' | 'hold-model',
  { modelVersion: { model, version, family } }: ModelFile,
  { target, site, reason }: StopForm,
): RegisterAct {
  const at = site === undefined ? {} : { site };
  const targets = { version: { model, version }, model: { model }, family: { family }, site: {} };
  return { act, ...targets[target], ...at, reason };
}

function addLifting(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/stop-uses/:stop/lift',
    section: 'register',
    title: ({ stop: { until } }: StopFile) => (until === undefined ? 'Lift a stop-use' : 'Lift a hold'),
    open: ({ evidence, signal }: PageContext, req) =>
      deps.flows.readStopUse({ evidence, id: parseInput(stopParams, req.params).stop }, signal),
    offer: offerIn('lift-stop-use'),
    fields: () => modelReasonFields(),
    schema: liftForm,
    page: (file, shown) => liftStopPage(file, deps.timeZone, shown),
    act: ({ stop: { id } }, { etag, reason }) => ({
      act: { act: 'lift-stop-use', id, reason },
      ifMatch: { kind: 'stop-use', id, etag },
    }),
    next: () => '/me/register/models',
  });
}
