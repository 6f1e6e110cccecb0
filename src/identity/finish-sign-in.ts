import type { Request, Response } from 'express';
import type { Assurance } from '../domain/words.ts';
import type { AuthEvent } from './auth-event.ts';
import type { Arrival, AttemptLimits, FinishSignIn, Proof, Sessions } from './door-deps.ts';
import { secretHash } from './secret-hash.ts';
import {
  clearProveAnew,
  clearSession,
  mustProveAnew,
  removeTransaction,
  sessionTokenOf,
  setProveAnew,
  setSession,
} from './sign-in-cookies.ts';
import { demand, SignInRefused } from './sign-in-refusal.ts';
import type { StoredSession, TransactionStore } from './stores/identity-stores.ts';

interface Deps {
  readonly sessions: Sessions;
  readonly transactions: Pick<TransactionStore, 'take'>;
  readonly limits: Pick<AttemptLimits, 'ofAccount'>;
  /** Which practitioner a login names; undefined for none or several. */
  readonly practitionerOf: (provider: string, subject: string) => string | undefined;
  /** Must not throw. */
  readonly onEvent: (event: AuthEvent) => void;
}

interface Exchange {
  readonly req: Request;
  readonly res: Response;
}

const SECOND_MS = 1_000;

/** Makes the one way from a proof to a session; see FinishSignIn. */
export function createFinishSignIn(deps: Deps): FinishSignIn {
  return async (proof, exchange) => {
    const { arrival, transaction } = proof;
    await deps.limits.ofAccount(`login ${arrival.provider} ${arrival.subject}`);
    const before = await sessionsBefore(deps, proof, exchange.req);
    // Where nothing was asked, the proof is of now.
    const lastLock = transaction === undefined ? undefined : await deps.sessions.lastLockOf(arrival);
    try {
      judge(deps, proof, before);
      judgeLock(proof, lastLock);
    } catch (error: unknown) {
      await refuse(deps, proof, { ...exchange, before, error });
      throw error;
    }
    const { token, session } = await deps.sessions.open(arrival, openingOf(proof));
    // Whoever sat here before is out; no reason to turn the new person away when that cannot be written yet.
    await endAll(deps, before).catch(() => undefined);
    deps.onEvent(eventOf(proof, session));
    forgetTransaction(proof, exchange);
    setSession(exchange.res, token);
    forgetProveAnew(proof, exchange);
    exchange.res.setHeader('Cache-Control', 'no-store');
    exchange.res.redirect(303, returnOf(proof));
  };
}

/**
 * What the browser held when the sign-in began, and what it holds now; rarely both, and rarely different. A cookie does not come
 * along from another site (SameSite=Lax), so the transaction remembers.
 */
async function sessionsBefore(deps: Deps, proof: Proof, req: Request): Promise<readonly StoredSession[]> {
  const token = sessionTokenOf(req);
  const held = token === undefined ? undefined : secretHash(token);
  const hashes = [proof.transaction?.sessionHash, proof.sessionHash, held];
  const distinct = [...new Set(hashes.filter((hash) => hash !== undefined))];
  const found = await Promise.all(distinct.map((hash) => deps.sessions.findByHash(hash)));
  return found.filter((session) => session !== undefined);
}

/** Throws SignInRefused. */
function judge(deps: Deps, proof: Proof, before: readonly StoredSession[]): void {
  const wanted = wantedBy(proof);
  const wasLocked = before.some((session) => !deps.sessions.isLive(session));
  if (wanted !== undefined) demand(proof.arrival.assurance >= wanted, 'step-up-too-weak');
  if (wanted !== undefined || wasLocked || proof.transaction?.mustBeFresh === true) judgeFreshness(proof);
  if (wanted === undefined) return;
  const isSame = before.every((session) => isSamePerson(deps, proof.arrival, session));
  demand(isSame, 'another-person');
}

/**
 * Proved after it was asked for: an old proof handed on again unlocks nothing. Providers tell whole seconds, so the second in which
 * it was asked for counts as after. Where nothing was asked, the proof is of now.
 */
function judgeFreshness({ arrival, transaction, toleranceMs = 0 }: Proof): void {
  if (transaction === undefined) return;
  const askedAt = Math.floor(transaction.startedAt / SECOND_MS) * SECOND_MS;
  demand(arrival.authenticatedAt >= askedAt - toleranceMs, 'not-fresh');
}

/**
 * Whoever sits at a locked screen may have got rid of its session and its cookie; the lock is remembered. A proof that was asked
 * for anew since, and is newer than that (see judgeFreshness), is one of now, whatever the provider's clock says.
 */
function judgeLock({ arrival, transaction }: Proof, lastLock: number | undefined): void {
  if (transaction === undefined || lastLock === undefined) return;
  const { mustBeFresh = false, stepUp, startedAt } = transaction;
  const isAskedAnew = (mustBeFresh || stepUp !== undefined) && startedAt >= lastLock;
  demand(isAskedAnew || arrival.authenticatedAt >= lastLock, 'not-fresh');
}

function wantedBy({ transaction, stepUp }: Proof): Assurance | undefined {
  return (transaction?.stepUp ?? stepUp)?.assurance;
}

/** The same login, or another login of the same practitioner: a card after a password. */
function isSamePerson(deps: Deps, arrival: Arrival, { principal }: StoredSession): boolean {
  if (arrival.provider === principal.provider && arrival.subject === principal.subject) return true;
  const who = deps.practitionerOf(arrival.provider, arrival.subject);
  return who !== undefined && who === deps.practitionerOf(principal.provider, principal.subject);
}

/**
 * What was proved but did not do is used up all the same: sent again once the session before is gone, it must not pass. Two people
 * at one step-up are both out.
 */
async function refuse(
  deps: Deps,
  proof: Proof,
  given: Exchange & { readonly before: readonly StoredSession[]; readonly error: unknown },
): Promise<void> {
  const { transaction, once } = proof;
  if (once !== undefined) await deps.sessions.spend(once);
  if (transaction !== undefined) {
    await deps.transactions.take(transaction.kind, transaction.provider, transaction.id);
  }
  forgetTransaction(proof, given);
  if (!(given.error instanceof SignInRefused)) return;
  const { refusal } = given.error;
  // So that starting again does what is missing.
  if (refusal === 'not-fresh' || refusal === 'another-person') setProveAnew(given.res);
  if (refusal !== 'another-person') return;
  clearSession(given.res);
  for (const { principal } of await endAll(deps, given.before)) {
    const { provider, subject, method, sessionRef } = principal;
    deps.onEvent({ outcome: 'revoked', provider, subject, method, sessionRef, code: 'another-person' });
  }
}

async function endAll(deps: Deps, sessions: readonly StoredSession[]): Promise<readonly StoredSession[]> {
  const ended = await Promise.all(sessions.map(({ tokenHash }) => deps.sessions.end(tokenHash)));
  return ended.flat();
}

function forgetTransaction({ transaction }: Proof, { req, res }: Exchange): void {
  if (transaction?.browserHash !== undefined) removeTransaction(req, res, transaction.browserHash);
}

/** The cookie does not come along with an answer posted from another site; the transaction says whether it was there. */
function forgetProveAnew({ transaction }: Proof, { req, res }: Exchange): void {
  if (transaction?.mustBeFresh === true || mustProveAnew(req)) clearProveAnew(res);
}

function openingOf({ transaction, once }: Proof): Parameters<Sessions['open']>[1] {
  return {
    use: 'browser',
    ...(transaction === undefined ? {} : { transaction }),
    ...(once === undefined ? {} : { once }),
  };
}

function returnOf({ transaction, returnTo, origin = '' }: Proof): string {
  return `${origin}${transaction?.returnTo ?? returnTo ?? '/'}`;
}

function eventOf(proof: Proof, { principal }: StoredSession): AuthEvent {
  const { provider, subject, method, assurance, authenticatedAt, role } = proof.arrival;
  return {
    outcome: wantedBy(proof) === undefined ? 'signed-in' : 'stepped-up',
    provider,
    subject,
    method,
    assurance,
    authenticatedAt,
    sessionRef: principal.sessionRef,
    ...(role === undefined ? {} : { roleId: role.id }),
  };
}
