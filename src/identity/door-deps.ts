import type { Request, Response } from 'express';
import type { Hop } from '../domain/hop.ts';
import type { LoginRole, Principal } from '../domain/principal.ts';
import type { Assurance, TokenScope } from '../domain/words.ts';
import type { Clock } from '../flows/ports.ts';
import type { EndCode } from '../domain/auth-words.ts';
import type { AuthEvent } from './auth-event.ts';
import type {
  Login,
  NameIdForm,
  Once,
  SessionOwner,
  SessionUse,
  StoredSession,
  Transaction,
  TransactionStore,
} from './stores/identity-stores.ts';

/** A person who has just proved who they are, at whichever door. */
export interface Arrival {
  readonly provider: string;
  readonly subject: string;
  readonly method: Principal['method'];
  readonly assurance: Assurance;
  /** ms since the epoch. */
  readonly authenticatedAt: number;
  readonly role?: LoginRole;
  readonly sessionIndex?: string;
  readonly nameId?: NameIdForm;
  /** When the identity provider ends the session, ms since the epoch. */
  readonly sessionEndsAt?: number;
}

/** How a session is opened. */
export interface Opening {
  readonly use: SessionUse;
  /** What is used up with it; see Spent. */
  readonly transaction?: Pick<Transaction, 'kind' | 'provider' | 'id'>;
  readonly once?: Once;
  readonly scopes?: readonly TokenScope[];
  /** Token hash of the session it hangs on. */
  readonly parentHash?: string;
  /** Ends it earlier than the limits do, ms from now. */
  readonly lifetimeMs?: number;
}

/** Sessions of people: of browsers, and of programs with a bearer token. All throw SessionsUnavailable when the store is away. */
export interface Sessions {
  /** Opens a session under a new token, using up what proved it. Throws SignInRefused('already-used' | 'unknown-request'). */
  readonly open: (
    arrival: Arrival,
    opening: Opening,
  ) => Promise<{ readonly token: string; readonly session: StoredSession }>;
  /**
   * Who holds this token. Throws NotIdentified when it is unknown, of the other use, over, locked or revoked. With the store away
   * a session that this node confirmed before is given as `unconfirmed`, until it is over; any other throws SessionsUnavailable.
   * Where nobody acts (`isUnattended`) it does not count as used.
   */
  readonly verify: (token: string, use: SessionUse, isUnattended?: boolean) => Promise<Principal>;
  /** The session behind a token, locked or not, unless it is past its absolute end. For doors that must know who sat here. */
  readonly find: (token: string) => Promise<StoredSession | undefined>;
  /**
   * True while it opens something: not over, revoked, locked on demand, or unused for the idle time. A sign-in begun in a browser
   * that holds any other session asks the provider to prove the person anew (ForceAuthn, `prompt=login`) and sets `mustBeFresh` in
   * its transaction; `finish` refuses a proof that is older than the request (`not-fresh`), whoever signs in.
   */
  readonly isLive: (session: StoredSession) => boolean;
  /** By the hash kept in a transaction. */
  readonly findByHash: (tokenHash: string) => Promise<StoredSession | undefined>;
  /** Ends it and all that hang on it. */
  readonly end: (tokenHash: string) => Promise<readonly StoredSession[]>;
  /** Ends all sessions of a person, or of one session at the provider. */
  readonly endOf: (owner: SessionOwner, code: EndCode) => Promise<readonly StoredSession[]>;
  /**
   * Whether somebody's session is still there: not ended, revoked or over, nor the one it hangs on. Locked or not: who holds the key may be at
   * another screen.
   */
  readonly stands: (session: Pick<Principal, 'provider' | 'subject' | 'sessionRef'>) => Promise<boolean>;
  /** What a person has that is not over. */
  readonly listOf: (owner: SessionOwner) => Promise<readonly StoredSession[]>;
  /** Locks a browser's session. Resolves to it, undefined when there is none or it was locked before. */
  readonly lock: (token: string) => Promise<StoredSession | undefined>;
  /** When this login last locked a session, or one ended locked; known beyond the end of that session. */
  readonly lastLockOf: (login: Login) => Promise<number | undefined>;
  /** Remembers that something was used. False when it was used before. */
  readonly spend: (once: Once) => Promise<boolean>;
  /** Tells the store, now that it answers, what it could not be told while it was away. Never throws. */
  readonly catchUp: () => Promise<void>;
}

/** Bounds on attempts, counted across nodes. All throw TooManyAttempts, and SessionsUnavailable when they cannot be counted. */
export interface AttemptLimits {
  readonly ofAddress: (req: Request) => Promise<void>;
  /** The same for a sign-in that begins, of which something is kept until it ends: one address alone cannot fill that. */
  readonly ofBeginning: (req: Request) => Promise<void>;
  /** An account that somebody names before proving to own it. Kept hashed. */
  readonly ofAccount: (account: string) => Promise<void>;
  /**
   * The same for an account that must stay within reach of everybody else, whoever guesses: counted for each address apart, and
   * for all together up to `max`. Resolves to the count of all in this minute.
   */
  readonly ofAccountFrom: (req: Request, account: string, max: number) => Promise<number>;
}

/** What the doors of every way to sign in share. */
export interface DoorDeps {
  readonly transactions: TransactionStore;
  readonly sessions: Sessions;
  readonly finish: FinishSignIn;
  readonly limits: AttemptLimits;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: () => string;
  /** The other end of the request; set by the edge. */
  readonly hopOf: (req: Request) => Hop;
  /** Must not throw. */
  readonly onEvent: (event: AuthEvent) => void;
}

/** A proof that held, and what it answers. */
export interface Proof {
  readonly arrival: Arrival;
  /** What the sign-in began with; used up here. Absent at the card door, where nothing has to come back. */
  readonly transaction?: Transaction;
  /** Where there is no transaction: the same facts. */
  readonly returnTo?: string;
  readonly stepUp?: NonNullable<Transaction['stepUp']>;
  /** Where this gateway's pages are, when the door that took the proof has another origin: the browser goes back there. */
  readonly origin?: string;
  /** Hash of the session the browser had. */
  readonly sessionHash?: string;
  readonly once?: Once;
  /** How far the provider's clock may be behind ours when a fresh proof is wanted, ms; 0 when absent. */
  readonly toleranceMs?: number;
}

/**
 * The one way from a proof to a session, whatever the door: a step-up must be strong enough, newer than its request, and by the
 * same practitioner (else the session before ends, too); where the session before is not live, or the transaction says
 * `mustBeFresh`, the proof must be newer than the request as well; unless it was asked for anew, it must be newer than the last
 * lock of this login, wherever that was; the session before is ended; a new one is opened under a new
 * token; the cookie is set; the event is told; the browser goes on (303) to where the person was. Throws SignInRefused; what was
 * proved is then used up, too.
 */
export type FinishSignIn = (
  proof: Proof,
  exchange: { readonly req: Request; readonly res: Response },
) => Promise<void>;

/** A way to sign in that the sign-in page offers. */
export interface SignInChoice {
  readonly id: string;
  readonly title: string;
  readonly kind: 'saml' | 'oidc' | 'card';
  /** A local path (or, for cards, an address on the card listener) without query; `return` and `step-up` are added. */
  readonly href: string;
}
