import { GatewayError } from '../../domain/errors.ts';

/** Anybody can begin a sign-in, so there is an end to what is kept: about 60 MB. */
export const MAX_PENDING = 100_000;

/** What whoever begins one more is told. */
export function tooManyPending(): GatewayError {
  const detail = 'Too many people are signing in. Try again in a few minutes.';
  return new GatewayError('overloaded', { detail });
}
