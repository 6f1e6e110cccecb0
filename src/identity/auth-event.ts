import type { Principal } from '../domain/principal.ts';
import type { Assurance } from '../domain/words.ts';
import type { RefusalCode } from './sign-in-refusal.ts';

export const AUTH_OUTCOMES = [
  'signed-in',
  'stepped-up',
  'refused',
  'signed-out',
  'locked',
  'revoked',
  'token-issued',
  'token-revoked',
  'alarm',
] as const;
export type AuthOutcome = (typeof AUTH_OUTCOMES)[number];

/** How somebody came, or tried to. */
export type AuthMethod = Principal['method'] | 'token' | 'machine';

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

/** Why a session ended without its holder asking for it. */
export const END_CODES = [
  'provider-sign-out',
  'suspended',
  'break-glass-over',
  'everywhere',
  'another-person',
  'too-many',
] as const;
export type EndCode = (typeof END_CODES)[number];

/** What a person of IT must look at. */
export const ALARM_CODES = [
  'break-glass-used',
  'break-glass-guessed',
  'metadata-stale',
  'metadata-older',
  'metadata-clash',
  'crl-ending',
  'card-header-forged',
] as const;
export type AlarmCode = (typeof ALARM_CODES)[number];
