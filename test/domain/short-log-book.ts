import type { PractitionerId } from '../../src/domain/identifiers.ts';
import type { Policy, Requirement } from '../../src/domain/policy.ts';
import type { Evidence } from '../../src/domain/register.ts';
import { currentEvidence, shippedPolicy } from '../fakes/register-builder.ts';

const CASES = 3;

/** The policy that ships, with a log-book of three cases, so that a person is few pieces and a property many runs. */
export function shortPolicy(): Policy {
  const shipped = shippedPolicy();
  const shorter = (asked: Requirement): Requirement => ({
    ...asked,
    minCount: Math.min(asked.minCount, CASES),
  });
  const schemes = shipped.schemes.map((scheme) => ({ ...scheme, award: scheme.award.map(shorter) }));
  return { ...shipped, schemes };
}

/** Everything that makes somebody current under that policy. */
export function shortEvidence(practitioner: PractitionerId): readonly Evidence[] {
  return currentEvidence(practitioner).filter(({ ordinal = 1 }) => ordinal <= CASES);
}
