import type { Request, RequestHandler } from 'express';
import { buildEndSessionUrl } from 'openid-client';
import { GatewayError } from '../../domain/errors.ts';
import type { DocumentFetcher } from '../../flows/ports.ts';
import type { DoorDeps, SignInChoice } from '../door-deps.ts';
import { addTransaction } from '../sign-in-cookies.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import { readSignInWish } from '../sign-in-wish.ts';
import type { StoredSession } from '../stores/identity-stores.ts';
import { receiveBackchannelLogout } from './backchannel-logout.ts';
import { createOidcSignIn, type OidcSignIn } from './oidc-sign-in.ts';
import type { OpenidProvider } from './openid-provider.ts';
import { connectProvider } from './provider-connection.ts';

export interface OidcOptions {
  readonly publicUrl: string;
  readonly providers: readonly OpenidProvider[];
  readonly fetcher: DocumentFetcher;
  /** Bound on each call to a provider, ms; 1,800 when absent, so that a door answers within two seconds. */
  readonly timeoutMs?: number;
}

export interface OidcDoors {
  /** GET /auth/oidc/:idp/login?return=&step-up= */
  readonly login: RequestHandler;
  /** GET /auth/oidc/:idp/callback */
  readonly callback: RequestHandler;
  /** POST /auth/oidc/:idp/backchannel-logout (body parsed as form) */
  readonly backchannelLogout: RequestHandler;
  readonly choices: readonly SignInChoice[];
  /**
   * Where to send the browser of somebody who has just signed out here, so that the provider's session ends, too (RP-Initiated
   * Logout §2); undefined where it is not such a session, or the provider has no such address. Never throws. The ID token is not
   * kept, so no id_token_hint is sent, and the provider may ask the person to confirm.
   */
  readonly signOutAddress: (session: Pick<StoredSession, 'principal'>) => Promise<string | undefined>;
}

const TIMEOUT_MS = 1_800;
const SIGNED_OUT_PAGE = '/auth/sign-in?signed-out=1';

/** The doors through which a person comes in, and a provider's sign-out arrives, by OpenID Connect. */
export function createOidcDoors(deps: DoorDeps, options: OidcOptions): OidcDoors {
  const signIns = options.providers.map((provider) => signInWith(deps, options, provider));
  return {
    login: async (req, res) => {
      const signIn = signInOf(signIns, req);
      try {
        await deps.limits.ofBeginning(req);
        const { url, browserToken } = await signIn.begin(await readSignInWish(deps, req));
        addTransaction(req, res, browserToken);
        res.setHeader('Cache-Control', 'no-store');
        res.redirect(302, url);
      } catch (error: unknown) {
        throw refuse(deps, signIn, error);
      }
    },
    callback: async (req, res) => {
      const signIn = signInOf(signIns, req);
      try {
        await deps.limits.ofAddress(req);
        await deps.finish(await signIn.finish(req), { req, res });
      } catch (error: unknown) {
        throw refuse(deps, signIn, error);
      }
    },
    backchannelLogout: async (req, res) => {
      const { connection } = signInOf(signIns, req);
      await deps.limits.ofAddress(req);
      await receiveBackchannelLogout(deps, connection, { req, res });
    },
    choices: options.providers.map(({ id, title }) => ({
      id,
      title,
      kind: 'oidc',
      href: `/auth/oidc/${id}/login`,
    })),
    signOutAddress: (session) => signOutAddress(signIns, options.publicUrl, session),
  };
}

function signInWith(deps: DoorDeps, options: OidcOptions, provider: OpenidProvider): OidcSignIn {
  const { publicUrl, fetcher, timeoutMs = TIMEOUT_MS } = options;
  const connection = connectProvider({ fetcher, clock: deps.clock, timeoutMs }, provider);
  return createOidcSignIn(deps, connection, new URL(`/auth/oidc/${provider.id}/callback`, publicUrl).href);
}

function signInOf(signIns: readonly OidcSignIn[], req: Request): OidcSignIn {
  const signIn = signIns.find(({ connection }) => connection.provider.id === req.params['idp']);
  if (signIn !== undefined) return signIn;
  throw new GatewayError('not-found', {
    detail: 'There is no identity provider of this name. Go to /auth/sign-in and choose one.',
  });
}

/** Whatever went wrong, nobody is signed in, and it is told in one way; but a store that is away is told as that. */
function refuse(deps: DoorDeps, { connection }: OidcSignIn, error: unknown): GatewayError {
  if (error instanceof GatewayError && !(error instanceof SignInRefused)) return error;
  const refused = error instanceof SignInRefused ? error : new SignInRefused('not-kept', error);
  const { issuer: provider } = connection.provider;
  deps.onEvent({ outcome: 'refused', provider, method: 'oidc', code: refused.refusal });
  return refused;
}

async function signOutAddress(
  signIns: readonly OidcSignIn[],
  publicUrl: string,
  { principal }: Pick<StoredSession, 'principal'>,
): Promise<string | undefined> {
  if (principal.method !== 'oidc') return undefined;
  const signIn = signIns.find(({ connection }) => connection.provider.issuer === principal.provider);
  try {
    const known = await signIn?.connection.recall();
    if (known?.hasEndSession !== true) return undefined;
    const backTo = new URL(SIGNED_OUT_PAGE, publicUrl).href;
    return buildEndSessionUrl(known.client, { post_logout_redirect_uri: backTo }).href;
  } catch {
    // Signed out here in any case; a provider that is away cannot be told.
    return undefined;
  }
}
