import type { Moment } from './saml-time.ts';

/** Whom an assertion must come from, and for whom and where it must be meant. */
export interface ExpectedAssertion extends Moment {
  /** Entity ID of the one identity provider that may answer. */
  readonly issuer: string;
  /** Our entity ID. */
  readonly audience: string;
  /** The address the answer must name and was posted to. */
  readonly acsUrl: string;
  /** The request it answers; null when it must answer none (RFC 7522 §3). */
  readonly requestId: string | null;
}

/** What this sign-in asked for, and of whom. */
export interface ExpectedAnswer extends ExpectedAssertion {
  readonly requestId: string;
  /** False when the Response itself is not signed: what it says must still fit, but it may leave out what the assertion says. */
  readonly isResponseSigned: boolean;
}
