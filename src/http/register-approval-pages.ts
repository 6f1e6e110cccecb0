import type { Request, Response, Router } from 'express';
import type { ApprovalChoices, ApprovalRecord, CarryOver } from '../domain/approval-choices.ts';
import { GatewayError } from '../domain/errors.ts';
import {
  approvalFields,
  carryOverFields,
  carryOverPage,
  chooseSourcePage,
  chooseVersionPage,
  grantPage,
  isForAll,
  MOST_NAMED,
  type ChoosePage,
} from '../ui/approval-forms.ts';
import { endApprovalPage, reasonFields } from '../ui/standing-forms.ts';
import { addRoute } from './add-route.ts';
import { addFormDoor } from './form-door.ts';
import { frameOf, openPage, sendPage, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import {
  approvalForm,
  approvalParams,
  carryAllOverForm,
  carryOverForm,
  changedReasonForm,
  chooseQuery,
  personParams,
  personVersionParams,
  versionParams,
} from './register-forms.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const NOTHING_CHOSEN: ChoosePage['faults'] = [{ field: 'of', text: 'Choose a model version.' }];

/** Adds the pages on which approvals are granted, ended and carried over. */
export function addApprovalPages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/register/people/:id/approve', { get: [getVersions(deps)] });
  addRoute(router, '/me/register/carry-over', { get: [getSources(deps)] });
  addGrant(router, deps);
  addEnd(router, deps);
  addCarryOver(router, deps);
}

/** A choice made without a script: the form leads back here, and from here on to the next page. */
function getVersions(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { id } = parseInput(personParams, req.params);
    const chosen = chosenIn(req);
    if (chosen.href !== undefined) {
      res.redirect(303, `/me/register/people/${id}/approve/${chosen.href}`);
      return;
    }
    const { evidence, signal } = context;
    const choices = await deps.flows.readApprovalChoices({ evidence, practitioner: id }, signal);
    const title = `Grant an approval: ${choices.practitioner.name}`;
    sendChoose(deps, res, context, { title, model: chooseVersionPage(choices, chosen.faults) });
  };
}

function getSources(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const chosen = chosenIn(req);
    if (chosen.href !== undefined) {
      res.redirect(303, `/me/register/carry-over/${chosen.href}`);
      return;
    }
    const { evidence, signal } = context;
    const sources = await deps.flows.readCarryOver({ evidence }, signal);
    const model = chooseSourcePage(sources, chosen.faults);
    sendChoose(deps, res, context, { title: 'Carry approvals over to a new version', model });
  };
}

/** What was chosen, as the last part of the next page’s address; a choice that names no version is a fault. */
function chosenIn(req: Request): { readonly href?: string; readonly faults: ChoosePage['faults'] } {
  const query = chooseQuery.safeParse(req.query);
  if (!query.success) return { faults: NOTHING_CHOSEN };
  const { of } = query.data;
  return of === undefined ? { faults: [] } : { href: of.map(encodeURIComponent).join('/'), faults: [] };
}

function sendChoose(
  deps: PageDeps,
  res: Response,
  context: PageContext,
  { title, model }: { readonly title: string; readonly model: ChoosePage },
): void {
  const frame = frameOf(deps, context, { title, section: 'register' });
  sendPage(deps, res.status(model.faults.length === 0 ? 200 : 400), 'choose', { frame, model });
}

function addGrant(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/:id/approve/:model/:version',
    section: 'register',
    title: ({ practitioner }: ApprovalChoices) => `Grant an approval: ${practitioner.name}`,
    open: ({ evidence, signal }: PageContext, req) => {
      const { id, model, version } = parseInput(personVersionParams, req.params);
      const wanted = { evidence, practitioner: id, chosen: { model, version } };
      return deps.flows.readApprovalChoices(wanted, signal);
    },
    offer: ({ offer }) => offer,
    fields: approvalFields,
    schema: approvalForm,
    page: grantPage,
    act: ({ practitioner, chosen }, form) => {
      if (chosen === undefined) throw new GatewayError('not-found');
      const { model, version } = chosen.modelVersion;
      return { act: { act: 'grant-approval', practitioner: practitioner.id, model, version, ...form } };
    },
    next: ({ practitioner }) => `/me/register/people/${practitioner.id}`,
  });
}

function addEnd(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/:id/approvals/:approval/end',
    section: 'register',
    title: ({ practitioner }: ApprovalRecord) => `End an approval: ${practitioner.name}`,
    open: ({ evidence, signal }: PageContext, req) => {
      const { id, approval } = parseInput(approvalParams, req.params);
      return deps.flows.readApproval({ evidence, practitioner: id, id: approval }, signal);
    },
    offer: ({ offer }) => offer,
    fields: () => reasonFields(),
    schema: changedReasonForm,
    page: endApprovalPage,
    act: ({ approval: { id } }, { reason, etag }) => ({
      act: { act: 'end-approval', id, reason },
      ifMatch: { kind: 'approval', id, etag },
    }),
    next: ({ practitioner }) => `/me/register/people/${practitioner.id}`,
  });
}

function addCarryOver(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/carry-over/:model/:version',
    section: 'register',
    title: 'Carry approvals over to a new version',
    open: async ({ evidence, signal }: PageContext, req) => {
      const chosen = parseInput(versionParams, req.params);
      const found = await deps.flows.readCarryOver({ evidence, chosen }, signal);
      if (found.chosen !== undefined) return found;
      throw new GatewayError('not-found', { detail: 'The register holds no such model version.' });
    },
    offer: ({ offer }: CarryOver) => offer,
    fields: (file) => carryOverFields(file, deps.timeZone),
    schema: (subject) => (isForAll(subject) ? carryAllOverForm : carryOverForm),
    page: carryOverPage,
    act: ({ chosen }, { toVersion, practitioners }) => {
      if (chosen === undefined) throw new GatewayError('not-found');
      const { model, version } = chosen.from;
      return {
        act: {
          act: 'carry-over-approvals',
          model,
          fromVersion: version,
          toVersion,
          ...(practitioners.length === 0 ? {} : { practitioners }),
        },
      };
    },
    next: () => '/me/register',
    maxFields: MOST_NAMED + 1,
  });
}
