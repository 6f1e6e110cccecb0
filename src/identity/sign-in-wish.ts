import type { Request } from 'express';
import { BadRequest } from '../domain/errors.ts';
import { ASSURANCES } from '../domain/words.ts';
import type { DoorDeps } from './door-deps.ts';
import { isLocalPath } from './local-path.ts';
import { secretHash } from './secret-hash.ts';
import { mustProveAnew, sessionTokenOf } from './sign-in-cookies.ts';
import type { Transaction } from './stores/identity-stores.ts';

/** What somebody who begins a sign-in wants, and what the browser holds; goes into the transaction as it is. */
export type SignInWish = Pick<Transaction, 'returnTo' | 'sessionHash' | 'stepUp' | 'mustBeFresh'>;

/**
 * Reads `?return=&step-up=` and the session cookie, the same for every login door. With `stepUp` or `mustBeFresh` the provider is
 * to be asked for a proof of now. Throws BadRequest for a `return` that is no path of ours, SessionsUnavailable.
 */
export async function readSignInWish(
  { sessions }: Pick<DoorDeps, 'sessions'>,
  req: Request,
): Promise<SignInWish> {
  const returnTo = returnPathOf(req.query['return']) ?? '/';
  const token = sessionTokenOf(req);
  const assurance = ASSURANCES.find((known) => String(known) === req.query['step-up']);
  const mustBeFresh = mustProveAnew(req) || !(await isFreeOrLive(sessions, token));
  return {
    returnTo,
    ...(token === undefined ? {} : { sessionHash: secretHash(token) }),
    ...(assurance === undefined ? {} : { stepUp: { assurance } }),
    ...(mustBeFresh ? { mustBeFresh } : {}),
  };
}

/**
 * False where somebody sat whose session is locked, over or ended: that they once signed in at the provider does not prove who
 * sits there now.
 */
export async function isFreeOrLive(
  sessions: Pick<DoorDeps['sessions'], 'find' | 'isLive'>,
  token: string | undefined,
): Promise<boolean> {
  if (token === undefined) return true;
  const session = await sessions.find(token);
  return session?.use === 'browser' && sessions.isLive(session);
}

/** Where a person goes afterwards: a local path as given, undefined when none is. Throws BadRequest for anything else. */
export function returnPathOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && isLocalPath(value)) return value;
  throw new BadRequest(
    '“return” must be one path on this gateway, such as /me/studies. Go to /auth/sign-in instead.',
  );
}
