import { createPrivateKey, type KeyObject } from 'node:crypto';
import { GatewayError } from '../../domain/errors.ts';
import type { Assurance } from '../../domain/words.ts';
import { isSafeAddress } from './safe-address.ts';

/** How we sign what proves who we are to a provider (RFC 7518 §3.1). */
type ClientAlgorithm = 'RS256' | 'RS512' | 'PS256' | 'ES256';

/** We sign who we are with a key of ours. */
interface KeyAuthentication {
  readonly method: 'private_key_jwt';
  /** PKCS #8. */
  readonly keyPem: string;
  readonly algorithm: ClientAlgorithm;
  readonly keyId?: string;
  /** Whom the assertion names as its reader; the token endpoint when absent, as OpenID Connect Core and CIS2 want it. */
  readonly audience?: 'token-endpoint' | 'issuer';
}

/** We show a secret that we share. */
interface SecretAuthentication<Method extends string> {
  readonly method: Method;
  readonly secret: string;
}

/** How we prove who we are at the token endpoint (OpenID Connect Core §9). */
export type ClientAuthentication =
  | KeyAuthentication
  | SecretAuthentication<'client_secret_basic'>
  | SecretAuthentication<'client_secret_post'>;

/** What a provider says about the strength of a sign-in, and what that is worth here. */
export interface AssurancePolicy {
  /** What each `acr` or authentication_assurance_level is worth; an `acr` that is not listed is worth 1. */
  readonly acr: Readonly<Record<string, Assurance>>;
  /** Which `amr` are smart cards; without one of them nothing is worth more than 2. */
  readonly amrForCard: readonly string[];
}

/** One OpenID Connect provider, as the config says it. */
export interface OpenidProvider {
  /** Part of its addresses here: letters, digits, `.`, `_`, `-`. */
  readonly id: string;
  /** What people read on the sign-in page. */
  readonly title: string;
  /** Exactly as the provider spells it, port and slash included (CIS2 names `:443`). */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientAuthentication: ClientAuthentication;
  /** `openid` must be among them; `selectedrole` is added where roles are chosen. */
  readonly scopes: readonly string[];
  readonly assurance: AssurancePolicy;
  /** Lowest id_assurance_level taken, 0 to 3; 0 where the provider has none. */
  readonly minIdAssurance: number;
  /** Whether people choose a role at the provider. */
  readonly roleSelection: 'none' | 'provider';
  /** acr_values asked for at a plain sign-in; left to the provider when absent. */
  readonly acrValues?: readonly string[];
  /** Asked for when somebody must prove more than they did. */
  readonly stepUp: { readonly acrValues: readonly string[] };
  /** How old a sign-in at the provider may be, ms; sent as max_age, too. As old as the provider likes when absent. */
  readonly maxAuthenticationAgeMs?: number;
  /** How far its clock may be from ours, 0 to 60,000 ms. */
  readonly clockSkewMs: number;
}

const PROVIDER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_CLOCK_SKEW_MS = 60_000;
const MIN_RSA_BITS = 2_048;
const MIN_SECRET_LENGTH = 16;
/** RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * Refuses providers that could not sign anybody in, or could answer for each other. Says all faults at once.
 * Throws GatewayError('internal').
 */
export function checkOpenidProviders(providers: readonly OpenidProvider[]): void {
  const faults = providers.flatMap(faultsOf);
  if (hasRepeat(providers.map(({ id }) => id))) faults.push('two providers have the same id');
  if (hasRepeat(providers.map(({ issuer }) => issuer))) faults.push('two providers have the same issuer');
  if (faults.length === 0) return;
  throw new GatewayError('internal', {
    detail: `The OpenID Connect providers are not fit to use: ${faults.join('; ')}.`,
  });
}

function faultsOf(provider: OpenidProvider): string[] {
  const { id, issuer, clientId, scopes, minIdAssurance, clockSkewMs } = provider;
  const rules: readonly (readonly [holds: boolean, fault: string])[] = [
    [PROVIDER_ID.test(id), `"${id}" is not an id for an address`],
    [isSafeAddress(issuer), `the issuer of "${id}" is not an https address (or one on this machine)`],
    [!/[?#]/.test(issuer), `the issuer of "${id}" has a query or fragment`],
    [clientId !== '', `"${id}" has no client id`],
    [scopes.includes('openid'), `the scopes of "${id}" lack "openid"`],
    [scopes.every((scope) => SCOPE.test(scope)), `a scope of "${id}" is not one word`],
    [[0, 1, 2, 3].includes(minIdAssurance), `the least identity assurance of "${id}" is not 0 to 3`],
    [clockSkewMs >= 0 && clockSkewMs <= MAX_CLOCK_SKEW_MS, `the clock skew of "${id}" is not 0 to 60,000 ms`],
  ];
  return [...rules.flatMap(([holds, fault]) => (holds ? [] : [fault])), ...authenticationFaults(provider)];
}

function authenticationFaults({ id, clientAuthentication }: OpenidProvider): readonly string[] {
  if (clientAuthentication.method !== 'private_key_jwt') {
    const isLong = clientAuthentication.secret.length >= MIN_SECRET_LENGTH;
    return isLong ? [] : [`the client secret of "${id}" is shorter than ${MIN_SECRET_LENGTH} characters`];
  }
  try {
    const key = createPrivateKey(clientAuthentication.keyPem);
    const isFit = fits(key, clientAuthentication.algorithm);
    return isFit ? [] : [`the client key of "${id}" is not fit for ${clientAuthentication.algorithm}`];
  } catch {
    return [`the client key of "${id}" cannot be read`];
  }
}

function fits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, algorithm: ClientAlgorithm): boolean {
  if (algorithm === 'ES256')
    return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
}

function hasRepeat(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}
