import type { Request, RequestHandler, Response } from 'express';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { Assurance } from '../domain/words.ts';
import type { Sessions } from './sessions/create-sessions.ts';
import { isLocalPath } from './local-path.ts';
import type { SamlSignIn } from './saml/saml-sign-in.ts';
import { serviceProviderMetadata } from './saml/service-provider-metadata.ts';
import {
  addTransaction,
  clearSession,
  removeTransaction,
  sessionTokenOf,
  setSession,
} from './sign-in-cookies.ts';
import { SignInRefused, type RefusalCode } from './sign-in-refusal.ts';

/** A sign-in, a refused one, or a sign-out, for the record. Holds no token and nothing of the answer itself. */
export interface AuthEvent {
  readonly outcome: 'signed-in' | 'refused' | 'signed-out';
  /** Entity ID of the identity provider. */
  readonly provider: string;
  /** NameID; only once it is proved. Personal data. */
  readonly subject?: string;
  readonly method: 'saml';
  readonly assurance?: Assurance;
  /** ms since the epoch. */
  readonly authenticatedAt?: number;
  /** Why it was refused; stable. */
  readonly code?: RefusalCode;
}

/** Ready handlers; each passes its errors on to the app. */
export interface LoginDoors {
  /** GET /auth/saml/:idp/login */
  readonly login: RequestHandler;
  /** POST /auth/saml/:idp/acs (body parsed as form) */
  readonly acs: RequestHandler;
  /** GET /auth/saml/:idp/metadata */
  readonly metadata: RequestHandler;
  /** POST /auth/logout */
  readonly logout: RequestHandler;
  readonly providers: readonly { readonly id: string; readonly title: string }[];
}

interface Deps {
  readonly signIns: readonly SamlSignIn[];
  readonly sessions: Sessions;
  /** Must not throw. */
  readonly onEvent: (event: AuthEvent) => void;
}

const SIGNED_OUT_PAGE = '/auth/sign-in?signed-out=1';

/** The doors through which a person comes in by SAML, and goes out. */
export function createLoginDoors(deps: Deps): LoginDoors {
  return {
    login: async (req, res) => {
      const signIn = signInOf(deps, req);
      const returnTo = returnPathOf(req.query['return']);
      const { url, browserToken } = await signIn.begin(returnTo).catch((error: unknown) => {
        throw error instanceof GatewayError ? error : refuse(deps, signIn, error);
      });
      addTransaction(req, res, browserToken);
      noStore(res).redirect(302, url);
    },
    acs: async (req, res) => {
      const signIn = signInOf(deps, req);
      await finish(deps, signIn, { req, res }).catch((error: unknown) => {
        throw refuse(deps, signIn, error);
      });
    },
    metadata: (req, res) => {
      res.type('application/samlmetadata+xml').send(serviceProviderMetadata(signInOf(deps, req).self));
    },
    logout: async (req, res) => {
      const token = sessionTokenOf(req);
      const person = token === undefined ? undefined : await deps.sessions.end(token);
      if (person !== undefined) {
        const { provider, subject } = person;
        deps.onEvent({ outcome: 'signed-out', provider, subject, method: 'saml' });
      }
      clearSession(res);
      noStore(res).redirect(303, SIGNED_OUT_PAGE);
    },
    providers: deps.signIns.map(({ provider: { id, title } }) => ({ id, title })),
  };
}

function signInOf({ signIns }: Deps, req: Request): SamlSignIn {
  const signIn = signIns.find(({ provider }) => provider.id === req.params['idp']);
  if (signIn !== undefined) return signIn;
  throw new GatewayError('not-found', {
    detail: 'There is no identity provider of this name. Go to /auth/sign-in and choose one.',
  });
}

/** RelayState is not used: where to go afterwards stays here, with the request. */
function returnPathOf(value: unknown): string {
  if (value === undefined) return '/';
  if (typeof value === 'string' && isLocalPath(value)) return value;
  throw new BadRequest(
    '“return” must be one path on this gateway, such as /me/studies. Go to /auth/sign-in instead.',
  );
}

async function finish(
  deps: Deps,
  signIn: SamlSignIn,
  { req, res }: { readonly req: Request; readonly res: Response },
): Promise<void> {
  const before = sessionTokenOf(req);
  const { arrival, token, returnTo, browserHash } = await signIn.finish(req, res);
  // Whoever sat here before is out. Rarely seen (the cookie does not come along from another site), and no reason to
  // turn the new person away: their cookie replaces the old one in any case.
  if (before !== undefined) await deps.sessions.end(before).catch(() => undefined);
  const { provider, subject, assurance, authenticatedAt } = arrival;
  deps.onEvent({ outcome: 'signed-in', provider, subject, method: 'saml', assurance, authenticatedAt });
  removeTransaction(req, res, browserHash);
  setSession(res, token);
  noStore(res).redirect(303, returnTo);
}

/** Whatever went wrong, nobody is signed in, and it is told in one way. */
function refuse(deps: Deps, signIn: SamlSignIn, error: unknown): SignInRefused {
  const refused = error instanceof SignInRefused ? error : new SignInRefused('not-kept', error);
  const provider = signIn.provider.entityId;
  deps.onEvent({ outcome: 'refused', provider, method: 'saml', code: refused.refusal });
  return refused;
}

function noStore(res: Response): Response {
  return res.setHeader('Cache-Control', 'no-store');
}
