import type { Assurance, TokenScope } from './words.ts';

/** Who the login says is at the screen; which practitioner that is, the register says. */
export interface Principal {
  readonly kind: 'person';
  /** Entity ID of the identity provider, issuer of the OpenID provider, or the name under which smart cards are registered. */
  readonly provider: string;
  /** NameID, `sub`, or what names the holder of the card: exactly as it was proved (trimmed). Personal data. */
  readonly subject: string;
  readonly method: 'saml' | 'smart-card' | 'oidc' | 'break-glass';
  readonly assurance: Assurance;
  /** When the person proved it, ms since the epoch (SAML AuthnInstant, OpenID Connect auth_time). */
  readonly authenticatedAt: number;
  /** When the session ends at the latest, ms since the epoch. */
  readonly expiresAt: number;
  /** Opaque handle of the session, safe to log (not the token). */
  readonly sessionRef: string;
  /** What a bearer token is good for. Absent for the session of a browser, which is good for everything. */
  readonly scopes?: readonly TokenScope[];
  /** True while the session is known from this node's memory only: whether it was revoked cannot be asked. Images only. */
  readonly unconfirmed?: boolean;
  /** The role chosen at the identity provider (CIS2), where one was. */
  readonly role?: LoginRole;
}

/** A role somebody acts in, as the identity provider says it. Decides nothing here; stands in the record. */
export interface LoginRole {
  readonly id: string;
  readonly name?: string;
  readonly organisation?: string;
}

/** An AI endpoint reading exactly one study for exactly one case. It opens nothing else. */
export interface StudyReader {
  readonly kind: 'study-reader';
  readonly studyInstanceUid: string;
  readonly caseId: string;
  /** The machine's name in the config, where it reads by its own key for a workitem that it has claimed; absent for the token of a call. */
  readonly machine?: string;
  readonly expiresAt: number;
}

/** A machine of the Trust that speaks for itself: an AI endpoint that stores results, a modality that stores images, a PACS that reports changes, or a system that reports what was found out about cases. */
export interface Machine {
  readonly kind: 'machine';
  /** Its name in the config. */
  readonly id: string;
  readonly purpose: 'ai-results' | 'modality' | 'pacs-events' | 'truth';
  /** The exact versions it may store results of; none for others. */
  readonly models: readonly { readonly model: string; readonly version: string }[];
  readonly proof: 'certificate' | 'key';
}

export type Caller = Principal | StudyReader | Machine;
