import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { GatewayError } from '../../domain/errors.ts';
import type { DoorDeps } from '../door-deps.ts';
import { isLocalPath } from '../local-path.ts';
import { networkOf } from '../network-of.ts';
import { BREAK_GLASS_PROVIDER } from '../provider-names.ts';
import { demand, SignInRefused } from '../sign-in-refusal.ts';
import type { StoredSession } from '../stores/identity-stores.ts';
import { createGate, type Gate } from './bounded-gate.ts';
import { isPassword, parsePasswordHash, type PasswordHash } from './password-hash.ts';

export interface BreakGlassOptions {
  readonly username: string;
  /** PHC string (argon2id). */
  readonly passwordHash: string;
  /** 60 minutes when absent. */
  readonly lifetimeMs?: number;
  /** Whether no identity provider answers; false while nobody knows. */
  readonly areAllAway: () => boolean;
}

export interface BreakGlassDoors {
  /** POST /auth/break-glass (form with `username`, `password`, `return`) */
  readonly enter: RequestHandler;
  readonly isOpen: () => boolean;
  /** Ends all emergency sessions: an identity provider is back. */
  readonly endAll: () => Promise<readonly StoredSession[]>;
}

const LIFETIME_MS = 60 * 60_000;
const MAX_FIELD_LENGTH = 1_024;
/** A hash takes 64 MiB or more, and a tenth of a second. */
const BOUNDS = { running: 2, waiting: 32, waitingOfOne: 2 };
/** From so many attempts a minute on somebody guesses. */
const GUESSING = 120;
/** About as many as can be looked at. Of each address no more than of any account: nobody alone locks the others out. */
const MAX_A_MINUTE = 1_200;
const MINUTE_MS = 60_000;
/** Whatever name is typed: there is one account, and each attempt costs the same. */
const ACCOUNT = 'break-glass';

/**
 * The emergency door: one account, open only while no identity provider answers, for plain images only. Every entry is an alarm.
 * Throws GatewayError('internal') when the account is not fit to use.
 */
export function createBreakGlass(deps: DoorDeps, options: BreakGlassOptions): BreakGlassDoors {
  const account: Account = {
    ...options,
    hash: checkedHash(options),
    gate: createGate(BOUNDS),
    onGuessing: onceAMinute(deps, () =>
      deps.onEvent({
        outcome: 'alarm',
        code: 'break-glass-guessed',
        provider: BREAK_GLASS_PROVIDER,
        method: 'break-glass',
      }),
    ),
  };
  const isOpen = options.areAllAway;
  return {
    enter: async (req, res) => {
      const arrival = await prove(deps, account, req).catch((error: unknown) => {
        throw refusalOf(deps, error);
      });
      const { provider, subject, method, assurance, authenticatedAt } = arrival;
      // Before anybody is in: if what follows fails, there was an alarm too many.
      deps.onEvent({
        outcome: 'alarm',
        code: 'break-glass-used',
        provider,
        subject,
        method,
        assurance,
        authenticatedAt,
      });
      await deps.finish({ arrival, returnTo: returnPathOf(req.body) }, { req, res });
    },
    isOpen,
    endAll: () => deps.sessions.endOf(ownerOf(options), 'break-glass-over'),
  };
}

interface Account extends BreakGlassOptions {
  readonly hash: PasswordHash;
  readonly gate: Gate;
  readonly onGuessing: () => void;
}

function onceAMinute({ clock }: Pick<DoorDeps, 'clock'>, act: () => void): () => void {
  let actedAt = -Infinity;
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - actedAt < MINUTE_MS) return;
    actedAt = nowMs;
    act();
  };
}

function checkedHash({ username, passwordHash, lifetimeMs = LIFETIME_MS }: BreakGlassOptions): PasswordHash {
  const hash = parsePasswordHash(passwordHash);
  if (hash !== undefined && username !== '' && lifetimeMs > 0) return hash;
  const detail =
    'The emergency account is not fit to use: it needs a name, a time, and an argon2id hash as “countersign hash-password” prints it.';
  throw new GatewayError('internal', { detail });
}

function ownerOf({ username }: BreakGlassOptions): { readonly provider: string; readonly subject: string } {
  return { provider: BREAK_GLASS_PROVIDER, subject: username };
}

/** While the door is closed no password is looked at; while it is open a wrong name costs what a wrong password costs. */
async function prove(deps: DoorDeps, account: Account, req: Request) {
  await deps.limits.ofAddress(req);
  demand(account.areAllAway(), 'break-glass-closed');
  const username = fieldOf(req.body, 'username');
  if ((await deps.limits.ofAccountFrom(req, ACCOUNT, MAX_A_MINUTE)) > GUESSING) account.onGuessing();
  const isRight = await account.gate(networkOf(deps.hopOf(req).address), () =>
    isPassword(fieldOf(req.body, 'password'), account.hash),
  );
  const isNamed = isSameText(username, account.username);
  demand(isRight && isNamed, 'wrong-credentials');
  // It may have closed while we were computing.
  demand(account.areAllAway(), 'break-glass-closed');
  const now = deps.clock.nowMs();
  return {
    ...ownerOf(account),
    method: 'break-glass',
    assurance: 1,
    authenticatedAt: now,
    sessionEndsAt: now + (account.lifetimeMs ?? LIFETIME_MS),
  } as const;
}

function refusalOf({ onEvent }: DoorDeps, error: unknown): unknown {
  if (error instanceof SignInRefused) {
    const { refusal: code } = error;
    onEvent({ outcome: 'refused', provider: BREAK_GLASS_PROVIDER, method: 'break-glass', code });
  }
  return error;
}

function isSameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** A field that is missing, sent twice or too long is as wrong as any other. */
function fieldOf(body: unknown, name: 'username' | 'password' | 'return'): string {
  if (typeof body !== 'object' || body === null) return '';
  const value = new Map<string, unknown>(Object.entries(body)).get(name);
  return typeof value === 'string' && value.length <= MAX_FIELD_LENGTH ? value : '';
}

function returnPathOf(body: unknown): string {
  const path = fieldOf(body, 'return');
  return isLocalPath(path) ? path : '/';
}
