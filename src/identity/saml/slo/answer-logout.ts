import type { Response } from 'express';
import type { DoorDeps } from '../../door-deps.ts';
import type { SamlProvider } from '../saml-provider.ts';
import { sendHandOver } from '../../hand-over-page.ts';
import { logoutRouteOf, type LogoutRoute, type LogoutSender, type Outgoing } from './logout-sender.ts';
import { logoutResponseXml } from './logout-xml.ts';
import { newMessageId } from './sign-out-request.ts';

/** Where somebody comes out who is signed out. */
export const SIGNED_OUT = '/auth/sign-in?signed-out=1';
/** The same, when the identity provider could not sign them out everywhere. */
export const SIGNED_OUT_PARTLY = '/auth/sign-in?signed-out=partial';

interface Deps extends Pick<DoorDeps, 'randomBytes' | 'clock'> {
  readonly entityId: string;
  /** Absent without a key. */
  readonly sender: LogoutSender | undefined;
}

interface Given {
  readonly res: Response;
  readonly inResponseTo: string;
  readonly isComplete: boolean;
  readonly relayState?: string;
}

/**
 * Answers a LogoutRequest once its sessions are ended: a signed LogoutResponse to where the provider takes answers. Where there
 * is no such address, or no key of ours, the browser stays here.
 */
export function answerLogout(deps: Deps, provider: SamlProvider, given: Given): void {
  const { res, isComplete, relayState } = given;
  const route = logoutRouteOf(provider, 'SAMLResponse');
  if (deps.sender === undefined || route === undefined) {
    res.redirect(303, isComplete ? SIGNED_OUT : SIGNED_OUT_PARTLY);
    return;
  }
  const outgoing: Outgoing = {
    field: 'SAMLResponse',
    xml: responseXml(deps, route, given),
    ...(relayState === undefined ? {} : { relayState }),
  };
  if (route.binding === 'redirect') {
    res.redirect(303, deps.sender.redirectUrl(route, outgoing));
    return;
  }
  sendHandOver(res, {
    title: 'You are signed out of Countersign',
    text: `This is now being reported to ${provider.title}, which asked for it.`,
    action: 'Continue',
    url: route.url,
    fields: deps.sender.formFields(outgoing),
  });
}

function responseXml(
  { randomBytes, clock, entityId }: Deps,
  { url }: LogoutRoute,
  { inResponseTo, isComplete }: Given,
): string {
  return logoutResponseXml({
    id: newMessageId(randomBytes),
    issuer: entityId,
    destination: url,
    issuedAt: clock.nowMs(),
    inResponseTo,
    isComplete,
  });
}
