import { GatewayError } from '../domain/errors.ts';

/** Under this name, and no other, an emergency login stands in sessions and the record. The register must name nobody by it. */
export const BREAK_GLASS_PROVIDER = 'urn:countersign:break-glass';

/** Position of the first name that stood before; -1 where each is there once. */
export function firstRepeat(names: readonly string[]): number {
  return names.findIndex((name, index) => names.indexOf(name) < index);
}

/**
 * Refuses identity providers, of whatever kind, that have one name: the people of the one would be those of the other. Throws
 * GatewayError('internal').
 */
export function checkProviderNames(names: readonly string[]): void {
  const repeat = names[firstRepeat([BREAK_GLASS_PROVIDER, ...names]) - 1];
  if (repeat === undefined) return;
  const detail = `Two ways to sign in have the same name (${repeat}): entity IDs, issuers and the name for cards must all differ.`;
  throw new GatewayError('internal', { detail });
}
