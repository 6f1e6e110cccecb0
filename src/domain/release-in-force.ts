import type { Instant, ModelVersion, Release } from './register.ts';

/** Whether a release of a version holds at a moment: of one that is, or was, in use. */
export function isReleaseInForce(
  { state }: ModelVersion,
  { from, until = Infinity }: Release,
  at: Instant,
): boolean {
  return (state === 'released' || state === 'retired') && from <= at && at < until;
}
