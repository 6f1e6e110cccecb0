import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type ErrorRequestHandler, type Express } from 'express';
import request from 'supertest';
import { openGatewayDatabase } from '../../src/db/gateway-database.ts';
import { SESSION_COOKIE, TRANSACTION_COOKIE } from '../../src/domain/cookies.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { hopOf, noteHop } from '../../src/http/note-hop.ts';
import { asGatewayError, sendProblem } from '../../src/http/problem.ts';
import { createAttemptLimits } from '../../src/identity/attempt-limits.ts';
import type { AuthEvent } from '../../src/identity/auth-event.ts';
import type { DoorDeps, Sessions } from '../../src/identity/door-deps.ts';
import { createFinishSignIn } from '../../src/identity/finish-sign-in.ts';
import { createOidcDoors, type OidcDoors } from '../../src/identity/oidc/create-oidc-doors.ts';
import type { OpenidProvider } from '../../src/identity/oidc/openid-provider.ts';
import { createSessions } from '../../src/identity/sessions/create-sessions.ts';
import type { IdentityStores } from '../../src/identity/stores/identity-stores.ts';
import { createSqliteStores } from '../../src/identity/stores/sqlite-stores.ts';
import { createCountedFetcher, type CountedFetcher } from './document-fetcher.ts';

export const GATEWAY_URL = 'https://gateway.example';
const IDLE_MS = 30 * 60_000;
/** A busy machine may stand still while a provider that is there answers. */
const PATIENCE_MS = 20_000;

/** A sign-in that a browser has begun: where it was sent, and its cookie header. */
export interface BegunLogin {
  readonly status: number;
  readonly body: { readonly code?: string; readonly detail?: string };
  readonly location: string;
  readonly cookie: string;
  readonly setCookie: readonly string[];
  /** Query of the address it was sent to. */
  readonly asked: URLSearchParams;
}

export interface LoginOutcome {
  readonly status: number;
  readonly body: { readonly code?: string; readonly detail?: string };
  readonly location: string | undefined;
  /** Value of the session cookie, when one was set. */
  readonly token: string | undefined;
}

/** A gateway of nothing but its OpenID Connect doors, with sessions of its own and a clock. */
export interface OidcHouse {
  readonly app: Express;
  readonly doors: OidcDoors;
  readonly sessions: Sessions;
  readonly stores: IdentityStores;
  readonly fetcher: CountedFetcher;
  readonly events: AuthEvent[];
  /** Why each refusal came, as the log would say it. */
  readonly causes: string[];
  /** Sends a browser to a login door; `cookie` is what it holds already. */
  readonly begin: (id: string, query?: string, cookie?: string) => Promise<BegunLogin>;
  /** Brings a browser back to a callback. */
  readonly callback: (id: string, query: URLSearchParams | string, cookie: string) => Promise<LoginOutcome>;
  readonly logout: (id: string, form: string) => Promise<request.Response>;
  readonly whoIs: (token: string | undefined) => Promise<Principal | undefined>;
  /** How many sessions there are. */
  readonly sessionCount: () => Promise<number>;
  readonly passTime: (ms: number) => void;
  readonly nowMs: () => number;
  readonly close: () => Promise<void>;
}

interface OidcHouseOptions {
  /** How long a provider is waited for. */
  readonly timeoutMs?: number | 'as in earnest';
  readonly perAddressPerMinute?: number;
}

export async function openOidcHouse(
  providers: readonly OpenidProvider[],
  options: OidcHouseOptions = {},
): Promise<OidcHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'oidc-'));
  const database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  let offsetMs = 0;
  const clock = { nowMs: () => Date.now() + offsetMs, monotonicMs: () => performance.now() + offsetMs };
  const stores = createSqliteStores(database, clock);
  const events: AuthEvent[] = [];
  const causes: string[] = [];
  const { timeoutMs = PATIENCE_MS } = options;
  const deps = depsOf(stores, { clock, onEvent: (event) => events.push(event), ...options });
  const fetcher = createCountedFetcher();
  const timeouts = timeoutMs === 'as in earnest' ? {} : { timeoutMs };
  const doors = createOidcDoors(deps, { publicUrl: GATEWAY_URL, providers, fetcher, ...timeouts });
  const app = appOf(doors, causes);
  return {
    app,
    doors,
    sessions: deps.sessions,
    stores,
    fetcher,
    events,
    causes,
    begin: async (id, query = '', cookie = '') => {
      const res = await request(app).get(`/auth/oidc/${id}/login${query}`).set('Cookie', cookie);
      const setCookie = linesOf(res.headers['set-cookie']);
      const location = res.headers['location'] ?? '';
      return {
        status: res.status,
        body: res.body,
        location,
        cookie: `${TRANSACTION_COOKIE}=${cookieIn(setCookie, TRANSACTION_COOKIE) ?? ''}`,
        setCookie,
        asked: URL.canParse(location) ? new URL(location).searchParams : new URLSearchParams(),
      };
    },
    callback: async (id, query, cookie) => {
      const res = await request(app)
        .get(`/auth/oidc/${id}/callback?${query.toString()}`)
        .set('Cookie', cookie);
      const token = cookieIn(linesOf(res.headers['set-cookie']), SESSION_COOKIE);
      return { status: res.status, body: res.body, location: res.headers['location'], token };
    },
    logout: (id, form) => request(app).post(`/auth/oidc/${id}/backchannel-logout`).type('form').send(form),
    whoIs: (token) =>
      token === undefined
        ? Promise.resolve(undefined)
        : deps.sessions.verify(token, 'browser').catch(() => undefined),
    sessionCount: async () => {
      const rows = await database.selectFrom('login_session').select('login_session.subject').execute();
      return rows.length;
    },
    passTime: (ms) => {
      offsetMs += ms;
    },
    nowMs: clock.nowMs,
    close: async () => {
      await database.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function depsOf(
  stores: IdentityStores,
  given: Pick<DoorDeps, 'clock' | 'onEvent'> & { readonly perAddressPerMinute?: number },
): DoorDeps {
  const { clock, onEvent, perAddressPerMinute = 100_000 } = given;
  const shared = {
    clock,
    onEvent,
    randomBytes: (count: number) => randomBytes(count),
    newId: () => randomUUID(),
  };
  const sessions = createSessions({
    store: stores.sessions,
    limits: { idleMs: IDLE_MS, absoluteMs: 24 * IDLE_MS },
    onWarn: () => undefined,
    suspensionOf: () => undefined,
    revocationOf: () => undefined,
    ...shared,
  });
  const { transactions, rates } = stores;
  const bounds = { perAddressPerMinute, perAccountPerMinute: 100 };
  const limits = createAttemptLimits({ rates, bounds, hopOf, clock });
  return {
    transactions,
    sessions,
    finish: createFinishSignIn({ sessions, transactions, limits, practitionerOf: () => undefined, onEvent }),
    limits,
    hopOf,
    ...shared,
  };
}

/** Mounts the doors as the gateway does. */
function appOf(doors: OidcDoors, causes: string[]): Express {
  const app = express();
  app.set('query parser', 'simple').use(noteHop());
  app.get('/auth/oidc/:idp/login', doors.login);
  app.get('/auth/oidc/:idp/callback', doors.callback);
  app.post(
    '/auth/oidc/:idp/backchannel-logout',
    express.urlencoded({ extended: false }),
    doors.backchannelLogout,
  );
  const onError: ErrorRequestHandler = (thrown: unknown, _req, res, _next) => {
    const error = asGatewayError(thrown);
    causes.push(String(error.cause));
    sendProblem(res, error, 'test');
  };
  return app.use(onError);
}

function linesOf(header: unknown): readonly string[] {
  return Array.isArray(header) ? header.map(String) : [];
}

function cookieIn(setCookie: readonly string[], name: string): string | undefined {
  const value = setCookie
    .find((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1)
    .split(';', 1)[0];
  return value === '' ? undefined : value;
}
