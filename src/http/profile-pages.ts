import type { Request, Response, Router } from 'express';
import type { ActOffer } from '../domain/act-offer.ts';
import { GatewayError } from '../domain/errors.ts';
import type { PractitionerId } from '../domain/identifiers.ts';
import type { GuidelineWanted, Profile } from '../domain/profile.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import { evidenceListPage } from '../ui/evidence-pages.ts';
import {
  acknowledgeFields,
  acknowledgePage,
  cpdFields,
  cpdPage,
  declarationFields,
  declarationPage,
} from '../ui/own-forms.ts';
import type { WayOut } from '../ui/problem-page.ts';
import { profilePage } from '../ui/profile-page.ts';
import { stepUpWay } from '../ui/step-up-way.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import { doneCookie } from './done-cookie.ts';
import { addFormDoor } from './form-door.ts';
import { offerIn } from './offered-act.ts';
import { frameOf, openPage, sendPage, stepUpOf, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import {
  acknowledgeForm,
  cpdForm,
  declarationForm,
  evidenceQuery,
  guidelineParams,
  personParams,
} from './register-forms.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const EVIDENCE_PER_PAGE = 50;

/** Adds one’s own profile, what one declares and logs, and the profiles of others for those who keep the register. */
export function addProfilePages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/profile', { get: [getProfile(deps)] });
  addRoute(router, '/me/profile/evidence', { get: [getEvidence(deps)] });
  addRoute(router, '/me/register/people/:id', { get: [getProfile(deps)] });
  addRoute(router, '/me/register/people/:id/evidence', { get: [getEvidence(deps)] });
  addDeclaration(router, deps);
  addCpd(router, deps);
  addAcknowledgement(router, deps);
}

/** The profile that a page or form is about: of the person in its address, or one’s own. */
export function openProfile(deps: PageDeps): (context: PageContext, req: Request) => Promise<Profile> {
  return ({ evidence, signal }, req) => deps.flows.readProfile({ evidence, ...personIn(req) }, signal);
}

function personIn({ params }: Request): { readonly practitioner?: PractitionerId } {
  return params['id'] === undefined ? {} : { practitioner: parseInput(personParams, params).id };
}

/** The strongest sign-in that would open any of these, where nothing but the sign-in stands in the way. */
export function confirmAmong(
  deps: PageDeps,
  context: PageContext,
  offers: readonly ActOffer[],
): WayOut | undefined {
  const stepUp = stepUpOf(deps, context);
  const ways = offers.flatMap(({ reasons }) => stepUpWay(reasons, stepUp) ?? []);
  return ways.toSorted((a, b) => b.href.localeCompare(a.href))[0];
}

/** What was done on the page before, said once. */
export function justDone(req: Request, res: Response): RegisterActName | undefined {
  const done = doneCookie.read(req);
  if (done !== undefined) doneCookie.forget(res);
  return done;
}

function getProfile(deps: PageDeps): Handler {
  const open = openProfile(deps);
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const profile = await open(context, req);
    const confirm = confirmAmong(deps, context, profile.offers);
    const model = profilePage({
      profile,
      timeZone: deps.timeZone,
      reader: context.practitioner,
      done: justDone(req, res),
      confirm,
    });
    const frame = frameOf(deps, context, {
      title: profile.isOwn ? 'My profile' : profile.practitioner.name,
      section: profile.isOwn ? 'profile' : 'register',
    });
    sendPage(deps, res, 'profile', { frame, model });
  };
}

function getEvidence(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { page, type } = parseInput(evidenceQuery, req.query);
    const { evidence, signal } = context;
    const wanted = {
      evidence,
      ...personIn(req),
      ...(type === undefined ? {} : { type }),
      page,
      perPage: EVIDENCE_PER_PAGE,
    };
    const list = await deps.flows.listEvidence(wanted, signal);
    const model = evidenceListPage(list, {
      type,
      page,
      perPage: EVIDENCE_PER_PAGE,
      timeZone: deps.timeZone,
    });
    const frame = frameOf(deps, context, {
      title: list.isOwn ? 'My evidence' : `Evidence: ${list.practitioner.name}`,
      section: list.isOwn ? 'profile' : 'register',
    });
    sendPage(deps, res, 'evidence-list', { frame, model });
  };
}

function addDeclaration(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/declaration',
    section: 'profile',
    title: 'Annual safety declaration',
    open: openProfile(deps),
    offer: offerIn('declare'),
    fields: () => declarationFields(),
    schema: declarationForm,
    page: (_profile, shown) => declarationPage(shown),
    act: (_profile, { statements }) => ({ act: { act: 'declare', statements } }),
    next: () => '/me/profile',
  });
}

function addCpd(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/cpd',
    section: 'profile',
    title: 'Log CPD',
    open: openProfile(deps),
    offer: offerIn('log-cpd'),
    fields: cpdFields,
    schema: cpdForm,
    page: (_profile, shown) => cpdPage(shown),
    act: (_profile, form) => ({ act: { act: 'log-cpd', ...form } }),
    next: () => '/me/profile',
  });
}

interface Acknowledged {
  readonly guideline: GuidelineWanted;
  readonly offers: Profile['offers'];
}

function addAcknowledgement(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/guidelines/:guideline/:version/acknowledge',
    section: 'profile',
    title: 'Acknowledge a guideline',
    open: openWanted(deps),
    offer: offerIn('acknowledge-guideline'),
    fields: () => acknowledgeFields(),
    schema: acknowledgeForm,
    page: ({ guideline }: Acknowledged, shown) => acknowledgePage(guideline, shown),
    act: ({ guideline: { id, version } }) => ({
      act: { act: 'acknowledge-guideline', guideline: id, version },
    }),
    next: () => '/me/profile',
  });
}

function openWanted(deps: PageDeps): (context: PageContext, req: Request) => Promise<Acknowledged> {
  return async ({ evidence, signal }, req) => {
    const { guideline: id, version } = parseInput(guidelineParams, req.params);
    const { guidelinesWanted, offers } = await deps.flows.readProfile({ evidence }, signal);
    const guideline = guidelinesWanted.find((one) => one.id === id && one.version === version);
    if (guideline !== undefined) return { guideline, offers };
    const detail =
      'You are not asked to acknowledge this version: you have done it, or another version is the current one.';
    throw new GatewayError('not-found', { detail });
  };
}
