import {
  SAML,
  Strategy,
  ValidateInResponseTo,
  type CacheProvider,
  type Profile,
  type SamlConfig,
  type VerifiedCallback,
} from '@node-saml/passport-saml';
import type { Request, RequestHandler, Response } from 'express';
import passport from 'passport';
import { ISSUE_WINDOW_MS } from './judge-saml-answer.ts';
import type { SamlProvider } from './saml-provider.ts';
import { REQUEST_LIFETIME_MS } from '../request-lifetime.ts';
import { SignInRefused } from '../sign-in-refusal.ts';

/** The gateway as one identity provider sees it (a SAML service provider). */
export interface ServiceProvider {
  readonly entityId: string;
  /** Where this identity provider, and no other, posts its answers. */
  readonly acsUrl: string;
  /** Signs our requests, when given. RSA. */
  readonly signing?: { readonly privateKeyPem: string; readonly certificatePem: string };
}

/** node-saml with one identity provider: makes requests, and verifies the signatures of answers. */
export interface SamlLibrary {
  /** The address that begins a sign-in; `keep` gets the IssueInstant and must be done before the browser leaves. */
  readonly loginUrl: (requestId: string, keep: (issuedAt: string) => Promise<void>) => Promise<string>;
  /**
   * Verifies both signatures and what else the library checks. Resolves to the signed assertion, canonical.
   * Throws SignInRefused('answer-not-trusted') whatever the fault is.
   */
  readonly verify: (req: Request, res: Response, base64: string) => Promise<string>;
}

/**
 * One instance per identity provider: own certificates, own address, own requests, so that none can answer for another.
 * `issuedAtOf` says when a request of this provider went out, if it is still open.
 */
export function createSamlLibrary(
  provider: SamlProvider,
  self: ServiceProvider,
  issuedAtOf: (requestId: string) => Promise<string | undefined>,
): SamlLibrary {
  const authenticator = new passport.Passport();
  const config = { ...settings(provider, self), cacheProvider: answerCache(issuedAtOf) };
  const strategy = new Strategy(
    config,
    (profile: Profile | null, done: VerifiedCallback) => {
      done(null, { assertionXml: profile?.getAssertionXml?.() });
    },
    (_profile: Profile | null, done: VerifiedCallback) => {
      done(new SignInRefused('answer-not-trusted'));
    },
  );
  // By name: handed over as an object, Passport would hang each request's callbacks on the one strategy.
  authenticator.use(provider.id, strategy);
  return {
    loginUrl: async (requestId, keep) => {
      const cacheProvider = requestCache(keep);
      const saml = new SAML({
        ...settings(provider, self),
        cacheProvider,
        generateUniqueId: () => requestId,
      });
      return saml.getAuthorizeUrlAsync('', undefined, {});
    },
    verify: (req, res, base64) => verifyAnswer(authenticator, provider.id, { req, res, base64 }),
  };
}

/** Every setting said: the library's defaults sign with SHA-1, check no InResponseTo, and turn smart cards away. */
function settings(provider: SamlProvider, self: ServiceProvider): SamlConfig {
  return {
    entryPoint: provider.ssoUrl,
    callbackUrl: self.acsUrl,
    issuer: self.entityId,
    audience: self.entityId,
    idpCert: [...provider.certificatesPem],
    idpIssuer: provider.entityId,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    validateInResponseTo: ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: REQUEST_LIFETIME_MS,
    acceptedClockSkewMs: provider.clockSkewMs,
    maxAssertionAgeMs: ISSUE_WINDOW_MS,
    // A named context would turn away everybody who signs in more strongly.
    disableRequestedAuthnContext: true,
    authnContext: [],
    racComparison: 'exact',
    forceAuthn: false,
    passive: false,
    identifierFormat: null,
    allowCreate: true,
    authnRequestBinding: 'HTTP-Redirect',
    skipRequestCompression: false,
    disableRequestAcsUrl: false,
    additionalParams: {},
    additionalAuthorizeParams: {},
    additionalLogoutParams: {},
    // No single logout: a LogoutRequest is refused before the library sees it.
    logoutUrl: '',
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    signMetadata: false,
    ...(self.signing === undefined
      ? {}
      : { privateKey: self.signing.privateKeyPem, publicCert: self.signing.certificatePem }),
  };
}

/** For answers: looks requests up. They are used up by us, in one step with the replay check, not by the library. */
function answerCache(issuedAtOf: (requestId: string) => Promise<string | undefined>): CacheProvider {
  return {
    saveAsync: () => Promise.reject(new SignInRefused('no-answer')),
    getAsync: async (requestId) => (await issuedAtOf(requestId)) ?? null,
    removeAsync: () => Promise.resolve(null),
  };
}

/** For requests: keeps the one that is made. */
function requestCache(keep: (issuedAt: string) => Promise<void>): CacheProvider {
  return {
    saveAsync: async (_requestId, value) => {
      await keep(value);
      return { value, createdAt: Date.parse(value) };
    },
    getAsync: () => Promise.resolve(null),
    removeAsync: () => Promise.resolve(null),
  };
}

interface Answer {
  readonly req: Request;
  readonly res: Response;
  readonly base64: string;
}

/** All faults look alike from outside (a decryption or padding fault told apart is an oracle); the cause is kept for the log. */
function verifyAnswer(
  authenticator: passport.Authenticator,
  name: string,
  { req, res, base64 }: Answer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = (cause?: unknown): void => {
      reject(new SignInRefused('answer-not-trusted', cause));
    };
    const settle = (error: unknown, user: unknown): void => {
      const assertionXml = assertionOf(user);
      if (error !== null || assertionXml === undefined) refuse(error);
      else resolve(assertionXml);
    };
    // The library sees what was scanned, and nothing else of the post.
    req.body = { SAMLResponse: base64 };
    const handler = parseHandler(authenticator.authenticate(name, { session: false }, settle));
    void handler(req, res, refuse);
  });
}

/** Passport's types leave open what a framework gets; for Express it is a handler. */
function parseHandler(value: unknown): RequestHandler {
  if (typeof value !== 'function') throw new SignInRefused('answer-not-trusted');
  return value as RequestHandler;
}

function assertionOf(user: unknown): string | undefined {
  if (typeof user !== 'object' || user === null || !('assertionXml' in user)) return undefined;
  return typeof user.assertionXml === 'string' ? user.assertionXml : undefined;
}
