import { randomBytes, randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CARD_POLICY } from '../../fixtures/certificates/card-cast.ts';
import { openGatewayDatabase } from '../../src/db/gateway-database.ts';
import { whoCalls } from '../../src/flows/who-am-i.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { hopOf } from '../../src/http/note-hop.ts';
import {
  startCardListener,
  startListener,
  type CardTls,
  type Listener,
} from '../../src/http/start-listener.ts';
import type { TrustedHop } from '../../src/http/trusted-hops.ts';
import type { AuthEvent } from '../../src/identity/auth-event.ts';
import { createCertificateTrust, type TrustOptions } from '../../src/identity/card/certificate-trust.ts';
import type { CardOptions } from '../../src/identity/card/create-card-door.ts';
import { openCrlFiles } from '../../src/identity/card/open-crl-files.ts';
import { createIdentity, type Identity } from '../../src/identity/create-identity.ts';
import { createSqliteStores } from '../../src/identity/stores/sqlite-stores.ts';
import { edgeDeps, keptLog, type LogLine } from './edge-app.ts';
import { fakeFlows } from './fake-flows.ts';
import { samlProvidersOf } from './saml-providers.ts';

export const CARD_PROVIDER = 'urn:test:cards';

/** A gateway of nothing but its doors, a public listener, a card listener, and revocation lists in files. */
export interface CardHouse {
  readonly url: string;
  readonly cardUrl: string;
  readonly identity: Identity;
  readonly events: readonly AuthEvent[];
  readonly logLines: readonly LogLine[];
  /** What the composition root does each minute. */
  readonly reload: () => Promise<boolean>;
  readonly passTime: (ms: number) => void;
  readonly close: () => Promise<void>;
}

export interface CardHouseOptions {
  readonly issuerPems: readonly string[];
  readonly caPems: readonly string[];
  readonly crlFiles: readonly string[];
  /** What the card listener shows. */
  readonly server: Pick<CardTls, 'keyPem' | 'certificatePem'>;
  readonly trustedHops?: readonly TrustedHop[];
  readonly card?: Partial<CardOptions>;
  readonly trust?: Partial<TrustOptions>;
  /** Who a login is, for step-ups. */
  readonly practitionerOf?: (provider: string, subject: string) => string | undefined;
  readonly perAddressPerMinute?: number;
  /** No card listener: a proxy asks. */
  readonly isBehindProxy?: boolean;
}

/** Listens first, so that both addresses are known when the identity room is made. */
export async function openCardHouse(options: CardHouseOptions): Promise<CardHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'card-house-'));
  const database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  const files = await openCrlFiles(options.crlFiles, () => undefined);
  let offsetMs = 0;
  const clock = { nowMs: () => Date.now() + offsetMs, monotonicMs: () => performance.now() + offsetMs };
  const trust = createCertificateTrust({
    issuerPems: options.issuerPems,
    caPems: options.caPems,
    crls: files.read,
    clock,
    randomBytes: (count) => randomBytes(count),
    ...options.trust,
  });
  const tls = (): CardTls => ({ ...options.server, caPems: trust.caPems, crlPems: trust.shelf.pems() });
  let app: RequestListener = (_req, res) => res.writeHead(503).end();
  const place = { app: ((req, res) => app(req, res)) satisfies RequestListener, host: '127.0.0.1', port: 0 };
  const listener: Listener = await startListener(place);
  const cards = await startCardListener({ ...place, tls: tls() });
  const close = async (): Promise<void> => {
    await Promise.all([listener.close(0), cards.close(0)]);
    await database.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  const events: AuthEvent[] = [];
  const { logger, lines } = keptLog();
  const identity = await orElse(close, () =>
    createIdentity({
      stores: createSqliteStores(database, clock),
      saml: { publicUrl: listener.url, entityId: 'urn:test:gateway', providers: samlProvidersOf(() => []) },
      card: {
        provider: CARD_PROVIDER,
        title: 'Smart card',
        publicUrl: listener.url,
        ...(options.isBehindProxy === true ? {} : { cardUrl: cards.url }),
        trust,
        policyOids: [CARD_POLICY],
        subject: { from: 'san-upn', pattern: '^(\\d{12})@', mustMatch: 'subject-serial-number' },
        ...options.card,
      },
      bounds: { perAddressPerMinute: options.perAddressPerMinute ?? 100_000, perAccountPerMinute: 100 },
      hopOf,
      practitionerOf: options.practitionerOf ?? (() => undefined),
      suspensionOf: () => undefined,
      sessions: { idleMs: 30 * 60_000, absoluteMs: 12 * 60 * 60_000 },
      clock,
      randomBytes: (count) => randomBytes(count),
      newId: () => randomUUID(),
      onEvent: (event) => events.push(event),
    }),
  );
  const register = { snapshot: () => ({ practitionersByIdentity: () => [] }) as never };
  app = buildApp(
    edgeDeps({
      doors: identity.doors,
      flows: fakeFlows({
        whoCalls: (input, signal) =>
          whoCalls({ identity: identity.verifier, register, clock }, input, signal),
      }),
      logger,
      publicUrl: listener.url,
      ids: { newId: () => randomUUID() },
      ...(options.trustedHops === undefined ? {} : { trustedHops: options.trustedHops }),
    }),
  );
  return {
    url: listener.url,
    cardUrl: cards.url,
    identity,
    events,
    logLines: lines,
    reload: async () => {
      const isNew = await files.reload();
      if (isNew) cards.reload(tls());
      return isNew;
    },
    passTime: (ms) => {
      offsetMs += ms;
    },
    close,
  };
}

/** What was opened before a refusal is closed again. */
async function orElse<T>(close: () => Promise<void>, make: () => T): Promise<T> {
  try {
    return make();
  } catch (error: unknown) {
    await close();
    throw error;
  }
}
