import { randomBytes } from 'node:crypto';
import { openSamlProviders, samlOptionsOf } from './compose-saml.ts';
import type { Config } from './config.ts';
import type { GatewayDatabase } from './db/gateway-database.ts';
import type { CaseLogAppender, Clock, Ids, RegisterReader } from './flows/ports.ts';
import { createSignInRecorder } from './flows/record-sign-in.ts';
import { hopOf } from './http/note-hop.ts';
import { createIdentity, type Identity, type IdentityOptions } from './identity/create-identity.ts';
import { createSqliteStores } from './identity/stores/sqlite-stores.ts';
import { practitionerNamedBy, suspensionInForce } from './register/login-standing.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { createAuthEventNotes } from './telemetry/note-auth-events.ts';

/** What the identity room is built from. */
interface Needs {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly database: GatewayDatabase;
  readonly caseLog: CaseLogAppender;
  readonly register: RegisterReader;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly closing: (() => Promise<void>)[];
}

const MINUTE_MS = 60_000;

/** Builds every way to sign in that the config names. Waits for metadata of identity providers, but does not depend on them. */
export async function openIdentity(needs: Needs): Promise<Identity> {
  const { config, logger, database, clock, ids } = needs;
  const { sessions, limits } = config.identity;
  const onFailure = (error: unknown): void =>
    logger.warn({ err: error }, 'a sign-in could not be written into the case log');
  const record = createSignInRecorder({ caseLog: needs.caseLog, ids, clock, onFailure });
  const note = createAuthEventNotes(needs);
  const onEvent: IdentityOptions['onEvent'] = (event) => {
    note(event);
    void record(event);
  };
  const book = openSamlProviders({ config, logger, clock, onEvent });
  needs.closing.push(book.close);
  await book.refresh();
  return createIdentity({
    stores: createSqliteStores(database, clock),
    saml: samlOptionsOf(config, book),
    sessions: {
      idleMs: sessions.idleMinutes * MINUTE_MS,
      absoluteMs: sessions.absoluteHours * 60 * MINUTE_MS,
    },
    bounds: limits,
    clock,
    randomBytes: (count) => randomBytes(count),
    newId: ids.newId,
    hopOf,
    ...standingOf(needs),
    onEvent,
    onWarn: (message) => logger.warn({}, message),
  });
}

/** What sessions ask of the register, from memory. With the register away nobody is known, and nobody suspended: AI is locked then. */
function standingOf({ register, clock }: Needs): Pick<IdentityOptions, 'practitionerOf' | 'suspensionOf'> {
  return {
    practitionerOf: (provider, subject) => practitionerNamedBy(register, { provider, subject }),
    suspensionOf: (provider, subject) => suspensionInForce(register, { provider, subject }, clock.nowMs()),
  };
}
