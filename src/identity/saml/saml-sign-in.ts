import type { Request, Response } from 'express';
import type { Assurance } from '../../domain/words.ts';
import { checkSignedShape } from './check-signed-shape.ts';
import type { Arrival, DoorDeps, Proof } from '../door-deps.ts';
import type { ExpectedAnswer } from './expected-answer.ts';
import { judgeSamlAnswer, type ProvenLogin } from './judge-saml-answer.ts';
import { readSamlPost } from './read-saml-post.ts';
import { createSamlLibrary, type SamlLibrary, type ServiceProvider } from './saml-library.ts';
import type { SamlProvider } from './saml-provider.ts';
import type { Transaction } from '../stores/identity-stores.ts';
import { REQUEST_LIFETIME_MS } from '../request-lifetime.ts';
import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';
import { hasTransaction } from '../sign-in-cookies.ts';
import { demand } from '../sign-in-refusal.ts';
import { parseXml } from './xml-elements.ts';

/** Signing in with one identity provider. */
export interface SamlSignIn {
  readonly provider: SamlProvider;
  readonly self: ServiceProvider;
  /** Begins a sign-in: where to send the browser, and the token that binds it to the sign-in. */
  readonly begin: (wish: SignInWish) => Promise<{ readonly url: string; readonly browserToken: string }>;
  /** Takes the answer and says what it proves. Throws SignInRefused. */
  readonly finish: (req: Request, res: Response) => Promise<Proof>;
}

/** What somebody who begins a sign-in wants. */
export interface SignInWish {
  readonly returnTo: string;
  readonly sessionHash?: string;
  readonly stepUp?: NonNullable<Transaction['stepUp']>;
}

const KIND = 'saml-sign-in';
/** SAML core recommends 128 to 160 bits (§1.3.4). */
const REQUEST_ID_BYTES = 20;
/** Past every window in which an assertion could be taken again, whatever the clocks do. */
const REMEMBER_MS = 24 * 60 * 60_000;

/** Wires the guards before and after the library to one identity provider, in the order in which they must run. */
export function createSamlSignIn(deps: DoorDeps, provider: SamlProvider, self: ServiceProvider): SamlSignIn {
  const findRequest = (id: string): Promise<Transaction | undefined> =>
    deps.transactions.find(KIND, provider.entityId, id);
  const library = createSamlLibrary(provider, self, async (id) => (await findRequest(id))?.issuedAt);
  return {
    provider,
    self,
    begin: (wish) => begin({ ...deps, library, provider }, wish),
    finish: async (req, res) => {
      const { base64, xml } = readSamlPost(req);
      const response = parseXml(xml);
      const claimed = checkSignedShape(response);
      const request = await findRequest(response.getAttribute('InResponseTo') ?? '');
      demand(request !== undefined, 'unknown-request');
      demand(hasTransaction(req, request.browserHash ?? ''), 'other-browser');
      const expected = expectationOf(provider, self, request.id);
      const now = { ...expected, nowMs: deps.clock.nowMs() };
      // Once on what was posted, for a code that says what is wrong; then on what was signed, which alone counts.
      judgeSamlAnswer(response, claimed, now);
      const signed = parseXml(await library.verify(req, res, base64));
      const login = judgeSamlAnswer(response, signed, now);
      demand(login.assertionId === claimed.getAttribute('ID'), 'answer-not-trusted');
      const until = deps.clock.nowMs() + REMEMBER_MS;
      return {
        arrival: arrivalOf(provider, login),
        transaction: request,
        once: { provider: provider.entityId, id: login.assertionId, until },
        toleranceMs: provider.clockSkewMs,
      };
    },
  };
}

async function begin(
  deps: DoorDeps & { readonly library: SamlLibrary; readonly provider: SamlProvider },
  wish: SignInWish,
): Promise<{ readonly url: string; readonly browserToken: string }> {
  const id = `_${Buffer.from(deps.randomBytes(REQUEST_ID_BYTES)).toString('hex')}`;
  const browserToken = Buffer.from(deps.randomBytes(TOKEN_BYTES)).toString('base64url');
  const url = await deps.library.loginUrl(id, (issuedAt) => {
    const startedAt = deps.clock.nowMs();
    return deps.transactions.save({
      kind: KIND,
      provider: deps.provider.entityId,
      id,
      issuedAt,
      startedAt,
      expiresAt: startedAt + REQUEST_LIFETIME_MS,
      browserHash: secretHash(browserToken),
      ...wish,
    });
  });
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
