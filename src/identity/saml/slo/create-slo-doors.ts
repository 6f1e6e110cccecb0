import type { Request, RequestHandler, Response } from 'express';
import { GatewayError } from '../../../domain/errors.ts';
import type { DoorDeps } from '../../door-deps.ts';
import { secretHash } from '../../secret-hash.ts';
import { clearSession, sessionTokenOf } from '../../sign-in-cookies.ts';
import { demand, SignInRefused } from '../../sign-in-refusal.ts';
import type { StoredSession } from '../../stores/identity-stores.ts';
import type { CertifiedKey } from '../service-provider.ts';
import type { SamlProvider, SamlProviders } from '../saml-provider.ts';
import { answerLogout, SIGNED_OUT, SIGNED_OUT_PARTLY } from './answer-logout.ts';
import { endNamedSessions } from './end-named-sessions.ts';
import { sendHandOver } from '../../hand-over-page.ts';
import { ISSUE_WINDOW_MS } from '../judge-saml-answer.ts';
import {
  judgeLogoutRequest,
  judgeLogoutResponse,
  type ExpectedLogout,
  type WantedLogout,
} from './judge-logout.ts';
import type { LogoutMessage } from './logout-message.ts';
import { createLogoutSender, logoutRouteOf, type LogoutSender } from './logout-sender.ts';
import { readPostedMessage } from './read-posted-message.ts';
import { readRedirectMessage } from './read-redirect-message.ts';
import { markSignOut } from './sign-out-marks.ts';
import { newMessageId, SIGN_OUT, signOutRequestXml, signOutTransaction } from './sign-out-request.ts';

interface SloOptions {
  readonly publicUrl: string;
  /** What the gateway is called towards identity providers. */
  readonly entityId: string;
  readonly providers: Pick<SamlProviders, 'byId' | 'byEntityId'>;
  /** Without it people are signed out here only: nobody takes an unsigned logout message. */
  readonly signing?: CertifiedKey;
}

/** The doors of SAML single logout, both ways. */
export interface SloDoors {
  /** GET and POST /auth/saml/:idp/slo (body of a POST parsed as form): what the identity provider sends. */
  readonly slo: RequestHandler;
  /** GET /auth/saml/:idp/sign-out?request=: takes the browser to the identity provider after a sign-out here. */
  readonly signOut: RequestHandler;
  /**
   * Where a browser goes whose session has just been ended: on the way to its provider, or, where that cannot be told, to a page
   * that says so. Undefined for a session that SAML has nothing to do with. Never rejects.
   */
  readonly onSignedOut: (session: StoredSession) => Promise<string | undefined>;
}

interface Deps extends DoorDeps, Omit<SloOptions, 'signing'> {
  readonly sender: LogoutSender | undefined;
}

/** Past every window in which a message could be taken again, whatever the clocks do. */
const REMEMBER_MS = 24 * 60 * 60_000;
const MESSAGE_ID = /^_[0-9a-f]{40}$/;

/** Wires the doors of single logout (SAML profiles §4.4). Throws when the signing key cannot be read. */
export function createSloDoors(doorDeps: DoorDeps, options: SloOptions): SloDoors {
  const { publicUrl, entityId, providers, signing } = options;
  const sender = signing === undefined ? undefined : createLogoutSender(signing);
  const deps: Deps = { ...doorDeps, publicUrl, entityId, providers, sender };
  return {
    slo: async (req, res) => {
      await deps.limits.ofAddress(req);
      const provider = providerOf(deps, req);
      res.setHeader('Cache-Control', 'no-store');
      try {
        const message = readMessage(req, provider);
        if (message.field === 'SAMLRequest') await takeRequest(deps, provider, { req, res, message });
        else await takeResponse(deps, provider, { res, message });
      } catch (error: unknown) {
        throw refuse(deps, provider, error);
      }
    },
    signOut: async (req, res) => {
      await deps.limits.ofAddress(req);
      await leaveForProvider(deps, providerOf(deps, req), { req, res });
    },
    onSignedOut: (session) => beginSignOut(deps, session),
  };
}

function providerOf({ providers }: Deps, req: Request): SamlProvider {
  const { idp } = req.params;
  const provider = typeof idp === 'string' ? providers.byId(idp) : undefined;
  if (provider !== undefined) return provider;
  throw new GatewayError('not-found', { detail: 'There is no identity provider of this name.' });
}

/** Not for HEAD, which is taken for GET everywhere else: it would use the message up. With a query it is no form either, so it is refused. */
function readMessage(req: Request, { certificatesPem }: SamlProvider): LogoutMessage {
  return req.method === 'GET'
    ? readRedirectMessage(req.originalUrl, certificatesPem)
    : readPostedMessage(req, certificatesPem);
}

/** The provider signs somebody out. A cookie that comes along is cleared when its session was among those ended, and says nothing else. */
async function takeRequest(
  deps: Deps,
  provider: SamlProvider,
  { req, res, message }: { readonly req: Request; readonly res: Response; readonly message: LogoutMessage },
): Promise<void> {
  const wanted = judgeLogoutRequest(message.root, expectedOf(deps, provider));
  const until = deps.clock.nowMs() + REMEMBER_MS;
  const isNew = await deps.sessions.spend({ provider: provider.entityId, id: wanted.id, until });
  demand(isNew, 'already-used');
  const isMarked = await mark(deps, provider, wanted);
  const { ended, isComplete } = await endNamedSessions(deps, provider.entityId, wanted);
  const token = sessionTokenOf(req);
  const held = token === undefined ? undefined : secretHash(token);
  if (ended.some(({ tokenHash }) => tokenHash === held)) clearSession(res);
  const { relayState } = message;
  answerLogout(deps, provider, {
    res,
    inResponseTo: wanted.id,
    isComplete: isComplete && isMarked,
    ...(relayState === undefined ? {} : { relayState }),
  });
}

/** False when it could not be written down: a login that is under way may then open a session after all. */
async function mark(
  { transactions, clock }: Deps,
  { entityId, clockSkewMs }: SamlProvider,
  { subject, sessionIndexes, issuedAt }: WantedLogout,
): Promise<boolean> {
  const nowMs = clock.nowMs();
  // Further ahead than its clock may be it says nothing.
  const at = issuedAt > nowMs + clockSkewMs ? nowMs : issuedAt;
  const until = Math.max(nowMs, at) + ISSUE_WINDOW_MS + clockSkewMs;
  try {
    await markSignOut(transactions, { provider: entityId, subject, sessionIndexes, at, until });
    return true;
  } catch {
    return false;
  }
}

/** The provider answers a sign-out of ours. Whatever it says, the session here is gone already. */
async function takeResponse(
  deps: Deps,
  provider: SamlProvider,
  { res, message }: { readonly res: Response; readonly message: LogoutMessage },
): Promise<void> {
  const outcome = judgeLogoutResponse(message.root, expectedOf(deps, provider));
  const begun = await deps.transactions.take(SIGN_OUT, provider.entityId, outcome.requestId);
  demand(begun !== undefined, 'unknown-request');
  res.redirect(303, outcome.isComplete ? SIGNED_OUT : SIGNED_OUT_PARTLY);
}

function expectedOf({ publicUrl, clock }: Deps, provider: SamlProvider): ExpectedLogout {
  return {
    issuer: provider.entityId,
    sloUrl: new URL(`/auth/saml/${provider.id}/slo`, publicUrl).href,
    nowMs: clock.nowMs(),
    clockSkewMs: provider.clockSkewMs,
  };
}

async function beginSignOut(deps: Deps, session: StoredSession): Promise<string | undefined> {
  const { method, provider: entityId } = session.principal;
  if (method !== 'saml' || session.use !== 'browser') return undefined;
  const provider = deps.providers.byEntityId(entityId);
  const route = provider === undefined ? undefined : logoutRouteOf(provider, 'SAMLRequest');
  if (provider === undefined || route === undefined || deps.sender === undefined) return SIGNED_OUT_PARTLY;
  const id = newMessageId(deps.randomBytes);
  try {
    await deps.transactions.save(signOutTransaction(session, id, deps.clock.nowMs()));
    return `/auth/saml/${provider.id}/sign-out?request=${id}`;
  } catch {
    // The session here is gone all the same.
    return SIGNED_OUT_PARTLY;
  }
}

/** Repeatable until the answer has come: a page that is loaded again sends the same request again. */
async function leaveForProvider(
  { sender, transactions, entityId, clock }: Deps,
  provider: SamlProvider,
  { req, res }: { readonly req: Request; readonly res: Response },
): Promise<void> {
  const { request: id } = req.query;
  const begun =
    typeof id === 'string' && MESSAGE_ID.test(id)
      ? await transactions.find(SIGN_OUT, provider.entityId, id)
      : undefined;
  const route = logoutRouteOf(provider, 'SAMLRequest');
  if (sender === undefined || begun === undefined || route === undefined) {
    res.redirect(303, SIGNED_OUT_PARTLY);
    return;
  }
  const xml = signOutRequestXml(begun, { issuer: entityId, destination: route.url }, clock.nowMs());
  const outgoing = { field: 'SAMLRequest', xml } as const;
  sendHandOver(res, {
    title: 'You are signed out of Countersign',
    text: `Now you are being signed out of ${provider.title}, too.`,
    action: `Sign out of ${provider.title}`,
    ...(route.binding === 'redirect'
      ? { url: sender.redirectUrl(route, outgoing) }
      : { url: route.url, fields: sender.formFields(outgoing) }),
  });
}

/** One answer for every fault; which it was stands in the event. A store that is away is told as that. */
function refuse(deps: Deps, { entityId }: SamlProvider, error: unknown): GatewayError {
  if (error instanceof GatewayError && !(error instanceof SignInRefused)) return error;
  const code = error instanceof SignInRefused ? error.refusal : 'sign-out-unfit';
  deps.onEvent({ outcome: 'refused', provider: entityId, method: 'saml', code });
  return new SignInRefused('sign-out-unfit', error);
}
