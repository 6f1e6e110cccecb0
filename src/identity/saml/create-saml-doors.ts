import type { Request, RequestHandler } from 'express';
import { BadRequest, GatewayError } from '../../domain/errors.ts';
import { ASSURANCES } from '../../domain/words.ts';
import type { DoorDeps, SignInChoice } from '../door-deps.ts';
import { isLocalPath } from '../local-path.ts';
import { secretHash } from '../secret-hash.ts';
import { addTransaction, sessionTokenOf } from '../sign-in-cookies.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import type { ServiceProvider } from './saml-library.ts';
import type { SamlProvider } from './saml-provider.ts';
import { createSamlSignIn, type SamlSignIn, type SignInWish } from './saml-sign-in.ts';
import { serviceProviderMetadata } from './service-provider-metadata.ts';

export interface SamlOptions {
  readonly publicUrl: string;
  /** What the gateway is called towards identity providers. */
  readonly entityId: string;
  readonly providers: readonly SamlProvider[];
  /** Signs our requests to identity providers. RSA. */
  readonly signing?: NonNullable<ServiceProvider['signing']>;
}

export interface SamlDoors {
  /** GET /auth/saml/:idp/login?return=&step-up= */
  readonly login: RequestHandler;
  /** POST /auth/saml/:idp/acs (body parsed as form) */
  readonly acs: RequestHandler;
  /** GET /auth/saml/:idp/metadata */
  readonly metadata: RequestHandler;
  readonly choices: readonly SignInChoice[];
}

/** The doors through which a person comes in by SAML. */
export function createSamlDoors(deps: DoorDeps, options: SamlOptions): SamlDoors {
  const signIns = options.providers.map((provider) =>
    createSamlSignIn(deps, provider, selfFor(options, provider)),
  );
  return {
    login: async (req, res) => {
      const signIn = signInOf(signIns, req);
      const { url, browserToken } = await signIn.begin(wishOf(req)).catch((error: unknown) => {
        throw error instanceof GatewayError ? error : refuse(deps, signIn, error);
      });
      addTransaction(req, res, browserToken);
      res.setHeader('Cache-Control', 'no-store');
      res.redirect(302, url);
    },
    acs: async (req, res) => {
      const signIn = signInOf(signIns, req);
      try {
        await deps.finish(await signIn.finish(req, res), { req, res });
      } catch (error: unknown) {
        throw refuse(deps, signIn, error);
      }
    },
    metadata: (req, res) => {
      res.type('application/samlmetadata+xml').send(serviceProviderMetadata(signInOf(signIns, req).self));
    },
    choices: options.providers.map(({ id, title }) => ({
      id,
      title,
      kind: 'saml',
      href: `/auth/saml/${id}/login`,
    })),
  };
}

function selfFor({ publicUrl, entityId, signing }: SamlOptions, { id }: SamlProvider): ServiceProvider {
  const acsUrl = new URL(`/auth/saml/${id}/acs`, publicUrl).href;
  return { entityId, acsUrl, ...(signing === undefined ? {} : { signing }) };
}

function signInOf(signIns: readonly SamlSignIn[], req: Request): SamlSignIn {
  const signIn = signIns.find(({ provider }) => provider.id === req.params['idp']);
  if (signIn !== undefined) return signIn;
  throw new GatewayError('not-found', {
    detail: 'There is no identity provider of this name. Go to /auth/sign-in and choose one.',
  });
}

/** RelayState is not used: where to go afterwards stays here, with the request. */
function wishOf(req: Request): SignInWish {
  const token = sessionTokenOf(req);
  const assurance = ASSURANCES.find((known) => String(known) === req.query['step-up']);
  return {
    returnTo: returnPathOf(req.query['return']),
    ...(token === undefined ? {} : { sessionHash: secretHash(token) }),
    ...(assurance === undefined ? {} : { stepUp: { assurance } }),
  };
}

function returnPathOf(value: unknown): string {
  if (value === undefined) return '/';
  if (typeof value === 'string' && isLocalPath(value)) return value;
  throw new BadRequest(
    '“return” must be one path on this gateway, such as /me/studies. Go to /auth/sign-in instead.',
  );
}

/** Whatever went wrong, nobody is signed in, and it is told in one way; but a store that is away is told as that. */
function refuse(deps: DoorDeps, { provider }: SamlSignIn, error: unknown): GatewayError {
  if (error instanceof GatewayError && !(error instanceof SignInRefused)) return error;
  const refused = error instanceof SignInRefused ? error : new SignInRefused('not-kept', error);
  deps.onEvent({ outcome: 'refused', provider: provider.entityId, method: 'saml', code: refused.refusal });
  return refused;
}
