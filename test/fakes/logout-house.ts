import request from 'supertest';
import { swap } from '../../fixtures/saml/forge-answer.ts';
import type { LogoutRequestFacts, LogoutResponseFacts } from '../../fixtures/saml/logout-messages.ts';
import { makeKeyPair, type KeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import type { SamlEndpoint, SignOutEndpoints } from '../../src/identity/saml/saml-provider.ts';
import { GATEWAY_URL, openSignInHouse, type SignInHouse } from './sign-in-house.ts';

type ProviderName = 'north' | 'south';

export const PROVIDER_SLO_URL = 'http://localhost:9/north/slo?tenant=1';
export const PROVIDER_ANSWER_URL = 'http://localhost:9/north/slo-answers';

/** What came of a logout message. */
export interface LogoutOutcome {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
  readonly setCookie: readonly string[];
  /** Code of the newest event, if it is a refusal. */
  readonly refusal: string | undefined;
}

interface Sending {
  /** Token of the session whose cookie comes along. */
  readonly token?: string;
  readonly provider?: ProviderName;
}

/** A sign-in house whose providers take sign-outs, with people to sign out. */
export interface LogoutHouse {
  readonly house: SignInHouse;
  /** The gateway's own key. */
  readonly ownKey: KeyPair;
  /** Signs somebody in; resolves to the session token. */
  readonly enter: (subject: string, sessionIndex: string, provider?: ProviderName) => Promise<string>;
  readonly isIn: (token: string) => Promise<boolean>;
  /** Alice's session `s-1` at the north provider, as a request to end it would name it. */
  readonly facts: (changes?: Partial<LogoutRequestFacts>) => LogoutRequestFacts;
  readonly answerFacts: (inResponseTo: string, changes?: Partial<LogoutResponseFacts>) => LogoutResponseFacts;
  /** By redirect. */
  readonly send: (query: string, sending?: Sending) => Promise<LogoutOutcome>;
  readonly post: (
    form: Readonly<Record<string, string>> | string,
    sending?: Sending,
  ) => Promise<LogoutOutcome>;
}

interface LogoutHouseOptions {
  /** `redirect` when absent. */
  readonly binding?: keyof SignOutEndpoints | 'none';
  readonly isWithoutKey?: boolean;
  readonly clockSkewMs?: number;
  /** Where a real browser finds the two. */
  readonly at?: { readonly gatewayUrl: string; readonly endpoint: SamlEndpoint };
}

const OWN_KEY = makeKeyPair('gateway');

export async function openLogoutHouse(options: LogoutHouseOptions = {}): Promise<LogoutHouse> {
  const { binding = 'redirect', isWithoutKey = false, clockSkewMs = 0 } = options;
  const { gatewayUrl, endpoint } = options.at ?? {
    gatewayUrl: GATEWAY_URL,
    endpoint: { url: PROVIDER_SLO_URL, responseUrl: PROVIDER_ANSWER_URL },
  };
  const destination = `${gatewayUrl}/auth/saml/north/slo`;
  const house = await openSignInHouse({
    clockSkewMs,
    publicUrl: gatewayUrl,
    ...(binding === 'none' ? {} : { signOut: () => ({ [binding]: endpoint }) }),
    ...(isWithoutKey ? {} : { signing: OWN_KEY }),
  });
  const outcomeOf = (res: request.Response): LogoutOutcome => {
    const last = house.events.at(-1);
    const setCookie = res.headers['set-cookie'] as unknown as string[] | undefined;
    return {
      status: res.status,
      location: res.headers['location'],
      text: res.text,
      setCookie: setCookie ?? [],
      refusal: last?.outcome === 'refused' ? last.code : undefined,
    };
  };
  const cookieOf = (token = ''): string => `${SESSION_COOKIE}=${token}`;
  return {
    house,
    ownKey: OWN_KEY,
    enter: async (subject, sessionIndex, provider = 'north') => {
      const begun = await house.begin(provider);
      const assertion = swap(/SessionIndex="[^"]*"/, `SessionIndex="${sessionIndex}"`);
      const answer = house.answer(
        begun,
        { facts: { subject, acsUrl: `${gatewayUrl}/auth/saml/${provider}/acs` }, assertion },
        provider,
      );
      const { token, body } = await house.post(begun.cookie, { SAMLResponse: answer }, provider);
      if (token === undefined) throw new Error(`no session: ${JSON.stringify(body)}`);
      return token;
    },
    isIn: async (token) => (await house.whoIs(token)) !== undefined,
    facts: (changes) => ({
      issuer: house.entityIds.north,
      destination,
      nowMs: Date.now(),
      subject: 'alice.osei',
      sessionIndexes: ['s-1'],
      ...changes,
    }),
    answerFacts: (inResponseTo, changes) => ({
      issuer: house.entityIds.north,
      destination,
      nowMs: Date.now(),
      inResponseTo,
      ...changes,
    }),
    send: async (query, { token, provider = 'north' } = {}) =>
      outcomeOf(
        await request(house.app).get(`/auth/saml/${provider}/slo?${query}`).set('Cookie', cookieOf(token)),
      ),
    post: async (form, { token, provider = 'north' } = {}) =>
      outcomeOf(
        await request(house.app)
          .post(`/auth/saml/${provider}/slo`)
          .set('Cookie', cookieOf(token))
          .type('form')
          .send(typeof form === 'string' ? form : new URLSearchParams(form).toString()),
      ),
  };
}
