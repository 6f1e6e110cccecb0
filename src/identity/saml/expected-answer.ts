import type { Moment } from './saml-time.ts';

/** What this sign-in asked for, and of whom. */
export interface ExpectedAnswer extends Moment {
  /** Entity ID of the one identity provider that may answer. */
  readonly issuer: string;
  /** Our entity ID. */
  readonly audience: string;
  /** The address the answer must name and was posted to. */
  readonly acsUrl: string;
  readonly requestId: string;
}
