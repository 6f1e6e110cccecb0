import type { Request } from 'express';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
} from 'openid-client';
import { decodeProtectedHeader } from 'jose';
import type { Arrival, DoorDeps, Proof } from '../door-deps.ts';
import { REQUEST_LIFETIME_MS } from '../request-lifetime.ts';
import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';
import { hasTransaction } from '../sign-in-cookies.ts';
import { demand, SignInRefused } from '../sign-in-refusal.ts';
import type { SignInWish } from '../sign-in-wish.ts';
import type { Transaction } from '../stores/identity-stores.ts';
import { authorizationParameters } from './authorization-parameters.ts';
import type { Claims, ClaimSources } from './claim-values.ts';
import { judgeClaims } from './judge-claims.ts';
import { asRefusal } from './library-fault.ts';
import type { KnownProvider, ProviderConnection } from './provider-connection.ts';
import { TOKEN_ALGORITHMS } from './provider-keys.ts';
import { readCallback, type Callback } from './read-callback.ts';

/** Signing in with one provider. */
export interface OidcSignIn {
  readonly connection: ProviderConnection;
  /** Begins a sign-in: where to send the browser, and the token that binds it to the sign-in. Throws GatewayError. */
  readonly begin: (wish: SignInWish) => Promise<{ readonly url: string; readonly browserToken: string }>;
  /** Takes the answer, asks the provider who it is about, and says what that proves. Throws GatewayError. */
  readonly finish: (req: Request) => Promise<Proof>;
}

interface Deps extends DoorDeps {
  readonly connection: ProviderConnection;
  readonly redirectUri: string;
}

const KIND = 'oidc-sign-in';

/** Wires the checks of ours before and after the library to one provider, in the order in which they must run. */
export function createOidcSignIn(
  doorDeps: DoorDeps,
  connection: ProviderConnection,
  redirectUri: string,
): OidcSignIn {
  const deps: Deps = { ...doorDeps, connection, redirectUri };
  const { provider } = connection;
  return {
    connection,
    begin: (wish) => begin(deps, wish),
    finish: async (req) => {
      const callback = readCallback(req);
      const request = await deps.transactions.find(KIND, provider.issuer, callback.state);
      demand(request !== undefined, 'unknown-request');
      demand(hasTransaction(req, request.browserHash ?? ''), 'other-browser');
      const known = await connection.recall();
      checkIssuer(callback, known, provider.issuer);
      if (callback.error !== undefined) await refuseFor(deps, callback.error, request);
      await spendCode(deps, { callback, request });
      const arrival = await arrivalOf(deps, known, { callback, request });
      return { arrival, transaction: request, toleranceMs: provider.clockSkewMs };
    },
  };
}

async function begin(deps: Deps, wish: SignInWish): ReturnType<OidcSignIn['begin']> {
  const { connection, redirectUri, clock, transactions } = deps;
  const known = await connection.describe();
  const token = (): string => Buffer.from(deps.randomBytes(TOKEN_BYTES)).toString('base64url');
  const [state, nonce, verifier, browserToken] = [token(), token(), token(), token()];
  const url = buildAuthorizationUrl(known.client, {
    ...authorizationParameters(connection.provider, wish),
    redirect_uri: redirectUri,
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const startedAt = clock.nowMs();
  await transactions.save({
    kind: KIND,
    provider: connection.provider.issuer,
    id: state,
    startedAt,
    expiresAt: startedAt + REQUEST_LIFETIME_MS,
    browserHash: secretHash(browserToken),
    values: { nonce, verifier },
    ...wish,
  });
  return { url: url.href, browserToken };
}

/** RFC 9207 §2.4: another provider's answer must not be taken to this one. */
function checkIssuer({ iss }: Callback, { namesItself }: KnownProvider, issuer: string): void {
  demand(iss === undefined ? !namesItself : iss === issuer, 'wrong-issuer');
}

/** The sign-in is over: nothing else may be answered to this request. */
async function refuseFor(deps: Deps, error: string, request: Transaction): Promise<never> {
  await useUp(deps, request);
  throw new SignInRefused('provider-refused', new Error(/^[a-z_]{1,40}$/.test(error) ? error : 'unknown'));
}

async function useUp({ transactions, connection }: Deps, { id }: Transaction): Promise<void> {
  await transactions.take(KIND, connection.provider.issuer, id);
}

interface Answer {
  readonly callback: Callback;
  readonly request: Transaction;
}

/** Exchanges the code for what the provider says of the person, and judges it. What does not do is used up all the same. */
async function arrivalOf(deps: Deps, known: KnownProvider, answer: Answer): Promise<Arrival> {
  try {
    const claims = await askProvider(deps, known, answer);
    return judgeClaims(deps.connection.provider, claims, deps.clock.nowMs());
  } catch (error: unknown) {
    await useUp(deps, answer.request);
    throw asRefusal(error);
  }
}

/** Before the provider sees it: a provider that is shown a code twice takes back what it gave for it (RFC 6749 §4.1.2). */
async function spendCode({ sessions, connection }: Deps, { callback, request }: Answer): Promise<void> {
  const isFirst = await sessions.spend({
    provider: connection.provider.issuer,
    id: `code ${secretHash(callback.code ?? '')}`,
    // Past that the request is unknown, and so is its PKCE verifier.
    until: request.expiresAt + REQUEST_LIFETIME_MS,
  });
  demand(isFirst, 'already-used');
}

async function askProvider(deps: Deps, known: KnownProvider, answer: Answer): Promise<ClaimSources> {
  const { provider, keys } = deps.connection;
  const { issuer, clientId: audience, clockSkewMs } = provider;
  const tokens = await exchange(deps, known, answer);
  checkAlgorithm(tokens.idToken);
  const requiredClaims = ['sub', 'iat', 'exp', 'nonce'];
  const expected = { issuer, audience, requiredClaims, clockSkewMs };
  const idToken: Claims = await keys.verify(tokens.idToken, known.jwksUri, expected);
  const wantsMore = provider.roleSelection === 'provider' || provider.minIdAssurance > 0;
  if (!wantsMore || !known.hasUserinfo) return { idToken };
  // The library refuses a `sub` that differs (OpenID Connect Core §5.3.2).
  const userinfo = await fetchUserInfo(known.client, tokens.accessToken, String(idToken['sub']));
  return { idToken, userinfo };
}

/** The library checks the answer's shape, state and issuer, and the ID token's claims and nonce; not its signature. */
async function exchange(
  { redirectUri }: Deps,
  { client }: KnownProvider,
  { callback, request }: Answer,
): Promise<{ readonly idToken: string; readonly accessToken: string }> {
  const { state, iss, code = '' } = callback;
  const { nonce, verifier } = request.values ?? {};
  demand(nonce !== undefined && verifier !== undefined, 'unknown-request');
  const url = new URL(redirectUri);
  url.search = new URLSearchParams({ code, state, ...(iss === undefined ? {} : { iss }) }).toString();
  const tokens = await authorizationCodeGrant(client, url, {
    expectedState: request.id,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  demand(tokens.id_token !== undefined, 'answer-not-trusted');
  return { idToken: tokens.id_token, accessToken: tokens.access_token };
}

function checkAlgorithm(idToken: string): void {
  const { alg } = decodeProtectedHeader(idToken);
  demand(alg !== undefined && TOKEN_ALGORITHMS.includes(alg), 'weak-algorithm');
}
