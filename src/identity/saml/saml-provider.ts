import { createHash, X509Certificate } from 'node:crypto';
import { GatewayError } from '../../domain/errors.ts';
import type { Assurance } from '../../domain/words.ts';

/** One identity provider of the Trust, as the config says it. */
export interface SamlProvider {
  /** Part of its login addresses: letters, digits, `.`, `_`, `-`. */
  readonly id: string;
  /** What people read on the sign-in page. */
  readonly title: string;
  readonly entityId: string;
  /** Where sign-in begins (SAML bindings §3.4, HTTP-Redirect). */
  readonly ssoUrl: string;
  /** Certificates it may sign with; two while it changes from one to the next. Their dates do not matter (SAML metadata §2.6). */
  readonly certificatesPem: readonly string[];
  /** How strong each AuthnContextClassRef is; one that is not listed counts 1. */
  readonly assurance: Readonly<Record<string, Assurance>>;
  /** How far its clock may be from ours, 0 to 60,000 ms. */
  readonly clockSkewMs: number;
}

const PROVIDER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_CLOCK_SKEW_MS = 60_000;
const MIN_RSA_BITS = 2_048;

/**
 * Refuses providers that could not sign anybody in, could be weaker than they look, or could answer for each other.
 * Says all faults at once. Throws GatewayError('internal').
 */
export function checkProviders(providers: readonly SamlProvider[]): void {
  const faults = [...providers.flatMap(faultsOf), ...faultsBetween(providers)];
  if (faults.length === 0) return;
  throw new GatewayError('internal', {
    detail: `The identity providers are not fit to use: ${faults.join('; ')}.`,
  });
}

function faultsOf(provider: SamlProvider): readonly string[] {
  const { id, certificatesPem, clockSkewMs } = provider;
  const faults = certificatesPem.flatMap((pem, index) =>
    certificateFaults(pem, `certificate ${index + 1} of "${id}"`),
  );
  if (!PROVIDER_ID.test(id)) faults.push(`"${id}" is not an id for an address`);
  if (provider.entityId === '') faults.push(`"${id}" has no entity ID`);
  if (!isHttpUrl(provider.ssoUrl)) faults.push(`the sign-in address of "${id}" is not a web address`);
  if (certificatesPem.length === 0) faults.push(`"${id}" has no certificate`);
  // The library takes -1 to mean that no time is checked at all.
  if (!(clockSkewMs >= 0 && clockSkewMs <= MAX_CLOCK_SKEW_MS))
    faults.push(`the clock skew of "${id}" is not 0 to 60,000 ms`);
  return faults;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function certificateFaults(pem: string, name: string): string[] {
  try {
    const { publicKey } = new X509Certificate(pem);
    if (publicKey.asymmetricKeyType !== 'rsa') return [`${name} is not RSA`];
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
    return bits >= MIN_RSA_BITS ? [] : [`the key of ${name} is shorter than ${MIN_RSA_BITS} bits`];
  } catch {
    return [`${name} cannot be read`];
  }
}

/** Whoever holds a key or a name of two providers can sign people in as the other. */
function faultsBetween(providers: readonly SamlProvider[]): readonly string[] {
  const keys = providers.flatMap((provider) => [...new Set(provider.certificatesPem.flatMap(fingerprintOf))]);
  const faults: string[] = [];
  if (hasRepeat(providers.map((provider) => provider.id))) faults.push('two providers have the same id');
  if (hasRepeat(providers.map((provider) => provider.entityId)))
    faults.push('two providers have the same entity ID');
  if (hasRepeat(keys)) faults.push('two providers sign with the same key');
  return faults;
}

function hasRepeat(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}

function fingerprintOf(pem: string): readonly string[] {
  try {
    const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
    return [createHash('sha256').update(key).digest('hex')];
  } catch {
    return [];
  }
}

/** The identity providers as they are now: what the config says, or their newest metadata that could be trusted. */
export interface SamlProviders {
  /** In the order of the config. Never throws. */
  readonly all: () => readonly SamlProvider[];
  readonly byId: (id: string) => SamlProvider | undefined;
  readonly byEntityId: (entityId: string) => SamlProvider | undefined;
}
