import type { Request, RequestHandler, Response } from 'express';
import { BadRequest } from '../domain/errors.ts';
import { ASSURANCES, type Assurance } from '../domain/words.ts';
import type { DoorDeps, SignInChoice } from './door-deps.ts';
import { sendHandOver } from './hand-over-page.ts';
import { secretHash } from './secret-hash.ts';
import { clearSession, sessionTokenOf, setProveAnew } from './sign-in-cookies.ts';
import { isFreeOrLive, returnPathOf } from './sign-in-wish.ts';
import type { StoredSession } from './stores/identity-stores.ts';

export interface SessionDoors {
  /** POST /auth/logout */
  readonly logout: RequestHandler;
  /** POST /auth/logout-everywhere */
  readonly logoutEverywhere: RequestHandler;
  /** POST /auth/lock (form with `return`, which may be left out) */
  readonly lock: RequestHandler;
  /** GET /auth/step-up?return=&assurance= */
  readonly stepUp: RequestHandler;
}

export interface SessionDoorOptions {
  /** Ways to sign in that are set up. */
  readonly choices: readonly SignInChoice[];
  /** The one of them by which sessions of this provider come. */
  readonly choiceOf: (provider: string) => SignInChoice | undefined;
  /** Every login of the person whom this one names, itself among them; it alone when absent. */
  readonly loginsOf?: (login: Login) => readonly Login[];
  /**
   * Where to send the browser, to sign out at the identity provider as well; called once the session is ended here. Must have a
   * deadline of its own. When it throws, the person is signed out here only.
   */
  readonly onSignedOut?: (session: StoredSession) => Promise<string | undefined>;
}

interface Login {
  readonly provider: string;
  readonly subject: string;
}

type Deps = Pick<DoorDeps, 'sessions' | 'onEvent'>;

const SIGN_IN_PAGE = '/auth/sign-in';
const ELSEWHERE = {
  title: 'You are signed out of Countersign',
  text: 'Now you are being signed out of your identity provider, too.',
  action: 'Sign out of your identity provider',
} as const;
const SIGNED_OUT_PAGE = `${SIGN_IN_PAGE}?signed-out=1`;

/** The doors through which a person goes out, steps away, or proves more. None of them is told a session by its address. */
export function createSessionDoors(deps: Deps, options: SessionDoorOptions): SessionDoors {
  return {
    logout: async (req, res) => {
      await clearBrowser(deps, req, res);
      const hash = hashOf(req);
      const ended = hash === undefined ? [] : await deps.sessions.end(hash);
      await leave(deps, options, { res, session: ended.find(({ tokenHash }) => tokenHash === hash) });
    },
    logoutEverywhere: async (req, res) => {
      await clearBrowser(deps, req, res);
      await leave(deps, options, { res, session: await endEverywhere(deps, options, req) });
    },
    lock: async (req, res) => {
      await lock(deps, req);
      // Only now: whoever steps away is locked, whatever else the form says.
      const returnTo = returnPathOf(fieldOf(req, 'return'));
      goTo(res, withQuery(SIGN_IN_PAGE, { locked: '1', return: returnTo }));
    },
    stepUp: async (req, res) => {
      const returnTo = returnPathOf(req.query['return']);
      const assurance = assuranceOf(req.query['assurance']);
      const session = await sessionOf(deps, req);
      const choice = session === undefined ? undefined : choiceFor(options, session, assurance);
      if (choice === undefined) goTo(res, withQuery(SIGN_IN_PAGE, { return: returnTo }));
      else goTo(res, withQuery(choice.href, { 'step-up': String(assurance), return: returnTo }));
    },
  };
}

/** Tells it, and sends the browser on: to the identity provider where it takes sign-outs, else to our own page. */
async function leave(
  deps: Deps,
  { onSignedOut }: SessionDoorOptions,
  { res, session }: { readonly res: Response; readonly session: StoredSession | undefined },
): Promise<void> {
  if (session === undefined) {
    goTo(res, SIGNED_OUT_PAGE);
    return;
  }
  const { provider, subject, method, sessionRef } = session.principal;
  deps.onEvent({ outcome: 'signed-out', provider, subject, method, sessionRef });
  // The person is out here; a provider that cannot be told does not change that.
  const onward = (await onSignedOut?.(session).catch(() => undefined)) ?? SIGNED_OUT_PAGE;
  if (onward.startsWith('/')) goTo(res, onward);
  else sendHandOver(res, { ...ELSEWHERE, url: onward });
}

/**
 * Gone from this browser even when the store cannot be told. Where it was not open, signing out does not open it: whoever signs in
 * next is asked to prove it.
 */
async function clearBrowser({ sessions }: Deps, req: Request, res: Response): Promise<void> {
  clearSession(res);
  const wasOpen = await isFreeOrLive(sessions, sessionTokenOf(req)).catch(() => false);
  if (!wasOpen) setProveAnew(res);
}

/** With the store away what this node knows of the person ends here at once, the session at hand in any case. Then throws. */
async function endEverywhere(
  deps: Deps,
  { loginsOf = (login) => [login] }: SessionDoorOptions,
  req: Request,
): Promise<StoredSession | undefined> {
  try {
    const session = await sessionOf(deps, req);
    if (session === undefined) return undefined;
    const { provider, subject } = session.principal;
    const mine = { provider, subject };
    const others = loginsOf(mine).filter((one) => one.provider !== provider || one.subject !== subject);
    await endAll(deps, [mine, ...others]);
    return session;
  } catch (error: unknown) {
    const hash = hashOf(req);
    if (hash !== undefined) await deps.sessions.end(hash).catch(() => undefined);
    throw error;
  }
}

/** Each, even when another cannot be ended; then throws the first fault. */
async function endAll({ sessions }: Deps, logins: readonly Login[]): Promise<void> {
  const ended = await Promise.allSettled(logins.map((login) => sessions.endOf(login, 'everywhere')));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function lock(deps: Deps, req: Request): Promise<void> {
  const token = sessionTokenOf(req);
  const session = token === undefined ? undefined : await deps.sessions.lock(token);
  if (session === undefined) return;
  const { provider, subject, method, sessionRef } = session.principal;
  deps.onEvent({ outcome: 'locked', provider, subject, method, sessionRef });
}

/** The strongest wish goes to the card, where one can be used; anything else to where the person came from. */
function choiceFor(
  { choices, choiceOf }: SessionDoorOptions,
  { principal }: StoredSession,
  assurance: Assurance,
): SignInChoice | undefined {
  const card = assurance === 3 ? choices.find(({ kind }) => kind === 'card') : undefined;
  return card ?? choiceOf(principal.provider);
}

/** The strongest when nothing is said: whoever asks for a step-up without a level wants AI unlocked. */
function assuranceOf(value: unknown): Assurance {
  if (value === undefined) return 3;
  const assurance = ASSURANCES.find((known) => String(known) === value);
  if (assurance !== undefined) return assurance;
  throw new BadRequest('“assurance” must be 1, 2 or 3.');
}

async function sessionOf({ sessions }: Deps, req: Request): Promise<StoredSession | undefined> {
  const token = sessionTokenOf(req);
  const session = token === undefined ? undefined : await sessions.find(token);
  return session?.use === 'browser' ? session : undefined;
}

function hashOf(req: Request): string | undefined {
  const token = sessionTokenOf(req);
  return token === undefined ? undefined : secretHash(token);
}

/** A field of a form as it came; undefined without a form, or left empty. */
function fieldOf(req: Request, name: string): unknown {
  const body: unknown = req.body;
  if (typeof body !== 'object' || body === null) return undefined;
  const value: unknown = Object.getOwnPropertyDescriptor(body, name)?.value;
  return value === '' ? undefined : value;
}

function withQuery(address: string, query: Readonly<Record<string, string | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
  return search.size === 0 ? address : `${address}?${search.toString()}`;
}

function goTo(res: Response, address: string): void {
  res.setHeader('Cache-Control', 'no-store');
  res.redirect(303, address);
}
