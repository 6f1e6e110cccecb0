import type { OpenCard } from './compose-card.ts';
import { samlOptionsOf } from './compose-saml.ts';
import type { Config } from './config.ts';
import type { NamedFile } from './config-files.ts';
import type { DocumentFetcher } from './flows/ports.ts';
import type { TrustedHop } from './http/trusted-hops.ts';
import type { IdentityOptions } from './identity/create-identity.ts';
import type { OpenidProvider } from './identity/oidc/openid-provider.ts';
import type { SamlProviderBook } from './identity/saml/create-saml-providers.ts';

type Identity = Config['identity'];
type OpenidSettings = Identity['openidProviders'][number];

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The value under a name, where there is one: what options with optional members want. */
function given<K extends string, V>(name: K, value: V | undefined): { readonly [N in K]?: V } {
  const member: Partial<Record<K, V>> = {};
  if (value !== undefined) member[name] = value;
  return member;
}

function secretIn({ text }: NamedFile): string {
  return text.trim();
}

/** What the config says of every way to sign in. */
export function identityOptions(
  config: Config,
  parts: {
    readonly book: SamlProviderBook;
    readonly card: OpenCard | undefined;
    readonly fetcher: DocumentFetcher;
    readonly areAllAway: () => boolean;
  },
): Pick<
  IdentityOptions,
  'saml' | 'oidc' | 'card' | 'tokens' | 'machines' | 'breakGlass' | 'sessions' | 'bounds'
> {
  const { identity, publicUrl } = config;
  const { book, card, fetcher, areAllAway } = parts;
  return {
    saml: samlOptionsOf(config, book),
    oidc: { publicUrl, providers: openidProviders(identity), fetcher },
    ...given('card', card?.options),
    ...programOptions(identity),
    ...breakGlassOf(identity, areAllAway),
    sessions: {
      idleMs: identity.sessions.idleMinutes * MINUTE_MS,
      absoluteMs: identity.sessions.absoluteHours * HOUR_MS,
    },
    bounds: identity.limits,
  };
}

/** The OpenID Connect providers. */
export function openidProviders({ openidProviders: providers }: Identity): readonly OpenidProvider[] {
  return providers.map((provider) => ({
    id: provider.id,
    title: provider.title,
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientAuthentication: clientAuthentication(provider),
    scopes: provider.scopes,
    assurance: { acr: provider.assurance.acr, amrForCard: provider.assurance.cardAmr },
    minIdAssurance: provider.minIdAssurance,
    roleSelection: provider.roleSelection,
    ...given('acrValues', provider.signInAcrValues),
    stepUp: { acrValues: provider.stepUpAcrValues },
    maxAuthenticationAgeMs: provider.maxAuthenticationHours * HOUR_MS,
    clockSkewMs: provider.clockSkewSeconds * SECOND_MS,
  }));
}

function clientAuthentication(provider: OpenidSettings): OpenidProvider['clientAuthentication'] {
  const { clientSecretFile, clientSecretIn, clientKeyFile } = provider;
  if (clientSecretFile !== undefined) {
    const method = clientSecretIn === 'header' ? 'client_secret_basic' : 'client_secret_post';
    return { method, secret: secretIn(clientSecretFile) };
  }
  const { clientKeyAlgorithm: algorithm, clientKeyId, clientKeyAudience: audience } = provider;
  const keyPem = clientKeyFile?.text ?? '';
  return { method: 'private_key_jwt', keyPem, algorithm, audience, ...given('keyId', clientKeyId) };
}

/** Tokens and machines. */
export function programOptions({
  tokens,
  providers,
  machines,
}: Identity): Pick<IdentityOptions, 'tokens' | 'machines'> {
  return {
    tokens: {
      lifetimeMs: tokens.lifetimeMinutes * MINUTE_MS,
      bearerProviders: providers.filter(({ bearerGrant }) => bearerGrant).map(({ id }) => id),
      ...given('audience', tokens.audience),
    },
    machines: {
      machines: machines.map(({ id, purpose, models, addresses, keyHashFile, certificateFingerprints }) => ({
        id,
        purpose,
        models,
        addresses,
        ...given('keyHash', keyHashFile && secretIn(keyHashFile)),
        ...given('certificateFingerprints', certificateFingerprints),
      })),
    },
  };
}

function breakGlassOf(
  { breakGlass }: Identity,
  areAllAway: () => boolean,
): Pick<IdentityOptions, 'breakGlass'> {
  if (breakGlass === undefined) return {};
  const { username, passwordHashFile, minutes } = breakGlass;
  const passwordHash = secretIn(passwordHashFile);
  return { breakGlass: { username, passwordHash, lifetimeMs: minutes * MINUTE_MS, areAllAway } };
}

/** Load balancers and reverse proxies whose word is taken. */
export function trustedHops({ trustedHops: hops }: Config): readonly TrustedHop[] {
  return hops.map(({ addresses, secretFile, fingerprints, certificateHeader }) => ({
    addresses,
    ...given('secret', secretFile && secretIn(secretFile)),
    ...given('fingerprints256', fingerprints),
    ...given('certificateHeader', certificateHeader),
  }));
}
