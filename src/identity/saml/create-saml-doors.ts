import type { Request, RequestHandler } from 'express';
import { GatewayError } from '../../domain/errors.ts';
import type { DoorDeps, SignInChoice } from '../door-deps.ts';
import { REQUEST_LIFETIME_MS } from '../request-lifetime.ts';
import { addTransaction } from '../sign-in-cookies.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import { readSignInWish } from '../sign-in-wish.ts';
import { readOwnKeys, type OwnKeys } from './own-keys.ts';
import type { SamlProviders } from './saml-provider.ts';
import { createSamlSignIn, type SamlSignIn } from './saml-sign-in.ts';
import { ANSWER_LIMITS } from './scan-xml.ts';
import { createMetadataPage } from './service-provider-metadata.ts';
import { serviceProviderFor } from './service-provider.ts';

export interface SamlOptions extends OwnKeys {
  readonly publicUrl: string;
  /** What the gateway is called towards identity providers. */
  readonly entityId: string;
  readonly providers: SamlProviders;
  readonly limits?: SamlLimits;
  /** How long our metadata are good for; a year when absent, because many identity providers keep a copy. */
  readonly metadataLifetimeMs?: number;
}

/** What is taken from a sender of whom nothing is known yet. */
export interface SamlLimits {
  /** Of an answer, decoded; 256 KiB when absent. */
  readonly maxBytes?: number;
  /** 1,000 when absent. */
  readonly maxElements?: number;
  /** From leaving for the identity provider to coming back; 10 minutes when absent. */
  readonly requestLifetimeMs?: number;
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

const YEAR_MS = 365 * 24 * 60 * 60_000;

/**
 * The doors through which a person comes in by SAML. Throws GatewayError('internal') when our own keys are not fit to use.
 */
export function createSamlDoors(deps: DoorDeps, options: SamlOptions): SamlDoors {
  const { providers, metadataLifetimeMs = YEAR_MS } = options;
  const { requestLifetimeMs = REQUEST_LIFETIME_MS } = options.limits ?? {};
  const signIns = signInsOf(deps, options, requestLifetimeMs);
  const metadataPage = createMetadataPage(deps.clock.nowMs, metadataLifetimeMs);
  return {
    login: async (req, res) => {
      await deps.limits.ofBeginning(req);
      const signIn = signInOf(signIns, req);
      const begun = await beginFor(deps, signIn, req);
      addTransaction(req, res, begun.browserToken, requestLifetimeMs);
      res.setHeader('Cache-Control', 'no-store');
      res.redirect(302, begun.url);
    },
    acs: async (req, res) => {
      await deps.limits.ofAddress(req);
      const signIn = signInOf(signIns, req);
      try {
        await deps.finish(await signIn.finish(req, res), { req, res });
      } catch (error: unknown) {
        throw refuse(deps, signIn, error);
      }
    },
    metadata: (req, res) => {
      const { self, name } = signInOf(signIns, req);
      res.type('application/samlmetadata+xml').send(metadataPage(self, name));
    },
    choices: providers.configured.map(({ id, title }) => ({
      id,
      title,
      kind: 'saml',
      href: `/auth/saml/${id}/login`,
    })),
  };
}

function signInsOf(deps: DoorDeps, options: SamlOptions, requestLifetimeMs: number): readonly SamlSignIn[] {
  const { providers, limits: { maxBytes, maxElements } = {} } = options;
  const xmlLimits = {
    ...ANSWER_LIMITS,
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxElements === undefined ? {} : { maxElements }),
  };
  const ownKeys = readOwnKeys(options, providers.configured);
  return providers.configured.map((name) => {
    const self = serviceProviderFor(options, name.id, ownKeys);
    return createSamlSignIn(deps, { name, providers, self, xmlLimits, requestLifetimeMs });
  });
}

function signInOf(signIns: readonly SamlSignIn[], req: Request): SamlSignIn {
  const signIn = signIns.find(({ name }) => name.id === req.params['idp']);
  if (signIn !== undefined) return signIn;
  throw new GatewayError('not-found', {
    detail: 'There is no identity provider of this name. Go to /auth/sign-in and choose one.',
  });
}

async function beginFor(
  deps: DoorDeps,
  signIn: SamlSignIn,
  req: Request,
): Promise<Awaited<ReturnType<SamlSignIn['begin']>>> {
  // RelayState is not used: where to go afterwards stays here, with the request.
  const wish = await readSignInWish(deps, req);
  try {
    return await signIn.begin(wish);
  } catch (error: unknown) {
    throw refuse(deps, signIn, error);
  }
}

/** Whatever went wrong, nobody is signed in, and it is told in one way; but a store that is away is told as that. */
function refuse(deps: DoorDeps, { name }: SamlSignIn, error: unknown): GatewayError {
  if (error instanceof GatewayError && !(error instanceof SignInRefused)) return error;
  const refused = error instanceof SignInRefused ? error : new SignInRefused('not-kept', error);
  deps.onEvent({ outcome: 'refused', provider: name.entityId, method: 'saml', code: refused.refusal });
  return refused;
}
