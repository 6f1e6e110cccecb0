import { comparable, type RecordText } from './record-text.ts';
import type { EndpointBinding, ModelVersion } from './register.ts';

/** Whether an endpoint proves nothing but its name, and nobody has signed for it where it is now. */
export function isToBeSigned({ attestation, nameOnly, baseUrl }: EndpointBinding): boolean {
  return attestation === 'name-only' && nameOnly?.baseUrl !== baseUrl;
}

/** Whether words of a version bring a signature for an endpoint that the register does not hold: that is an act of two people's own. */
export function bringsSignature(words: RecordText, known: ModelVersion | undefined): boolean {
  const endpoints: readonly unknown[] = Array.isArray(words['endpoints']) ? words['endpoints'] : [];
  const held = (known?.endpoints ?? []).map((one) => comparable([one.function, one.nameOnly ?? null]));
  return endpoints.some((endpoint) => {
    const { function: fn, nameOnly } = parseMembers(endpoint);
    return nameOnly !== undefined && !held.includes(comparable([fn, nameOnly]));
  });
}

function parseMembers(endpoint: unknown): { readonly function?: unknown; readonly nameOnly?: unknown } {
  return typeof endpoint === 'object' && endpoint !== null ? endpoint : {};
}
