import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import express, { type ErrorRequestHandler, type Express } from 'express';
import request from 'supertest';
import { forgeAnswer, type AnswerFacts, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import { makeKeyPair, type KeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { SESSION_COOKIE, TRANSACTION_COOKIE } from '../../src/domain/cookies.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { samlProvidersOf } from './saml-providers.ts';
import type { Clock } from '../../src/flows/ports.ts';
import { liftLoginEvidence } from '../../src/http/login-evidence.ts';
import { hopOf, noteHop } from '../../src/http/note-hop.ts';
import { asGatewayError, sendProblem } from '../../src/http/problem.ts';
import { createIdentity, type Identity, type IdentityOptions } from '../../src/identity/create-identity.ts';
import type { AttemptBounds } from '../../src/identity/attempt-limits.ts';
import type { AuthEvent } from '../../src/identity/auth-event.ts';
import type { IdentityStores } from '../../src/identity/stores/identity-stores.ts';
import { createSqliteStores } from '../../src/identity/stores/sqlite-stores.ts';
import type { SamlOptions } from '../../src/identity/saml/create-saml-doors.ts';
import type { SamlProvider, SignOutEndpoints } from '../../src/identity/saml/saml-provider.ts';

export const CONTEXT = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
export const GATEWAY_URL = 'http://127.0.0.1:8080';
export const GATEWAY_ENTITY = 'urn:test:gateway';

/** Made once for each test file; making keys is the slow part. */
const KEYS = { north: makeKeyPair('north'), south: makeKeyPair('south') };

type ProviderName = 'north' | 'south';

/** A sign-in that a browser has begun. */
export interface Begun {
  readonly requestId: string;
  /** The browser's cookie header. */
  readonly cookie: string;
  readonly location: string;
}

export interface Outcome {
  readonly status: number;
  readonly body: { readonly code?: string; readonly detail?: string };
  readonly location: string | undefined;
  /** Value of the session cookie, when one was set. */
  readonly token: string | undefined;
  readonly setCookie: readonly string[];
}

/** A gateway of nothing but its login doors, two identity providers that do not trust each other, and a clock. */
export interface SignInHouse {
  readonly app: Express;
  readonly identity: Identity;
  readonly database: GatewayDatabase;
  readonly events: AuthEvent[];
  readonly warnings: string[];
  readonly keys: Readonly<Record<ProviderName, KeyPair>>;
  readonly entityIds: Readonly<Record<ProviderName, string>>;
  readonly begin: (provider?: ProviderName, returnTo?: string) => Promise<Begun>;
  /** What the provider would say to this request, bent as told. base64. */
  readonly answer: (begun: Begun, forgery?: Forgery, provider?: ProviderName) => string;
  readonly post: (
    cookie: string,
    form: Readonly<Record<string, string>> | string,
    provider?: string,
  ) => Promise<Outcome>;
  /** The whole way: begin, answer, post. */
  readonly signIn: (forgery?: Forgery) => Promise<Outcome>;
  readonly whoIs: (token: string | undefined) => Promise<Principal | undefined>;
  /** NameIDs with a session in the store. */
  readonly subjects: () => Promise<readonly string[]>;
  readonly passTime: (ms: number) => void;
  /** The same data, a new process. */
  readonly restart: () => Identity;
  readonly close: () => Promise<void>;
}

interface HouseOptions {
  readonly clockSkewMs?: number;
  readonly idleMs?: number;
  readonly absoluteMs?: number;
  readonly signing?: KeyPair;
  readonly publicUrl?: string;
  /** How north is set, beyond the usual. */
  readonly provider?: Partial<SamlProvider>;
  readonly saml?: Partial<SamlOptions>;
  readonly bounds?: AttemptBounds;
  /** Tokens, machines, the emergency account, bounds: as the config would set them. */
  readonly programs?: Partial<
    Pick<IdentityOptions, 'tokens' | 'machines' | 'breakGlass' | 'bounds' | 'areStoresShared'>
  >;
  /** Where the providers take sign-outs; nowhere when absent. */
  readonly signOut?: (provider: ProviderName) => SignOutEndpoints;
  /** Where sign-ins are kept, if not in a store of its own: two houses over one store are two nodes. */
  readonly stores?: (clock: Clock) => IdentityStores;
  /** A real identity provider in the place of the one that only forges. */
  readonly north?: { readonly ssoUrl: string; readonly keyPair: KeyPair };
}

export async function openSignInHouse(options: HouseOptions = {}): Promise<SignInHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'sign-in-'));
  const database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  const keys = { ...KEYS, ...(options.north === undefined ? {} : { north: options.north.keyPair }) };
  const entityIds = { north: 'urn:test:north', south: 'urn:test:south' };
  const providers = (['north', 'south'] as const).map((id) =>
    providerOf(id, entityIds[id], keys[id], options),
  );
  const events: AuthEvent[] = [];
  const warnings: string[] = [];
  let offsetMs = 0;
  const clock = { nowMs: () => Date.now() + offsetMs, monotonicMs: () => performance.now() + offsetMs };
  const open = (): Identity =>
    createIdentity({
      stores: options.stores?.(clock) ?? createSqliteStores(database, clock),
      saml: {
        publicUrl: options.publicUrl ?? GATEWAY_URL,
        entityId: GATEWAY_ENTITY,
        providers: samlProvidersOf(() => providers),
        ...(options.signing === undefined ? {} : { signing: options.signing }),
        ...options.saml,
      },
      bounds: options.bounds ?? { perAddressPerMinute: 100_000, perAccountPerMinute: 100_000 },
      ...options.programs,
      hopOf,
      practitionerOf: () => undefined,
      suspensionOf: () => undefined,
      sessions: { idleMs: options.idleMs ?? 30 * 60_000, absoluteMs: options.absoluteMs ?? 12 * 60 * 60_000 },
      clock,
      randomBytes: (count) => randomBytes(count),
      newId: () => randomUUID(),
      onEvent: (event) => events.push(event),
      onWarn: (message) => warnings.push(message),
    });
  const identity = open();
  const app = appOf(identity);
  const begin: SignInHouse['begin'] = async (provider = 'north', returnTo) => {
    const query = returnTo === undefined ? '' : `?return=${encodeURIComponent(returnTo)}`;
    const res = await request(app).get(`/auth/saml/${provider}/login${query}`);
    const location = String(res.headers['location']);
    const cookie = cookieIn(res.headers['set-cookie'], TRANSACTION_COOKIE) ?? '';
    return { requestId: requestIdIn(location), cookie: `${TRANSACTION_COOKIE}=${cookie}`, location };
  };
  const answer: SignInHouse['answer'] = (begun, forgery, provider = 'north') =>
    base64(forgeAnswer(factsOf(begun, provider, entityIds[provider]), keys[provider], forgery));
  const post: SignInHouse['post'] = async (cookie, form, provider = 'north') => {
    const res = await request(app)
      .post(`/auth/saml/${provider}/acs`)
      .set('Cookie', cookie)
      .type('form')
      .send(typeof form === 'string' ? form : new URLSearchParams(form).toString());
    const setCookie = res.headers['set-cookie'] as unknown as string[] | undefined;
    return {
      status: res.status,
      body: res.body,
      location: res.headers['location'],
      token: cookieIn(setCookie, SESSION_COOKIE),
      setCookie: setCookie ?? [],
    };
  };
  return {
    app,
    identity,
    database,
    events,
    warnings,
    keys,
    entityIds,
    begin,
    answer,
    post,
    signIn: async (forgery) => {
      const begun = await begin();
      return post(begun.cookie, { SAMLResponse: answer(begun, forgery) });
    },
    whoIs: async (token) => {
      const evidence = token === undefined ? {} : { sessionToken: token };
      const caller = await identity.verifier
        .verifyEvidence(evidence, AbortSignal.timeout(5_000))
        .catch(() => undefined);
      return caller?.kind === 'person' ? caller : undefined;
    },
    subjects: async () => {
      const rows = await database.selectFrom('login_session').select('login_session.subject').execute();
      return rows.map((row) => row.subject);
    },
    passTime: (ms) => {
      offsetMs += ms;
    },
    restart: open,
    close: async () => {
      await database.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What this provider would truthfully say to this request. */
export function factsOf(begun: Begun, provider: string, issuer: string): AnswerFacts {
  return {
    issuer,
    audience: GATEWAY_ENTITY,
    acsUrl: `${GATEWAY_URL}/auth/saml/${provider}/acs`,
    requestId: begun.requestId,
    subject: 'alice.osei',
    contextClass: `${CONTEXT}SmartcardPKI`,
    nowMs: Date.now(),
  };
}

export function base64(xml: string | Uint8Array): string {
  return Buffer.from(xml).toString('base64');
}

function providerOf(
  id: ProviderName,
  entityId: string,
  key: KeyPair,
  { clockSkewMs = 0, north, signOut, provider }: HouseOptions,
): SamlProvider {
  return {
    id,
    title: `Identity provider ${id}`,
    entityId,
    ssoUrl: (id === 'north' ? north?.ssoUrl : undefined) ?? `http://localhost:9/${id}/sso?tenant=1`,
    certificatesPem: [key.certificatePem],
    assurance: { [`${CONTEXT}SmartcardPKI`]: 3, [`${CONTEXT}MobileTwoFactorContract`]: 2 },
    clockSkewMs,
    ...(signOut === undefined ? {} : { signOut: signOut(id) }),
    ...(id === 'north' ? provider : {}),
  };
}

/** Mounts the doors as the gateway does, and a judge: who am I. */
function appOf({ doors, verifier }: Identity): Express {
  const app = express();
  app.use(express.json(), noteHop());
  app.get('/auth/saml/:idp/login', doors.saml.login);
  app.post('/auth/saml/:idp/acs', express.urlencoded({ extended: false, limit: '512kb' }), doors.saml.acs);
  app.get('/auth/saml/:idp/metadata', doors.saml.metadata);
  app.get('/auth/saml/:idp/slo', doors.saml.slo);
  app.post('/auth/saml/:idp/slo', express.urlencoded({ extended: false, limit: '512kb' }), doors.saml.slo);
  app.get('/auth/saml/:idp/sign-out', doors.saml.signOut);
  app.post('/auth/logout', doors.session.logout);
  app.get('/who', async (req, res) => {
    res.json(await verifier.verifyEvidence(liftLoginEvidence(req), AbortSignal.timeout(5_000)));
  });
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    sendProblem(res, asGatewayError(error), 'test');
  };
  return app.use(onError);
}

function cookieIn(setCookie: unknown, name: string): string | undefined {
  const lines: unknown[] = Array.isArray(setCookie) ? setCookie : [];
  const line = lines.map(String).find((text) => text.startsWith(`${name}=`));
  const value = line?.slice(name.length + 1).split(';', 1)[0];
  return value === '' ? undefined : value;
}

function requestIdIn(location: string): string {
  const encoded = URL.canParse(location) ? new URL(location).searchParams.get('SAMLRequest') : null;
  const xml = inflateRawSync(Buffer.from(encoded ?? '', 'base64')).toString();
  return / ID="([^"]+)"/.exec(xml)?.[1] ?? '';
}
