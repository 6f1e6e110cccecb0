import { generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type OidcContext } from 'oidc-provider';
import { openBrowser, type Browser } from './plain-browser.ts';

/** How strong a sign-in is, as CIS2 says it. */
export interface Strength {
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** authentication_assurance_level */
  readonly level?: string;
}

/** What somebody does at the provider, chosen by login_hint. */
export interface LoginPlan extends Strength {
  readonly sub: string;
  /** Instead, when acr_values are asked for and the provider honours them. */
  readonly strong?: Strength;
  /** Seconds since the epoch; now when absent. */
  readonly authTime?: number;
  /** Claims of the scopes, in the ID token and at userinfo. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Names of claims that stand at userinfo only. */
  readonly userinfoOnly?: readonly string[];
  /** The person gives up. */
  readonly error?: string;
}

/** A real OpenID Connect provider on a loopback port, playing CIS2. */
export interface OpenidProviderFake {
  readonly issuer: string;
  readonly plans: Map<string, LoginPlan>;
  /** Whether it looks at acr_values at all; a provider need not. */
  honoursAcrValues: boolean;
  /** Signs a person in, in this browser, from our redirect to the one that leads back. */
  readonly signIn: (authorizeUrl: string, hint: string, browser?: Browser) => Promise<URL>;
  /** Goes on with a new signing key, the old one gone. */
  readonly rotateKeys: () => void;
  /** The gateway is at another address from now on. */
  readonly moveGateway: (gatewayUrl: string) => void;
  /** Answers nothing from now on, or again. */
  setAway: (isAway: boolean) => void;
  readonly close: () => Promise<void>;
}

export interface OpenidProviderOptions {
  readonly clientId: string;
  /** Part of its addresses at the gateway. */
  readonly id: string;
  readonly gatewayUrl: string;
  /** Client metadata: how the gateway proves who it is. */
  readonly client: Readonly<Record<string, unknown>>;
  /** What it finds at the client's jwks_uri. */
  readonly clientKeys?: readonly JsonWebKey[];
  /** Posts a logout token to the gateway; resolves to the status. */
  readonly postLogout?: (form: string) => Promise<number>;
}

/** Those of CIS2; the strength stands in every ID token, asked for or not. */
const CLAIMS = {
  openid: ['sub', 'acr', 'amr', 'auth_time', 'sid', 'authentication_assurance_level', 'id_assurance_level'],
  profile: ['name'],
  nhsperson: ['nhsid_useruid'],
  nationalrbacaccess: ['nhsid_nrbac_roles'],
  selectedrole: ['selected_roleid'],
};
const SCOPES = Object.keys(CLAIMS);

export async function openOpenidProvider(options: OpenidProviderOptions): Promise<OpenidProviderFake> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const plans = new Map<string, LoginPlan>();
  const levels = new Map<string, string | undefined>();
  let { gatewayUrl } = options;
  const build = (): Provider =>
    new Provider(issuer, configurationOf({ ...options, gatewayUrl }, { plans, levels }));
  let provider = quietly(build);
  let isAway = false;
  const fake: OpenidProviderFake = {
    issuer,
    plans,
    honoursAcrValues: true,
    signIn: async (authorizeUrl, hint, browser = openBrowser()) => {
      const url = new URL(authorizeUrl);
      url.searchParams.set('login_hint', hint);
      return browser.follow(url.href, gatewayUrl);
    },
    rotateKeys: () => {
      provider = quietly(build);
    },
    moveGateway: (url) => {
      gatewayUrl = url;
      provider = quietly(build);
    },
    setAway: (away) => {
      isAway = away;
    },
    close: () => closeServer(server),
  };
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    if (isAway) return;
    if (req.url?.startsWith('/interaction/') === true)
      void interact(fake, { provider, levels }, { req, res });
    else void provider.callback()(req, res);
  });
  return fake;
}

/** The calls it makes itself: for the client's keys, and to tell it about a sign-out. */
async function callClient(
  { clientKeys = [], postLogout }: OpenidProviderOptions,
  body: URLSearchParams | undefined,
): Promise<Response> {
  if (body === undefined) return Response.json({ keys: clientKeys });
  return new Response(null, { status: (await postLogout?.(body.toString())) ?? 500 });
}

interface State {
  readonly plans: ReadonlyMap<string, LoginPlan>;
  /** authentication_assurance_level of the last sign-in, by sub. */
  readonly levels: Map<string, string | undefined>;
}

function configurationOf(options: OpenidProviderOptions, state: State): Readonly<Record<string, unknown>> {
  const { clientId, client, id, gatewayUrl } = options;
  return {
    clients: [
      {
        client_id: clientId,
        redirect_uris: [`${gatewayUrl}/auth/oidc/${id}/callback`],
        post_logout_redirect_uris: [`${gatewayUrl}/auth/sign-in?signed-out=1`],
        backchannel_logout_uri: `${gatewayUrl}/auth/oidc/${id}/backchannel-logout`,
        backchannel_logout_session_required: true,
        ...client,
      },
    ],
    jwks: { keys: [rsaKey(), ecKey()] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: CLAIMS,
    scopes: SCOPES,
    conformIdTokenClaims: false,
    acrValues: ['AAL1_ANY', 'AAL2_ANY', 'AAL2_OR_AAL3_ANY', 'AAL3_ANY', 'AAL3_N3_SMARTCARD'],
    enabledJWA: {
      clientAuthSigningAlgValues: ['RS256', 'RS512', 'PS256', 'ES256'],
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256'],
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: showForm },
    },
    interactions: { url: (_ctx: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_ctx: unknown, sub: string) => accountOf(state, sub),
    loadExistingGrant: grantEverything,
    fetch: (_url: string, { body }: { readonly body?: URLSearchParams }) => callClient(options, body),
    ttl: {
      Interaction: 600,
      Session: 3_600,
      Grant: 3_600,
      AccessToken: 60,
      AuthorizationCode: 60,
      IdToken: 300,
    },
  };
}

function accountOf(
  { plans, levels }: State,
  sub: string,
): { readonly accountId: string; readonly claims: (use: string) => Record<string, unknown> } {
  const { claims = {}, userinfoOnly = [] } = [...plans.values()].find((plan) => plan.sub === sub) ?? {};
  const level = levels.get(sub);
  return {
    accountId: sub,
    claims: (use) => {
      const all = {
        sub,
        ...claims,
        ...(level === undefined ? {} : { authentication_assurance_level: level }),
      };
      const shown = Object.entries(all).filter(
        ([name]) => use === 'userinfo' || !userinfoOnly.includes(name),
      );
      return Object.fromEntries(shown);
    },
  };
}

/** The page that asks whether to sign out. */
function showForm(ctx: { body: unknown }, form: string): void {
  ctx.body = form;
}

/** Consent was given when the person signed the terms of use. */
async function grantEverything({ oidc }: OidcContext): Promise<unknown> {
  const grant = new oidc.provider.Grant({
    clientId: oidc.client.clientId,
    accountId: oidc.session.accountId,
  });
  grant.addOIDCScope(SCOPES.join(' '));
  await grant.save();
  return grant;
}

async function interact(
  { plans, honoursAcrValues }: OpenidProviderFake,
  { provider, levels }: { readonly provider: Provider; readonly levels: State['levels'] },
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
): Promise<void> {
  const { params } = await provider.interactionDetails(req, res);
  const plan = plans.get(String(params['login_hint']));
  if (plan === undefined) throw new Error(`nobody planned for ${String(params['login_hint'])}`);
  if (plan.error !== undefined) {
    await provider.interactionFinished(req, res, { error: plan.error, error_description: 'gave up' });
    return;
  }
  const { acr, amr, level } =
    honoursAcrValues && typeof params['acr_values'] === 'string' ? (plan.strong ?? plan) : plan;
  levels.set(plan.sub, level);
  const ts = plan.authTime ?? Math.floor(Date.now() / 1_000);
  await provider.interactionFinished(req, res, { login: { accountId: plan.sub, acr, amr, ts } });
}

let serial = 0;

function rsaKey(): JsonWebKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: `rsa-${(serial += 1)}` };
}

function ecKey(): JsonWebKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: `ec-${(serial += 1)}` };
}

/** It warns about every default that is not for production. */
function quietly<T>(build: () => T): T {
  const { warn, info } = console;
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  try {
    return build();
  } finally {
    Object.assign(console, { warn, info });
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
