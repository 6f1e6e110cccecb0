import type { Request, Response } from 'express';
import type { Assurance } from '../../domain/words.ts';
import type { Clock } from '../../flows/ports.ts';
import { checkSignedShape } from './check-signed-shape.ts';
import type { Arrival, Sessions } from '../sessions/create-sessions.ts';
import type { ExpectedAnswer } from './expected-answer.ts';
import { judgeSamlAnswer, type ProvenLogin } from './judge-saml-answer.ts';
import { readSamlPost } from './read-saml-post.ts';
import {
  createSamlLibrary,
  REQUEST_LIFETIME_MS,
  type SamlLibrary,
  type ServiceProvider,
} from './saml-library.ts';
import type { SamlProvider } from './saml-provider.ts';
import type { SamlRequest, SamlRequestStore } from './saml-request-store.ts';
import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';
import { hasTransaction } from '../sign-in-cookies.ts';
import { demand, SignInRefused } from '../sign-in-refusal.ts';
import { parseXml } from './xml-elements.ts';

interface Deps {
  readonly requests: SamlRequestStore;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** Signing in with one identity provider. */
export interface SamlSignIn {
  readonly provider: SamlProvider;
  readonly self: ServiceProvider;
  /** Begins a sign-in: where to send the browser, and the token that binds it to the sign-in. */
  readonly begin: (returnTo: string) => Promise<{ readonly url: string; readonly browserToken: string }>;
  /** Takes the answer and opens a session. Throws SignInRefused. */
  readonly finish: (req: Request, res: Response) => Promise<SignedIn>;
}

export interface SignedIn {
  readonly arrival: Arrival;
  readonly token: string;
  readonly returnTo: string;
  readonly browserHash: string;
}

/** SAML core recommends 128 to 160 bits (§1.3.4). */
const REQUEST_ID_BYTES = 20;
/** Past every window in which an assertion could be taken again, whatever the clocks do. */
const REMEMBER_MS = 24 * 60 * 60_000;

/** Wires the guards before and after the library to one identity provider, in the order in which they must run. */
export function createSamlSignIn(deps: Deps, provider: SamlProvider, self: ServiceProvider): SamlSignIn {
  const findRequest = (id: string): Promise<SamlRequest | undefined> =>
    deps.requests.find(provider.entityId, id);
  const library = createSamlLibrary(provider, self, async (id) => (await findRequest(id))?.issuedAt);
  return {
    provider,
    self,
    begin: (returnTo) => begin({ ...deps, library, provider }, returnTo),
    finish: async (req, res) => {
      const { base64, xml } = readSamlPost(req);
      const response = parseXml(xml);
      const claimed = checkSignedShape(response);
      const request = await findRequest(response.getAttribute('InResponseTo') ?? '');
      demand(request !== undefined, 'unknown-request');
      demand(hasTransaction(req, request.browserHash), 'other-browser');
      const expected = expectationOf(provider, self, request.requestId);
      const now = { ...expected, nowMs: deps.clock.nowMs() };
      // Once on what was posted, for a code that says what is wrong; then on what was signed, which alone counts.
      judgeSamlAnswer(response, claimed, now);
      const signed = parseXml(await library.verify(req, res, base64));
      const login = judgeSamlAnswer(response, signed, now);
      demand(login.assertionId === claimed.getAttribute('ID'), 'answer-not-trusted');
      const arrival = arrivalOf(provider, login);
      const token = await open(deps, arrival, { login, requestId: request.requestId });
      return { arrival, token, returnTo: request.returnTo, browserHash: request.browserHash };
    },
  };
}

async function begin(
  deps: Deps & { readonly library: SamlLibrary; readonly provider: SamlProvider },
  returnTo: string,
): Promise<{ readonly url: string; readonly browserToken: string }> {
  const requestId = `_${Buffer.from(deps.randomBytes(REQUEST_ID_BYTES)).toString('hex')}`;
  const browserToken = Buffer.from(deps.randomBytes(TOKEN_BYTES)).toString('base64url');
  const url = await deps.library.loginUrl(requestId, (issuedAt) =>
    deps.requests.save({
      provider: deps.provider.entityId,
      requestId,
      issuedAt,
      browserHash: secretHash(browserToken),
      returnTo,
      expiresAt: deps.clock.nowMs() + REQUEST_LIFETIME_MS,
    }),
  );
  return { url, browserToken };
}

function expectationOf(
  provider: SamlProvider,
  self: ServiceProvider,
  requestId: string,
): Omit<ExpectedAnswer, 'nowMs'> {
  const { entityId: issuer, clockSkewMs } = provider;
  return { issuer, audience: self.entityId, acsUrl: self.acsUrl, requestId, clockSkewMs };
}

function arrivalOf(provider: SamlProvider, login: ProvenLogin): Arrival {
  const { subject, authenticatedAt, sessionIndex, sessionEndsAt, contextClass } = login;
  return {
    provider: provider.entityId,
    subject,
    method: 'saml',
    assurance: assuranceOf(provider, contextClass),
    authenticatedAt,
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
    ...(sessionEndsAt === undefined ? {} : { sessionEndsAt }),
  };
}

/** Only what the config lists is more than a password. */
function assuranceOf({ assurance }: SamlProvider, contextClass: string | undefined): Assurance {
  if (contextClass === undefined || !Object.hasOwn(assurance, contextClass)) return 1;
  return assurance[contextClass] ?? 1;
}

async function open(
  deps: Deps,
  arrival: Arrival,
  { login, requestId }: { readonly login: ProvenLogin; readonly requestId: string },
): Promise<string> {
  const rememberUntil = deps.clock.nowMs() + REMEMBER_MS;
  const spent = { requestId, assertionId: login.assertionId, rememberUntil };
  try {
    return (await deps.sessions.open(arrival, spent)).token;
  } catch (error: unknown) {
    throw error instanceof SignInRefused ? error : new SignInRefused('not-kept', error);
  }
}
