import { importPKCS8 } from 'jose';
import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  clockTolerance,
  Configuration,
  customFetch,
  discovery,
  modifyAssertion,
  PrivateKeyJwt,
  type ClientAuth,
  type CustomFetch,
  type ServerMetadata,
} from 'openid-client';
import type { Clock, DocumentFetcher } from '../../flows/ports.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import { asRefusal } from './library-fault.ts';
import type { ClientAuthentication, OpenidProvider } from './openid-provider.ts';
import { createProviderFetch } from './provider-fetch.ts';
import { createProviderKeys, type ProviderKeys } from './provider-keys.ts';
import { isOnThisMachine, isSafeAddress } from './safe-address.ts';

/** A provider as it describes itself. */
export interface KnownProvider {
  /** The library's handle for its calls. */
  readonly client: Configuration;
  readonly jwksUri: string;
  readonly hasUserinfo: boolean;
  readonly hasEndSession: boolean;
  /** It names itself in every answer (RFC 9207), so one that does not is not its. */
  readonly namesItself: boolean;
}

/** The way to one provider. */
export interface ProviderConnection {
  readonly provider: OpenidProvider;
  readonly keys: ProviderKeys;
  /**
   * What the provider says of itself, from memory for an hour; while it is away the last word counts for a day.
   * Throws SignInRefused('provider-unreachable' | 'answer-not-trusted').
   */
  readonly describe: () => Promise<KnownProvider>;
  /** The same for what was begun already: from memory for a day, so that nobody waits for a provider that is away twice. */
  readonly recall: () => Promise<KnownProvider>;
}

interface Deps {
  readonly fetcher: DocumentFetcher;
  readonly clock: Clock;
  /** Bound on each call, ms. */
  readonly timeoutMs: number;
}

const FRESH_MS = 60 * 60_000;
const KEEP_MS = 24 * 60 * 60_000;

/** Connects to a provider when it is first needed; nothing is called before. */
export function connectProvider(deps: Deps, provider: OpenidProvider): ProviderConnection {
  const fetch = createProviderFetch(deps.fetcher, deps.timeoutMs);
  let known: { readonly described: KnownProvider; readonly readAt: number } | undefined;
  let reading: Promise<KnownProvider> | undefined;
  const read = (): Promise<KnownProvider> => {
    reading ??= discover(provider, fetch)
      .then((described) => {
        known = { described, readAt: deps.clock.monotonicMs() };
        return described;
      })
      .finally(() => (reading = undefined));
    return reading;
  };
  const ageMs = (): number => (known === undefined ? Infinity : deps.clock.monotonicMs() - known.readAt);
  const describe = async (): Promise<KnownProvider> => {
    const before = known;
    if (before !== undefined && ageMs() < FRESH_MS) return before.described;
    return read().catch((error: unknown) => {
      const refusal = asRefusal(error);
      const isAway = refusal instanceof SignInRefused && refusal.refusal === 'provider-unreachable';
      if (before === undefined || !isAway || ageMs() > KEEP_MS) throw refusal;
      return before.described;
    });
  };
  return {
    provider,
    keys: createProviderKeys(deps),
    describe,
    recall: async () => (known !== undefined && ageMs() <= KEEP_MS ? known.described : describe()),
  };
}

async function discover(provider: OpenidProvider, fetch: CustomFetch): Promise<KnownProvider> {
  const { issuer, clientId, clockSkewMs, clientAuthentication } = provider;
  const found = await discovery(new URL(issuer), clientId, undefined, undefined, {
    [customFetch]: fetch,
    algorithm: 'oidc',
    execute: isOnThisMachine(issuer) ? [allowInsecureRequests] : [],
  });
  const metadata = found.serverMetadata();
  const described = describeProvider(issuer, metadata);
  const settings = { [clockTolerance]: clockSkewMs / 1_000 };
  const auth = await clientAuthOf(clientAuthentication, metadata);
  const client = new Configuration(metadata, clientId, settings, auth);
  client[customFetch] = fetch;
  if (isOnThisMachine(issuer)) allowInsecureRequests(client);
  return { client, ...described };
}

/** The library compares issuers as parsed addresses; here every character counts (OpenID Connect Discovery §4.3). */
function describeProvider(issuer: string, metadata: ServerMetadata): Omit<KnownProvider, 'client'> {
  const { jwks_uri: jwksUri, userinfo_endpoint: userinfo, end_session_endpoint: endSession } = metadata;
  if (metadata.issuer !== issuer) throw unfit('issuer');
  if (jwksUri === undefined) throw unfit('jwks_uri');
  if (!addressesOf(metadata).every((address) => isSafeFor(issuer, address))) throw unfit('an address');
  return {
    jwksUri,
    hasUserinfo: userinfo !== undefined,
    hasEndSession: endSession !== undefined,
    namesItself: metadata.authorization_response_iss_parameter_supported === true,
  };
}

/** An answer that can be read and does not fit: not trusted, and nothing older in its stead. */
function unfit(what: string): SignInRefused {
  return new SignInRefused('answer-not-trusted', new Error(`the provider's description is not fit: ${what}`));
}

/** Every address that a call, or the person's browser, may be sent to; both of the first must be there. */
function addressesOf(metadata: ServerMetadata): readonly string[] {
  const { authorization_endpoint: authorization, token_endpoint: token, jwks_uri: jwks } = metadata;
  const others = [metadata.userinfo_endpoint, metadata.end_session_endpoint];
  return [authorization ?? '', token ?? '', jwks ?? '', ...others.filter((address) => address !== undefined)];
}

/** A provider elsewhere has no business on this machine. */
function isSafeFor(issuer: string, address: string): boolean {
  return isSafeAddress(address) && (isOnThisMachine(issuer) || !isOnThisMachine(address));
}

async function clientAuthOf(
  authentication: ClientAuthentication,
  { issuer, token_endpoint: tokenEndpoint = issuer }: ServerMetadata,
): Promise<ClientAuth> {
  if (authentication.method === 'client_secret_basic') return ClientSecretBasic(authentication.secret);
  if (authentication.method === 'client_secret_post') return ClientSecretPost(authentication.secret);
  const { keyPem, algorithm, keyId, audience = 'token-endpoint' } = authentication;
  const key = await importPKCS8(keyPem, algorithm);
  return PrivateKeyJwt(keyId === undefined ? key : { key, kid: keyId }, {
    [modifyAssertion]: (_header, payload) => {
      payload['aud'] = audience === 'issuer' ? issuer : tokenEndpoint;
    },
  });
}
