import type { Request } from 'express';
import type { AuthEvent } from './auth-event.ts';
import type { Arrival, FinishSignIn, Proof, Sessions } from './door-deps.ts';
import { secretHash } from './secret-hash.ts';
import { clearSession, removeTransaction, sessionTokenOf, setSession } from './sign-in-cookies.ts';
import { demand, SignInRefused } from './sign-in-refusal.ts';
import type { Assurance } from '../domain/words.ts';
import type { StoredSession } from './stores/identity-stores.ts';

interface Deps {
  readonly sessions: Sessions;
  /** Which practitioner a login names; undefined for none or several. */
  readonly practitionerOf: (provider: string, subject: string) => string | undefined;
  /** Must not throw. */
  readonly onEvent: (event: AuthEvent) => void;
}

/** Makes the one way from a proof to a session; see FinishSignIn. */
export function createFinishSignIn(deps: Deps): FinishSignIn {
  return async (proof, { req, res }) => {
    const { arrival, transaction } = proof;
    const wanted = transaction?.stepUp ?? proof.stepUp;
    const sessionHash = transaction?.sessionHash ?? proof.sessionHash ?? heldBy(req);
    const before = sessionHash === undefined ? undefined : await deps.sessions.findByHash(sessionHash);
    if (wanted !== undefined) judgeStepUp(proof, wanted.assurance);
    if (wanted !== undefined && before !== undefined && !isSamePerson(deps, arrival, before)) {
      await deps.sessions.end(before.tokenHash);
      clearSession(res);
      throw new SignInRefused('another-person');
    }
    const { token } = await deps.sessions.open(arrival, openingOf(proof));
    // Whoever sat here before is out; no reason to turn the new person away when that cannot be written.
    if (before !== undefined) await deps.sessions.end(before.tokenHash).catch(() => undefined);
    const { provider, subject, method, assurance, authenticatedAt } = arrival;
    const outcome = wanted === undefined ? 'signed-in' : 'stepped-up';
    deps.onEvent({ outcome, provider, subject, method, assurance, authenticatedAt });
    if (transaction?.browserHash !== undefined) removeTransaction(req, res, transaction.browserHash);
    setSession(res, token);
    res.setHeader('Cache-Control', 'no-store');
    res.redirect(303, transaction?.returnTo ?? proof.returnTo ?? '/');
  };
}

/** Strong enough, and proved after it was asked for: an old proof handed on again unlocks nothing. */
function judgeStepUp({ arrival, transaction, toleranceMs = 0 }: Proof, assurance: Assurance): void {
  demand(arrival.assurance >= assurance, 'step-up-too-weak');
  const askedAt = transaction?.startedAt;
  demand(askedAt === undefined || arrival.authenticatedAt >= askedAt - toleranceMs, 'not-fresh');
}

/** Rarely seen: the cookie does not come along from another site (SameSite=Lax). */
function heldBy(req: Request): string | undefined {
  const token = sessionTokenOf(req);
  return token === undefined ? undefined : secretHash(token);
}

/** The same login, or another login of the same practitioner: a card after a password. */
function isSamePerson(deps: Deps, arrival: Arrival, { principal }: StoredSession): boolean {
  if (arrival.provider === principal.provider && arrival.subject === principal.subject) return true;
  const who = deps.practitionerOf(arrival.provider, arrival.subject);
  return who !== undefined && who === deps.practitionerOf(principal.provider, principal.subject);
}

function openingOf({ transaction, once }: Proof): Parameters<Sessions['open']>[1] {
  return {
    use: 'browser',
    ...(transaction === undefined ? {} : { transaction }),
    ...(once === undefined ? {} : { once }),
  };
}
