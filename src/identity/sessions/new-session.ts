import type { Arrival, Opening } from '../door-deps.ts';
import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';
import type { Spent, StoredSession } from '../stores/identity-stores.ts';

interface Deps {
  readonly nowMs: number;
  /** Ends any session. */
  readonly absoluteMs: number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: () => string;
  /** The suspension in force for this person, if any. */
  readonly suspension: string | undefined;
}

/** A session as it begins, under a token that nobody ever had. It ends at the earliest of all its ends. */
export function newSession(
  deps: Deps,
  arrival: Arrival,
  opening: Opening,
): { readonly token: string; readonly session: StoredSession } {
  const { provider, subject, method, assurance, authenticatedAt } = arrival;
  const { nowMs, suspension } = deps;
  const token = Buffer.from(deps.randomBytes(TOKEN_BYTES)).toString('base64url');
  const person = { provider, subject, method, assurance, authenticatedAt };
  const expiresAt = endOf(deps, arrival, opening);
  const session: StoredSession = {
    tokenHash: secretHash(token),
    use: opening.use,
    principal: { kind: 'person', ...person, expiresAt, sessionRef: deps.newId() },
    ...broughtBy(arrival),
    ...askedBy(opening),
    ...(suspension === undefined ? {} : { suspension }),
    createdAt: nowMs,
    lastSeenAt: nowMs,
  };
  return { token, session };
}

/** What is used up with an opening. */
export function spentBy({ transaction, once }: Opening): Spent {
  return {
    ...(transaction === undefined ? {} : { transaction }),
    ...(once === undefined ? {} : { once }),
  };
}

function endOf({ nowMs, absoluteMs }: Deps, { sessionEndsAt }: Arrival, { lifetimeMs }: Opening): number {
  return Math.min(nowMs + absoluteMs, nowMs + (lifetimeMs ?? Infinity), sessionEndsAt ?? Infinity);
}

function broughtBy(arrival: Arrival): Pick<StoredSession, 'role' | 'sessionIndex' | 'nameId'> {
  const { role, sessionIndex, nameId } = arrival;
  return {
    ...(role === undefined ? {} : { role }),
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
    ...(nameId === undefined ? {} : { nameId }),
  };
}

function askedBy({ scopes, parentHash }: Opening): Pick<StoredSession, 'scopes' | 'parentHash'> {
  return {
    ...(scopes === undefined ? {} : { scopes }),
    ...(parentHash === undefined ? {} : { parentHash }),
  };
}
