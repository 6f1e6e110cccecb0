import type { DoorDeps } from '../../door-deps.ts';
import { REQUEST_LIFETIME_MS } from '../../request-lifetime.ts';
import type { StoredSession, Transaction } from '../../stores/identity-stores.ts';
import { logoutRequestXml } from './logout-xml.ts';

/** A sign-out here that must be told to the provider: kept until its answer comes back. */
export const SIGN_OUT = 'saml-sign-out';
/** SAML core recommends 128 to 160 bits (§1.3.4). */
const ID_BYTES = 20;
/** Of the request itself; it is on its way for seconds. */
const REQUEST_GOOD_FOR_MS = 5 * 60_000;

/** A message ID that nobody can guess. */
export function newMessageId(randomBytes: DoorDeps['randomBytes']): string {
  return `_${Buffer.from(randomBytes(ID_BYTES)).toString('hex')}`;
}

/** What is kept of an ended session so that its provider can be told. */
export function signOutTransaction(
  { principal, sessionIndex, nameId }: StoredSession,
  id: string,
  nowMs: number,
): Transaction {
  return {
    kind: SIGN_OUT,
    provider: principal.provider,
    id,
    startedAt: nowMs,
    expiresAt: nowMs + REQUEST_LIFETIME_MS,
    returnTo: '/auth/sign-in',
    values: {
      subject: principal.subject,
      ...(sessionIndex === undefined ? {} : { sessionIndex }),
      ...nameId,
    },
  };
}

/** The LogoutRequest for what was kept. */
export function signOutRequestXml(
  { id, values = {} }: Transaction,
  head: { readonly issuer: string; readonly destination: string },
  nowMs: number,
): string {
  const { subject = '', sessionIndex, ...nameId } = values;
  return logoutRequestXml({
    ...head,
    id,
    issuedAt: nowMs,
    notOnOrAfter: nowMs + REQUEST_GOOD_FOR_MS,
    subject,
    nameId,
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
  });
}
