import { join } from 'node:path';
import type { Express, RequestHandler } from 'express';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import type { AppDeps, LoginDoors } from '../../src/http/app-deps.ts';
import { buildApp } from '../../src/http/build-app.ts';
import type { LogFields, Logger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createPages } from '../../src/ui/create-pages.ts';
import { fakeFlows, KNOWN_SESSION } from './fake-flows.ts';

export const PUBLIC_URL = 'https://gateway.example';
/** The cookie header of whoever is signed in. */
export const SIGNED_IN = `${SESSION_COOKIE}=${KNOWN_SESSION}`;
/** Folder of the sources, with templates and assets below it. */
export const SOURCE_ROOT = join(__dirname, '../../src');

/** One line a logger was given. */
export interface LogLine {
  readonly level: keyof Logger;
  readonly fields: LogFields;
  readonly message: string;
}

/** A logger that keeps its lines. */
export function keptLog(): { readonly logger: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: keyof Logger) => (fields: LogFields, message: string) => {
    lines.push({ level, fields, message });
  };
  return { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

/** An identity provider as the sign-in page offers it. */
export function samlChoice(id: string, title: string): LoginDoors['choices'][number] {
  return { id, title, kind: 'saml', href: `/auth/saml/${id}/login` };
}

/** Doors of every kind, each of which only says that it was reached; emergency access is closed. */
export function edgeDoors(overrides: Partial<LoginDoors> = {}): LoginDoors {
  const reached =
    (door: string): RequestHandler =>
    (_req, res) => {
      res.setHeader('Door', door);
      res.status(204).end();
    };
  return {
    saml: {
      login: (_req, res) => res.redirect(302, 'https://idp.example/sso'),
      acs: (_req, res) => res.redirect(303, '/me/studies'),
      metadata: (_req, res) => res.type('application/samlmetadata+xml').send('<EntityDescriptor/>'),
      slo: reached('slo'),
    },
    oidc: {
      login: reached('oidc-login'),
      callback: reached('oidc-callback'),
      backchannelLogout: reached('backchannel-logout'),
    },
    card: { enter: reached('card') },
    session: {
      logout: (_req, res) => res.redirect(303, '/auth/sign-in?signed-out=1'),
      logoutEverywhere: reached('logout-everywhere'),
      lock: (_req, res) => res.redirect(303, '/auth/sign-in?locked=1'),
      stepUp: reached('step-up'),
    },
    tokens: { issue: reached('token'), revoke: reached('revoke') },
    breakGlass: { enter: reached('break-glass'), isOpen: () => false },
    choices: [samlChoice('trust', 'Trust sign-in')],
    ...overrides,
  };
}

/** Made once: each page compiles its template when it is first shown. */
let pages: AppDeps['pages'] | undefined;

/** What the public app needs, with fakes behind it; every part can be replaced. */
export function edgeDeps(overrides: Partial<AppDeps> = {}): AppDeps {
  let count = 0;
  return {
    flows: fakeFlows(),
    doors: edgeDoors(),
    pages: (pages ??= createPages({ sourceRoot: SOURCE_ROOT })),
    logger: keptLog().logger,
    metrics: createMetrics(),
    publicUrl: PUBLIC_URL,
    limits: { maxBodyBytes: 100_000 },
    ids: { newId: () => `request-${++count}` },
    clock: { monotonicMs: () => 0 },
    idleMs: 30 * 60_000,
    timeZone: 'Europe/London',
    simulator: true,
    ...overrides,
  };
}

/** The public app over fakes. */
export function edgeApp(overrides: Partial<AppDeps> = {}): Express {
  return buildApp(edgeDeps(overrides));
}
