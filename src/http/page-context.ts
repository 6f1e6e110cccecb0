import type { Request, Response } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { mayReadCaseLog } from '../domain/judge-roles.ts';
import type { LoginEvidence } from '../flows/ports.ts';
import type { WhoAmI } from '../flows/who-am-i.ts';
import type { PageModels } from '../ui/create-pages.ts';
import type { Frame, Viewer } from '../ui/page-frame.ts';
import { strengthText } from '../ui/login-words.ts';
import { standingText } from '../ui/plain-words.ts';
import type { StepUp } from '../ui/step-up-way.ts';
import type { Principal } from '../domain/principal.ts';
import { abortSignalOf } from './abort-signal.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { pageOf } from './own-page.ts';
import { requestIdOf } from './request-context.ts';
import { setPageHeaders } from './security-headers.ts';

export type PageDeps = Pick<
  AppDeps,
  'flows' | 'doors' | 'pages' | 'publicUrl' | 'timeZone' | 'morePacs' | 'viewer' | 'simulator' | 'idleMs'
>;

/** A page being made for somebody: who, and what every flow wants with a call. */
export interface PageContext {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** This page's own address, or that of the page a form stood on; where one comes back to. */
  readonly here: string | undefined;
  readonly principal: Principal;
  /** Their entry in the register; undefined where it has none, or is away. */
  readonly practitioner: WhoAmI['practitioner'];
  readonly viewer: Viewer;
  readonly aiLocked: readonly string[];
}

const VIEWER = 'viewer';
const FIRST_PAGE = '/me/studies';

/**
 * Opens a page for whoever is signed in. With the register away nobody's name is known, but images can still be found
 * and read, and sessions locked and ended: the page is made, and says that AI is locked. Throws NotIdentified.
 */
export async function openPage(deps: PageDeps, req: Request, res: Response): Promise<PageContext> {
  const call = {
    evidence: liftLoginEvidence(req),
    requestId: requestIdOf(res),
    signal: abortSignalOf(req, res),
    here: pageOf(req),
  };
  const who = await whoIsThere(deps, call);
  res.locals[VIEWER] = who.viewer;
  return { ...call, ...who };
}

async function whoIsThere(
  { flows }: PageDeps,
  { evidence, signal }: Pick<PageContext, 'evidence' | 'signal'>,
): Promise<Pick<PageContext, 'principal' | 'practitioner' | 'viewer' | 'aiLocked'>> {
  try {
    const who = await flows.whoAmI({ evidence }, signal);
    const { principal, practitioner } = who;
    return { principal, practitioner, viewer: viewerOf(who), aiLocked: [] };
  } catch (error: unknown) {
    if (!(error instanceof GatewayError) || error.code !== 'register-unavailable') throw error;
    const principal = await flows.whoSignedIn({ evidence }, signal);
    const viewer = { ...viewerOf({ principal }), standing: 'AI is locked for everybody' };
    return { principal, practitioner: undefined, viewer, aiLocked: [error.detail] };
  }
}

/** The frame of a page for this person. */
export function frameOf(
  deps: Pick<PageDeps, 'doors' | 'simulator'>,
  context: Pick<PageContext, 'aiLocked'> & Partial<Pick<PageContext, 'viewer' | 'here'>>,
  page: Pick<Frame, 'title' | 'section'>,
): Frame {
  const { viewer, aiLocked, here = FIRST_PAGE } = context;
  const lock = deps.doors.session.lock === undefined ? {} : { lockReturn: here };
  const known = viewer === undefined ? {} : { viewer, ...lock };
  return { ...page, simulator: deps.simulator, aiLocked, ...known };
}

/**
 * How this person could prove more and come back here; undefined where that would open nothing: an emergency login, or while
 * sessions cannot be checked.
 */
export function stepUpOf(
  deps: Pick<PageDeps, 'doors'>,
  { viewer, here = FIRST_PAGE }: Partial<Pick<PageContext, 'viewer' | 'here'>>,
): StepUp | undefined {
  if (deps.doors.session.stepUp === undefined || viewer === undefined) return undefined;
  return viewer.imagesOnly === undefined ? { held: viewer.assurance, returnTo: here } : undefined;
}

/** Who the head of an error page names: whoever this request was found to come from, if it got that far. */
export function knownViewer(res: Response): Partial<Pick<PageContext, 'viewer'>> {
  const viewer: unknown = res.locals[VIEWER];
  return isViewer(viewer) ? { viewer } : {};
}

/** Sends a page, with the headers that pages have. */
export function sendPage<K extends keyof PageModels>(
  deps: Pick<PageDeps, 'pages'>,
  res: Response,
  page: K,
  content: { readonly frame: Frame; readonly model: PageModels[K] },
): void {
  setPageHeaders(res);
  res.type('html').send(deps.pages.render(page, content.frame, content.model));
}

function viewerOf({ principal, practitioner, mayReadPeople = false, maySeeUnnamed = false }: WhoAmI): Viewer {
  const strength = strengthText(principal);
  const { assurance } = principal;
  const login = { strength, assurance, ...imagesOnlyOf(principal) };
  if (practitioner === undefined) {
    const isEmergency = principal.method === 'break-glass';
    const standing = isEmergency ? 'images only' : 'not in the AI register, so AI is locked for you';
    const may = { mayReadCaseLog: false, isRegistered: false, mayReadPeople };
    return { name: principal.subject, standing, ...login, ...may };
  }
  return {
    name: practitioner.name,
    standing: standingText(practitioner),
    ...login,
    mayReadCaseLog: mayReadCaseLog(practitioner),
    isRegistered: true,
    mayReadPeople,
    maySeeUnnamed,
  };
}

function imagesOnlyOf({ method, unconfirmed }: Principal): Pick<Viewer, 'imagesOnly'> {
  if (method === 'break-glass') return { imagesOnly: 'break-glass' };
  return unconfirmed === true ? { imagesOnly: 'unconfirmed' } : {};
}

function isViewer(value: unknown): value is Viewer {
  return typeof value === 'object' && value !== null && 'mayReadCaseLog' in value;
}
