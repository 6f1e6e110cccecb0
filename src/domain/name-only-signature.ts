import { comparable, type RecordText } from './record-text.ts';
import type { EndpointBinding, ModelVersion } from './register.ts';

/** Whether an endpoint proves nothing but its name, and nobody has signed for it where it is now. */
export function isToBeSigned({ attestation, nameOnly, baseUrl }: EndpointBinding): boolean {
  return attestation === 'name-only' && nameOnly?.baseUrl !== baseUrl;
}

/**
 * Whether words of a version bring a signature for an endpoint that the register does not hold: that is an act of two people's own. What
 * they signed for is the name: under another name, version or protocol what is kept is a signature that nobody has given.
 */
export function bringsSignature(words: RecordText, known: ModelVersion | undefined): boolean {
  const endpoints: readonly unknown[] = Array.isArray(words['endpoints']) ? words['endpoints'] : [];
  const held = (known?.endpoints ?? []).map(signedFor);
  return endpoints.map(parseMembers).some((endpoint) => {
    return endpoint.nameOnly !== undefined && !held.includes(signedFor(endpoint));
  });
}

type Members = Readonly<
  Partial<Record<'function' | 'nameOnly' | 'protocol' | 'endpointModel' | 'endpointVersion', unknown>>
>;

function signedFor({ function: fn, nameOnly, protocol, endpointModel, endpointVersion }: Members): string {
  return comparable({ fn, nameOnly, protocol, endpointModel, endpointVersion });
}

function parseMembers(endpoint: unknown): Members {
  return typeof endpoint === 'object' && endpoint !== null ? endpoint : {};
}
