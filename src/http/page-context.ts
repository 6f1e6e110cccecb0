import type { Request, Response } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { mayReadCaseLog } from '../domain/judge-roles.ts';
import type { LoginEvidence } from '../flows/ports.ts';
import type { WhoAmI } from '../flows/who-am-i.ts';
import type { PageModels } from '../ui/create-pages.ts';
import type { Frame, Viewer } from '../ui/page-frame.ts';
import { assuranceText, standingText } from '../ui/plain-words.ts';
import { abortSignalOf } from './abort-signal.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { requestIdOf } from './request-context.ts';
import { setPageHeaders } from './security-headers.ts';

export type PageDeps = Pick<AppDeps, 'flows' | 'doors' | 'pages' | 'timeZone' | 'simulator'>;

/** A page being made for somebody: who, and what every flow wants with a call. */
export interface PageContext {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly viewer?: Viewer;
  readonly aiLocked: readonly string[];
}

const VIEWER = 'viewer';

/**
 * Opens a page for whoever is signed in. With the register away nobody's name is known, but images can still be found
 * and read: the page is made, and says that AI is locked. Throws NotIdentified.
 */
export async function openPage(deps: PageDeps, req: Request, res: Response): Promise<PageContext> {
  const call = {
    evidence: liftLoginEvidence(req),
    requestId: requestIdOf(res),
    signal: abortSignalOf(req, res),
  };
  try {
    const viewer = viewerOf(await deps.flows.whoAmI({ evidence: call.evidence }, call.signal));
    res.locals[VIEWER] = viewer;
    return { ...call, viewer, aiLocked: [] };
  } catch (error: unknown) {
    if (!(error instanceof GatewayError) || error.code !== 'register-unavailable') throw error;
    return { ...call, aiLocked: [error.detail] };
  }
}

/** The frame of a page for this person. */
export function frameOf(
  deps: PageDeps,
  context: Pick<PageContext, 'viewer' | 'aiLocked'>,
  page: Pick<Frame, 'title' | 'section'>,
): Frame {
  const { viewer, aiLocked } = context;
  return { ...page, simulator: deps.simulator, aiLocked, ...(viewer === undefined ? {} : { viewer }) };
}

/** Who the head of an error page names: whoever this request was found to come from, if it got that far. */
export function knownViewer(res: Response): Pick<PageContext, 'viewer'> {
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

function viewerOf({ principal, practitioner }: WhoAmI): Viewer {
  const strength = assuranceText(principal.assurance);
  if (practitioner === undefined) {
    const standing = 'not in the AI register, so AI is locked for you';
    return { name: principal.subject, standing, strength, mayReadCaseLog: false };
  }
  return {
    name: practitioner.name,
    standing: standingText(practitioner),
    strength,
    mayReadCaseLog: mayReadCaseLog(practitioner),
  };
}

function isViewer(value: unknown): value is Viewer {
  return typeof value === 'object' && value !== null && 'mayReadCaseLog' in value;
}
