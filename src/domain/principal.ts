import type { Assurance } from './words.ts';

/** Who the login says is at the screen; which practitioner that is, the register says. */
export interface Principal {
  readonly kind: 'person';
  /** Entity ID of the identity provider. */
  readonly provider: string;
  /** NameID, exactly as the provider sent it (trimmed). Personal data. */
  readonly subject: string;
  readonly method: 'saml' | 'smart-card' | 'oidc' | 'break-glass';
  readonly assurance: Assurance;
  /** When the person proved it, ms since the epoch (SAML AuthnInstant). */
  readonly authenticatedAt: number;
  /** When the session ends at the latest, ms since the epoch. */
  readonly expiresAt: number;
  /** Opaque handle of the session, safe to log (not the token). */
  readonly sessionRef: string;
}

/** An AI endpoint reading exactly one study for exactly one case. It opens nothing else. */
export interface StudyReader {
  readonly kind: 'study-reader';
  readonly studyInstanceUid: string;
  readonly caseId: string;
  readonly expiresAt: number;
}

export type Caller = Principal | StudyReader;
