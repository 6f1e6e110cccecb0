import { createHash, X509Certificate } from 'node:crypto';
import { GatewayError } from '../../domain/errors.ts';
import type { Assurance } from '../../domain/words.ts';
import { isWebAddress } from './web-address.ts';

/** Which signatures an answer must carry; more are welcome, and must then be valid, too. */
export const SIGNATURE_RULES = ['both', 'assertion', 'response'] as const;
export type SignatureRule = (typeof SIGNATURE_RULES)[number];

/** Whether assertions may, or must, be encrypted to us. */
export const ENCRYPTION_RULES = ['none', 'accepted', 'required'] as const;
export type EncryptionRule = (typeof ENCRYPTION_RULES)[number];

/** An address of an identity provider for one binding. */
export interface SamlEndpoint {
  readonly url: string;
  /** Where answers go, if elsewhere (SAML metadata §2.2.2, ResponseLocation). */
  readonly responseUrl?: string;
}

/** Where an identity provider takes sign-out messages, by binding. */
export interface SignOutEndpoints {
  readonly redirect?: SamlEndpoint;
  readonly post?: SamlEndpoint;
}

/** What the config says of an identity provider, wherever its addresses and keys come from. */
export interface SamlProviderSettings {
  /** Part of its login addresses: letters, digits, `.`, `_`, `-`. */
  readonly id: string;
  /** What people read on the sign-in page. */
  readonly title: string;
  readonly entityId: string;
  /** How strong each AuthnContextClassRef is; one that is not listed counts 1. */
  readonly assurance: Readonly<Record<string, Assurance>>;
  /** How far its clock may be from ours, 0 to 60,000 ms. */
  readonly clockSkewMs: number;
  /**
   * `both` when absent. Without a signed Response its status, address and issue time are anybody's word, and only what stands
   * in the assertion is believed; without a signed assertion it must not be handed on.
   */
  readonly signatures?: SignatureRule;
  /** `none` when absent. */
  readonly encryption?: EncryptionRule;
  /** Takes AES-CBC as well, under a signed Response only: by itself it is open to padding attacks. */
  readonly allowCbc?: boolean;
  /** AuthnContextClassRefs asked for at step-up; SmartcardPKI when absent. */
  readonly contexts?: readonly string[];
}

/** One identity provider of the Trust, ready to use. */
export interface SamlProvider extends SamlProviderSettings {
  /** Where sign-in begins (SAML bindings §3.4, HTTP-Redirect). */
  readonly ssoUrl: string;
  /** Certificates it may sign with; two while it changes from one to the next. Their dates do not matter (SAML metadata §2.6). */
  readonly certificatesPem: readonly string[];
  readonly signOut?: SignOutEndpoints;
}

const PROVIDER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_CLOCK_SKEW_MS = 60_000;
const MIN_RSA_BITS = 2_048;

/**
 * Refuses providers that could not sign anybody in, could be weaker than they look, or could answer for each other.
 * Says all faults at once. Throws GatewayError('internal').
 */
export function checkProviders(providers: readonly SamlProvider[]): void {
  throwFaults([...providers.flatMap(faultsOf), ...nameFaults(providers), ...keyFaults(providers)]);
}

/** The same for what the config says of providers, whether they can be used yet or not. Throws GatewayError('internal'). */
export function checkProviderSettings(settings: readonly SamlProviderSettings[]): void {
  throwFaults([...settings.flatMap(settingsFaults), ...nameFaults(settings)]);
}

function throwFaults(faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new GatewayError('internal', {
    detail: `The identity providers are not fit to use: ${faults.join('; ')}.`,
  });
}

function settingsFaults(settings: SamlProviderSettings): readonly string[] {
  const { id, entityId, clockSkewMs, contexts } = settings;
  const faults: string[] = [];
  if (!PROVIDER_ID.test(id)) faults.push(`"${id}" is not an id for an address`);
  if (entityId === '') faults.push(`"${id}" has no entity ID`);
  // The library takes -1 to mean that no time is checked at all.
  if (!(clockSkewMs >= 0 && clockSkewMs <= MAX_CLOCK_SKEW_MS))
    faults.push(`the clock skew of "${id}" is not 0 to 60,000 ms`);
  if (contexts?.length === 0) faults.push(`"${id}" has no context to ask for at step-up`);
  return [...faults, ...cbcFaults(settings)];
}

function cbcFaults({ id, allowCbc, signatures }: SamlProviderSettings): readonly string[] {
  if (allowCbc !== true || signatures !== 'assertion') return [];
  return [`"${id}" may use AES-CBC, but need not sign the response it stands in`];
}

function faultsOf(provider: SamlProvider): readonly string[] {
  const { id, certificatesPem } = provider;
  const faults = certificatesPem.flatMap((pem, index) =>
    certificateFaults(pem, `certificate ${index + 1} of "${id}"`),
  );
  if (!isWebAddress(provider.ssoUrl)) faults.push(`the sign-in address of "${id}" is not a web address`);
  if (!signOutAddressesOf(provider).every(isWebAddress))
    faults.push(`a sign-out address of "${id}" is not a web address`);
  if (certificatesPem.length === 0) faults.push(`"${id}" has no certificate`);
  return [...faults, ...settingsFaults(provider)];
}

function signOutAddressesOf({ signOut: { redirect, post } = {} }: SamlProvider): readonly string[] {
  return [redirect, post].flatMap((endpoint) =>
    endpoint === undefined ? [] : [endpoint.url, endpoint.responseUrl ?? endpoint.url],
  );
}

/** Why a certificate cannot be verified with here, in words; none when it can. */
export function certificateFaults(pem: string, name: string): string[] {
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
function nameFaults(settings: readonly SamlProviderSettings[]): readonly string[] {
  const faults: string[] = [];
  if (hasRepeat(settings.map(({ id }) => id))) faults.push('two providers have the same id');
  if (hasRepeat(settings.map(({ entityId }) => entityId)))
    faults.push('two providers have the same entity ID');
  return faults;
}

function keyFaults(providers: readonly SamlProvider[]): readonly string[] {
  return providers.flatMap((one, index) =>
    sharingKeyWith(one, providers.slice(index + 1)).map(
      (other) => `"${one.id}" and "${other.id}" sign with the same key`,
    ),
  );
}

/** Which of the others sign with a key of this one. */
export function sharingKeyWith(
  provider: SamlProvider,
  others: readonly SamlProvider[],
): readonly SamlProvider[] {
  const keys = new Set(provider.certificatesPem.flatMap(fingerprintOf));
  return others.filter(({ certificatesPem }) =>
    certificatesPem.flatMap(fingerprintOf).some((key) => keys.has(key)),
  );
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
  /** Those that can be used now, in the order of the config. Never throws. */
  readonly all: () => readonly SamlProvider[];
  readonly byId: (id: string) => SamlProvider | undefined;
  readonly byEntityId: (entityId: string) => SamlProvider | undefined;
  /** Those of the config, usable now or not, in its order. */
  readonly configured: readonly SamlProviderSettings[];
}
