import type { Request, Response } from 'express';
import type { Arrival, DoorDeps, Proof } from '../door-deps.ts';
import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';
import { hasTransaction } from '../sign-in-cookies.ts';
import { demand } from '../sign-in-refusal.ts';
import type { SignInWish } from '../sign-in-wish.ts';
import type { Transaction } from '../stores/identity-stores.ts';
import { assuranceOf } from './assurance-of.ts';
import { checkSignedShape } from './check-signed-shape.ts';
import type { ExpectedAnswer } from './expected-answer.ts';
import { judgeResponse, judgeSamlAnswer, type ProvenLogin } from './judge-saml-answer.ts';
import { openAnswer } from './open-answer.ts';
import { readSamlPost } from './read-saml-post.ts';
import { createSamlLibrary, type RequestWish, type SamlLibrary } from './saml-library.ts';
import type { SamlProvider, SamlProviderSettings, SamlProviders } from './saml-provider.ts';
import type { XmlLimits } from './scan-xml.ts';
import type { ServiceProvider } from './service-provider.ts';
import { parseXml } from './xml-elements.ts';

/** Signing in with one identity provider. */
export interface SamlSignIn {
  readonly name: SamlProviderSettings;
  readonly self: ServiceProvider;
  /** Begins a sign-in: where to send the browser, and the token that binds it to the sign-in. Throws SignInRefused. */
  readonly begin: (wish: SignInWish) => Promise<{ readonly url: string; readonly browserToken: string }>;
  /** Takes the answer and says what it proves. Throws SignInRefused. */
  readonly finish: (req: Request, res: Response) => Promise<Proof>;
}

export interface SamlSignInOptions {
  readonly name: SamlProviderSettings;
  readonly providers: Pick<SamlProviders, 'byId'>;
  readonly self: ServiceProvider;
  readonly xmlLimits: XmlLimits;
  readonly requestLifetimeMs: number;
}

interface House extends DoorDeps, SamlSignInOptions {
  readonly library: SamlLibrary;
  readonly providerNow: () => SamlProvider;
  readonly findRequest: (id: string) => Promise<Transaction | undefined>;
}

const KIND = 'saml-sign-in';
/** SAML core recommends 128 to 160 bits (§1.3.4). */
const REQUEST_ID_BYTES = 20;
/** Past every window in which an assertion could be taken again, whatever the clocks do. */
const REMEMBER_MS = 24 * 60 * 60_000;
const CARD = 'urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI';

/** Wires the guards before and after the library to one identity provider, in the order in which they must run. */
export function createSamlSignIn(deps: DoorDeps, options: SamlSignInOptions): SamlSignIn {
  const { name, providers, self } = options;
  const findRequest: House['findRequest'] = (id) => deps.transactions.find(KIND, name.entityId, id);
  const providerNow = (): SamlProvider => {
    const provider = providers.byId(name.id);
    demand(provider !== undefined, 'provider-unreachable');
    return provider;
  };
  const issuedAtOf = async (id: string): Promise<string | undefined> => (await findRequest(id))?.issuedAt;
  const library = createSamlLibrary({ ...options, providerNow, issuedAtOf });
  const house: House = { ...deps, ...options, library, providerNow, findRequest };
  return {
    name,
    self,
    begin: (wish) => begin(house, wish),
    finish: (req, res) => finish(house, req, res),
  };
}

async function finish(house: House, req: Request, res: Response): Promise<Proof> {
  const xml = readSamlPost(req, house.xmlLimits);
  const provider = house.providerNow();
  const response = parseXml(xml);
  const { signatures = 'both', encryption = 'none' } = provider;
  const shape = checkSignedShape(response, { signatures, encryption });
  const request = await requestAnsweredBy(house, req, response.getAttribute('InResponseTo') ?? '');
  const expected = expectationOf(house, request.id, shape.isResponseSigned);
  // Once on what was posted, for a code that says what is wrong; then on what was signed, which alone counts.
  if (shape.assertion === undefined) judgeResponse(response, expected);
  else judgeSamlAnswer(response, shape.assertion, expected);
  const opened = await openAnswer({ ...house, provider }, { response, shape }, { req, res });
  const login = judgeSamlAnswer(opened.response, opened.assertion, expected);
  const claimedId = shape.assertion?.getAttribute('ID') ?? login.assertionId;
  demand(login.assertionId === claimedId && claimedId !== '', 'answer-not-trusted');
  return {
    arrival: arrivalOf(provider, login),
    transaction: request,
    once: { provider: provider.entityId, id: login.assertionId, until: house.clock.nowMs() + REMEMBER_MS },
    toleranceMs: provider.clockSkewMs,
  };
}

/** The sign-in that this very browser began with this very provider. Reading it does not use it up: garbage must not burn it. */
async function requestAnsweredBy(house: House, req: Request, requestId: string): Promise<Transaction> {
  const request = await house.findRequest(requestId);
  demand(request !== undefined, 'unknown-request');
  demand(hasTransaction(req, request.browserHash ?? ''), 'other-browser');
  return request;
}

async function begin(
  house: House,
  wish: SignInWish,
): Promise<{ readonly url: string; readonly browserToken: string }> {
  const provider = house.providerNow();
  const requestId = `_${Buffer.from(house.randomBytes(REQUEST_ID_BYTES)).toString('hex')}`;
  const browserToken = Buffer.from(house.randomBytes(TOKEN_BYTES)).toString('base64url');
  const asked: RequestWish = {
    requestId,
    mustBeFresh: wish.stepUp !== undefined || wish.mustBeFresh === true,
    contexts: contextsFor(provider, wish),
  };
  const url = await house.library.loginUrl(asked, (issuedAt) => {
    const startedAt = house.clock.nowMs();
    return house.transactions.save({
      kind: KIND,
      provider: provider.entityId,
      id: requestId,
      issuedAt,
      startedAt,
      expiresAt: startedAt + house.requestLifetimeMs,
      browserHash: secretHash(browserToken),
      ...wish,
    });
  });
  return { url, browserToken };
}

/** Only at step-up, and only those that are strong enough for it; where none is known to be, the provider gets them all to choose from. */
function contextsFor(provider: SamlProvider, { stepUp }: SignInWish): readonly string[] {
  if (stepUp === undefined || stepUp.assurance === 1) return [];
  const { contexts = [CARD] } = provider;
  const fitting = contexts.filter((context) => assuranceOf(provider, context) >= stepUp.assurance);
  return fitting.length === 0 ? contexts : fitting;
}

function expectationOf(house: House, requestId: string, isResponseSigned: boolean): ExpectedAnswer {
  const { name, self, clock } = house;
  const { entityId: issuer, clockSkewMs } = name;
  const { entityId: audience, acsUrl } = self;
  return { issuer, audience, acsUrl, requestId, clockSkewMs, isResponseSigned, nowMs: clock.nowMs() };
}

function arrivalOf(provider: SamlProvider, login: ProvenLogin): Arrival {
  const { subject, nameId, authenticatedAt, sessionIndex, sessionEndsAt, contextClass } = login;
  return {
    provider: provider.entityId,
    subject,
    method: 'saml',
    assurance: assuranceOf(provider, contextClass),
    authenticatedAt,
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
    ...(nameId === undefined ? {} : { nameId }),
    ...(sessionEndsAt === undefined ? {} : { sessionEndsAt }),
  };
}
