import type { LoginRole, Principal } from '../../domain/principal.ts';
import type { Assurance, TokenScope } from '../../domain/words.ts';

/**
 * Where sign-ins and sessions are kept: the embedded store (SQLite) or Redis, which several nodes share. Every write is
 * durable (SQLite) or acknowledged (Redis) when it resolves; every call throws SessionsUnavailable, within a second or two, when
 * the store cannot answer. Nothing of a driver's error crosses this line. Times are ms since the epoch.
 */
export interface IdentityStores {
  readonly transactions: TransactionStore;
  readonly sessions: SessionStore;
  readonly rates: RateCounter;
  /** Whether the store answers; never throws. */
  readonly isWell: () => Promise<boolean>;
}

export const TRANSACTION_KINDS = [
  'saml-sign-in',
  'saml-sign-out',
  'saml-signed-out',
  'oidc-sign-in',
  'one-time-code',
  'study-token',
] as const;
export type TransactionKind = (typeof TRANSACTION_KINDS)[number];

/** Something begun that must come back once: a request to an identity provider, or a code shown on a page. */
export interface Transaction {
  readonly kind: TransactionKind;
  /** Entity ID or issuer of the one provider that may answer; our own entity ID for a code. */
  readonly provider: string;
  /** Request ID, `state`, or the hash of a code. */
  readonly id: string;
  /** IssueInstant as sent, where one was. */
  readonly issuedAt?: string;
  readonly startedAt: number;
  readonly expiresAt: number;
  /** Hash of the token in the browser's transaction cookie; absent where no browser is bound. */
  readonly browserHash?: string;
  /** A local path. */
  readonly returnTo: string;
  /** Hash of the session this browser had when it began. It ends when this comes back. */
  readonly sessionHash?: string;
  /** Set when an earlier proof will not do: the person must prove it anew, at least this strongly. */
  readonly stepUp?: { readonly assurance: Assurance };
  /** Set when the browser's session was locked when it began: a proof from before the request unlocks nothing. */
  readonly mustBeFresh?: boolean;
  /** What the protocol needs to see again (nonce, PKCE verifier). Never logged. */
  readonly values?: Readonly<Record<string, string>>;
  /** What a code is good for. */
  readonly scopes?: readonly TokenScope[];
}

export interface TransactionStore {
  /** Throws GatewayError('overloaded') when too many are under way. One that stands already is never overwritten. */
  readonly save: (transaction: Transaction) => Promise<void>;
  /** One that has not expired. Reading does not use it up. */
  readonly find: (kind: TransactionKind, provider: string, id: string) => Promise<Transaction | undefined>;
  /** Reads and removes in one step: of several at once, one gets it. */
  readonly take: (kind: TransactionKind, provider: string, id: string) => Promise<Transaction | undefined>;
}

/** Whoever holds the token: the browser that signed in, or a program with a bearer token. The one never works as the other. */
export type SessionUse = 'browser' | 'bearer';

/** What stands beside a NameID (SAML core §2.2.2). Tells nobody apart here. */
export interface NameIdForm {
  readonly format?: string;
  readonly nameQualifier?: string;
  readonly spNameQualifier?: string;
}

/** A signed-in person as kept: never the token, only its hash. */
export interface StoredSession {
  readonly tokenHash: string;
  readonly use: SessionUse;
  readonly principal: Omit<Principal, 'unconfirmed' | 'scopes' | 'role'>;
  readonly scopes?: readonly TokenScope[];
  readonly role?: LoginRole;
  /** SessionIndex (SAML) or `sid` (OpenID Connect): by it the identity provider ends the session. */
  readonly sessionIndex?: string;
  /** How the provider qualified the NameID (SAML): a sign-out must name the person in the same words. */
  readonly nameId?: NameIdForm;
  /** Token hash of the session this one hangs on; it ends with it. */
  readonly parentHash?: string;
  /** The suspension in force when it was opened; a later one ends it. */
  readonly suspension?: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** Set when the person locked it: it opens nothing until somebody proves to be the same person. */
  readonly lockedAt?: number;
}

/** What a sign-in uses up. */
export interface Spent {
  /** Must still be there; is removed. */
  readonly transaction?: Pick<Transaction, 'kind' | 'provider' | 'id'>;
  /** Must never have been seen (an assertion's ID, a logout message's ID). */
  readonly once?: Once;
}

export interface Once {
  /** Entity ID or issuer. */
  readonly provider: string;
  readonly id: string;
  /** Until when it is remembered. */
  readonly until: number;
}

/** Whose sessions: all of a person, those of one session at the identity provider, or what is both. Never all of a provider. */
export type SessionOwner = { readonly provider: string } & (
  | { readonly subject: string; readonly sessionIndex?: string }
  | { readonly subject?: undefined; readonly sessionIndex: string }
);

/** A login: one name at one provider. */
export interface Login {
  readonly provider: string;
  readonly subject: string;
}

export interface SessionStore {
  /**
   * Uses up what is spent and opens the session, all or nothing. Of several at once with the same answer one wins. A transaction
   * past its end is gone.
   * Throws SignInRefused('already-used' | 'unknown-request') for the others.
   */
  readonly open: (session: StoredSession, spent: Spent) => Promise<void>;
  /** Uses something up without opening a session. False when it was seen before. */
  readonly spend: (once: Once) => Promise<boolean>;
  /** One that is not over. */
  readonly find: (tokenHash: string) => Promise<StoredSession | undefined>;
  /** Moves `lastSeenAt` forward, never back. */
  readonly touch: (tokenHash: string, seenAt: number) => Promise<void>;
  /** The first lock counts. */
  readonly lock: (tokenHash: string, lockedAt: number) => Promise<void>;
  /** Ends it and all that hang on it. Resolves to what was there and not over, children included. */
  readonly destroy: (tokenHash: string) => Promise<readonly StoredSession[]>;
  /** Ends all sessions of this owner. Resolves to what was there and not over, children included. */
  readonly destroyOf: (owner: SessionOwner) => Promise<readonly StoredSession[]>;
  /** What a person has that is not over, browser sessions and tokens. */
  readonly listOf: (owner: SessionOwner) => Promise<readonly StoredSession[]>;
  /** Remembers until `until` that somebody locked a session; of several the latest counts. Outlives the session. */
  readonly noteLock: (
    login: Login,
    lock: { readonly lockedAt: number; readonly until: number },
  ) => Promise<void>;
  /** When this login last locked one, as long as that is remembered. */
  readonly lastLockOf: (login: Login) => Promise<number | undefined>;
  /** Removes sessions past their end, and what is no longer remembered. Redis does that by itself. */
  readonly purge: (nowMs: number) => Promise<void>;
}

export interface RateCounter {
  /** Counts one more under this key in the current window; resolves to the count, this one included. */
  readonly hit: (key: string, windowMs: number) => Promise<number>;
}
