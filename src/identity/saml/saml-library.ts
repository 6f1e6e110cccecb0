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
import {
  SIGNATURE_RULES,
  type SamlProvider,
  type SamlProviderSettings,
  type SignatureRule,
} from './saml-provider.ts';
import type { ServiceProvider } from './service-provider.ts';
import { SignInRefused } from '../sign-in-refusal.ts';

/** Which parts of an answer are signed; each of them must be so rightly. */
export type SignedParts = SignatureRule;

/** What is asked of the identity provider beyond saying who it is. */
export interface RequestWish {
  readonly requestId: string;
  /** The person must prove it now, whatever they did before. */
  readonly mustBeFresh: boolean;
  /** AuthnContextClassRefs, one of which must be met; empty to leave it to the provider. */
  readonly contexts: readonly string[];
}

/** node-saml with one identity provider: makes requests, and verifies the signatures of answers. */
export interface SamlLibrary {
  /** The address that begins a sign-in; `keep` gets the IssueInstant and must be done before the browser leaves. */
  readonly loginUrl: (wish: RequestWish, keep: (issuedAt: string) => Promise<void>) => Promise<string>;
  /**
   * Verifies the signatures of an answer with a plain assertion and what else the library checks. Resolves to the signed
   * assertion, canonical. Throws SignInRefused('answer-not-trusted') whatever the fault is.
   */
  readonly verify: (
    req: Request,
    res: Response,
    answer: { readonly xml: string; readonly parts: SignedParts },
  ) => Promise<string>;
}

interface LibraryDeps {
  readonly name: Pick<SamlProviderSettings, 'entityId' | 'clockSkewMs'>;
  readonly self: ServiceProvider;
  readonly requestLifetimeMs: number;
  /** The provider as it is now: its certificates change without a restart. Throws when it cannot be used. */
  readonly providerNow: () => SamlProvider;
  /** When a request of this provider went out, if it is still open. */
  readonly issuedAtOf: (requestId: string) => Promise<string | undefined>;
}

/**
 * One instance per identity provider: own certificates, own address, own requests, so that none can answer for another.
 * Where the gateway has to be less strict for a provider it is another instance again.
 */
export function createSamlLibrary(deps: LibraryDeps): SamlLibrary {
  const authenticator = new passport.Passport();
  // By name: handed over as an object, Passport would hang each request's callbacks on the one strategy.
  for (const parts of SIGNATURE_RULES) authenticator.use(parts, createStrategy(deps, parts));
  return {
    loginUrl: async ({ requestId, mustBeFresh, contexts }, keep) => {
      const saml = new SAML({
        ...settings(deps, deps.providerNow().ssoUrl),
        cacheProvider: requestCache(keep),
        generateUniqueId: () => requestId,
        forceAuthn: mustBeFresh,
        // A context named without need would turn away everybody who signs in more strongly.
        disableRequestedAuthnContext: contexts.length === 0,
        authnContext: [...contexts],
      });
      return saml.getAuthorizeUrlAsync('', undefined, {});
    },
    verify: (req, res, { xml, parts }) => verifyAnswer(authenticator, parts, { req, res, xml }),
  };
}

/** What takes answers sends nobody anywhere. */
const NOWHERE = 'https://invalid.invalid/';

function createStrategy(deps: LibraryDeps, parts: SignedParts): Strategy {
  const config: SamlConfig = {
    ...settings(deps, NOWHERE),
    wantAssertionsSigned: parts !== 'response',
    wantAuthnResponseSigned: parts !== 'assertion',
    cacheProvider: answerCache(deps.issuedAtOf),
  };
  return new Strategy(
    config,
    (profile: Profile | null, done: VerifiedCallback) => {
      done(null, { assertionXml: profile?.getAssertionXml?.() });
    },
    (_profile: Profile | null, done: VerifiedCallback) => {
      done(new SignInRefused('answer-not-trusted'));
    },
  );
}

/** Every setting said: the library's defaults sign with SHA-1, check no InResponseTo, and turn smart cards away. */
function settings({ self, requestLifetimeMs, providerNow, name }: LibraryDeps, ssoUrl: string): SamlConfig {
  return {
    entryPoint: ssoUrl,
    callbackUrl: self.acsUrl,
    issuer: self.entityId,
    audience: self.entityId,
    // Asked for every answer.
    idpCert: (done) => {
      giveCertificates(providerNow, done);
    },
    idpIssuer: name.entityId,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    validateInResponseTo: ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: requestLifetimeMs,
    acceptedClockSkewMs: name.clockSkewMs,
    maxAssertionAgeMs: ISSUE_WINDOW_MS,
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
    // Sign-out messages never reach the library by this way.
    logoutUrl: '',
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    signMetadata: false,
    ...(self.signing === undefined
      ? {}
      : { privateKey: self.signing.privateKeyPem, publicCert: self.signing.certificatePem }),
  };
}

function giveCertificates(
  providerNow: () => SamlProvider,
  done: (error: Error | null, certificates?: string[]) => void,
): void {
  try {
    done(null, [...providerNow().certificatesPem]);
  } catch {
    done(new SignInRefused('provider-unreachable'));
  }
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
  readonly xml: string;
}

/** All faults look alike from outside (a decryption or padding fault told apart is an oracle); the cause is kept for the log. */
function verifyAnswer(
  authenticator: passport.Authenticator,
  name: string,
  { req, res, xml }: Answer,
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
    // The library sees what is signed, and nothing else of the post.
    req.body = { SAMLResponse: Buffer.from(xml).toString('base64') };
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
