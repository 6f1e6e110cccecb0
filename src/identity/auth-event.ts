import type { AlarmCode, AuthMethod, AuthOutcome, EndCode } from '../domain/auth-words.ts';
import type { Assurance } from '../domain/words.ts';
import type { RefusalCode } from './sign-in-refusal.ts';

/** Something that happened at a sign-in door, for the record and the metrics. Holds no token and nothing of the answer itself. */
export interface AuthEvent {
  readonly outcome: AuthOutcome;
  /** Entity ID of the identity provider, issuer, or name of the door. */
  readonly provider: string;
  /** Only once it is proved. Personal data. */
  readonly subject?: string;
  readonly method: AuthMethod;
  readonly assurance?: Assurance;
  /** ms since the epoch. */
  readonly authenticatedAt?: number;
  /** The role the person acts in, as the identity provider names it (CIS2). */
  readonly roleId?: string;
  /** Opaque handle of the session; the same as in the principal. */
  readonly sessionRef?: string;
  /** Why it was refused, revoked or alarmed; from a closed set. */
  readonly code?: RefusalCode | EndCode | AlarmCode;
}
