import { ASSURANCES, type Assurance } from '../../domain/words.ts';
import { claimValues, type ClaimSources } from './claim-values.ts';
import type { AssurancePolicy } from './openid-provider.ts';

/**
 * How strong a sign-in was. A provider may ignore the acr_values it was sent, so what counts is what it says it did: `acr` and
 * authentication_assurance_level, the weaker of the two; and 3 only where `amr` names a smart card of the policy. What is not
 * known is worth 1.
 */
export function assuranceOfClaims(policy: AssurancePolicy, claims: ClaimSources): Assurance {
  const { acr, amr } = claims.idToken;
  const said = [
    ...(acr === undefined ? [] : [worthOf(policy, acr)]),
    ...claimValues(claims, 'authentication_assurance_level').map((level) => worthOfLevel(policy, level)),
  ];
  const weakest = weakestOf(said);
  const isCard = Array.isArray(amr) && amr.some((method) => policy.amrForCard.includes(String(method)));
  return weakest === 3 && !isCard ? 2 : weakest;
}

function worthOf({ acr: worth }: AssurancePolicy, value: unknown): Assurance {
  return typeof value === 'string' && Object.hasOwn(worth, value) ? (worth[value] ?? 1) : 1;
}

/** The levels of NIST SP 800-63B are the ones used here, so they need no listing. */
function worthOfLevel(policy: AssurancePolicy, value: unknown): Assurance {
  if (typeof value === 'string' && Object.hasOwn(policy.acr, value)) return worthOf(policy, value);
  return ASSURANCES.find((level) => String(level) === value && typeof value === 'string') ?? 1;
}

function weakestOf(values: readonly Assurance[]): Assurance {
  if (values.length === 0) return 1;
  return values.reduce((weakest, value) => (value < weakest ? value : weakest));
}
