import { GatewayError, NotIdentified } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Clock } from '../../flows/ports.ts';
import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';
import { createSessionCache, type SessionCache } from './session-cache.ts';
import type { SessionStore, SpentAnswer, StoredSession } from './session-store.ts';

export interface SessionLimits {
  /** Ends a session that nobody used for so long. */
  readonly idleMs: number;
  /** Ends any session. */
  readonly absoluteMs: number;
}

/** A person who has just proved who they are. */
export interface Arrival extends Omit<Principal, 'kind' | 'sessionRef' | 'expiresAt'> {
  readonly sessionIndex?: string;
  /** When the identity provider ends the session, ms since the epoch. */
  readonly sessionEndsAt?: number;
}

export interface Sessions {
  /** Opens a session under a new token, using up the answer that proved it. Throws SignInRefused. */
  readonly open: (arrival: Arrival, spent: SpentAnswer) => Promise<{ readonly token: string }>;
  /** Throws NotIdentified when the token is unknown, or its session is over. */
  readonly verify: (token: string) => Promise<Principal>;
  /** Ends the session for good; resolves to whose it was. */
  readonly end: (token: string) => Promise<Principal | undefined>;
}

interface Deps {
  readonly store: SessionStore;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: () => string;
  readonly onWarn: (message: string) => void;
}

/** Being seen is written down at most this often: every write waits for the disk. */
const TOUCH_MS = 60_000;
const OVER = 'Your session has ended. Sign in to continue.';

/** Server-side sessions. The browser holds a random token; everything else stands in the store, under the token's hash. */
export function createSessions(deps: Deps): Sessions {
  const cache = createSessionCache(deps.clock.monotonicMs, deps.store.find);
  const end = async (tokenHash: string): Promise<Principal | undefined> => {
    const session = await deps.store.destroy(tokenHash);
    cache.forget(tokenHash);
    return session?.principal;
  };
  const verify = async (token: string): Promise<Principal> => {
    const session = await cache.find(secretHash(token));
    if (session === undefined) throw new NotIdentified();
    const nowMs = deps.clock.nowMs();
    if (isOver(session, nowMs, deps.limits.idleMs)) {
      // The answer is no in any case; a disk that cannot forget must not turn it into a fault.
      await end(session.tokenHash).catch(() => undefined);
      throw new NotIdentified(OVER);
    }
    if (nowMs - session.lastSeenAt >= touchInterval(deps.limits)) await touch(deps, cache, session, nowMs);
    return session.principal;
  };
  return {
    open: (arrival, spent) => openSession(deps, arrival, spent),
    verify: (token) => verify(token).catch(wrapFault),
    end: (token) => end(secretHash(token)).catch(wrapFault),
  };
}

/** Nothing of the database driver crosses the port. */
function wrapFault(cause: unknown): never {
  if (cause instanceof GatewayError) throw cause;
  const detail = 'Sessions cannot be read or written at the moment. Try again in a minute, and tell IT.';
  throw new GatewayError('internal', { detail, cause });
}

/** Somebody who is reading images goes on reading when the disk is full: what could not be written is kept in memory. */
async function touch(deps: Deps, cache: SessionCache, session: StoredSession, nowMs: number): Promise<void> {
  cache.noteSeen(session.tokenHash, nowMs);
  try {
    await deps.store.touch(session.tokenHash, nowMs);
  } catch {
    deps.onWarn('The use of a session could not be written down; it goes on from memory.');
  }
}

async function openSession(
  deps: Deps,
  arrival: Arrival,
  spent: SpentAnswer,
): Promise<{ readonly token: string }> {
  const { sessionIndex, sessionEndsAt, ...person } = arrival;
  const nowMs = deps.clock.nowMs();
  await deps.store.purge(nowMs, deps.limits.idleMs);
  const token = Buffer.from(deps.randomBytes(TOKEN_BYTES)).toString('base64url');
  const expiresAt = Math.min(nowMs + deps.limits.absoluteMs, sessionEndsAt ?? Number.POSITIVE_INFINITY);
  const session: StoredSession = {
    tokenHash: secretHash(token),
    principal: { kind: 'person', ...person, expiresAt, sessionRef: deps.newId() },
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
    createdAt: nowMs,
    lastSeenAt: nowMs,
  };
  await deps.store.open(session, spent);
  return { token };
}

/** Server side, by both limits; SessionNotOnOrAfter of the identity provider is in `expiresAt` (SAML core §2.7.2). */
function isOver({ principal, lastSeenAt }: StoredSession, nowMs: number, idleMs: number): boolean {
  return nowMs >= principal.expiresAt || nowMs - lastSeenAt >= idleMs;
}

/** A quarter of a short idle limit, so that use between two writes cannot look like idleness for long. */
function touchInterval({ idleMs }: SessionLimits): number {
  return Math.min(TOUCH_MS, idleMs / 4);
}
