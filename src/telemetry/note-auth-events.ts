import type { Logger } from './logger.ts';
import type { AuthMeasure, Metrics } from './metrics.ts';

interface AuthNote extends AuthMeasure {
  /** Entity ID of the identity provider, issuer, or name of the door. */
  readonly provider: string;
  readonly assurance?: number;
  /** Opaque handle of the session. */
  readonly sessionRef?: string;
}

/**
 * Makes what counts whatever happens at the sign-in doors and writes one line about it. An alarm is an ERROR: a human must act now.
 * Whom it was about is not said here; the case log keeps that.
 */
export function createAuthEventNotes(deps: {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'authEvent'>;
}): (event: AuthNote) => void {
  return ({ outcome, provider, method, code, assurance, sessionRef }) => {
    deps.metrics.authEvent({ outcome, method, ...(code === undefined ? {} : { code }) });
    const fields = { outcome, provider, method, code, assurance, sessionRef };
    if (outcome === 'alarm') deps.logger.error(fields, 'identity alarm');
    else deps.logger.info(fields, 'sign-in');
  };
}
