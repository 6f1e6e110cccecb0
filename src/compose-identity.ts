import { randomBytes } from 'node:crypto';
import type { Config } from './config.ts';
import type { GatewayDatabase } from './db/gateway-database.ts';
import type { CaseLogAppender, Clock, Ids, RegisterReader } from './flows/ports.ts';
import { createSignInRecorder } from './flows/record-sign-in.ts';
import { hopOf } from './http/note-hop.ts';
import { createIdentity, type Identity, type IdentityOptions } from './identity/create-identity.ts';
import { createSqliteStores } from './identity/stores/sqlite-stores.ts';
import { practitionerNamedBy, suspensionInForce } from './register/login-standing.ts';
import type { Logger } from './telemetry/logger.ts';

/** What the identity room is built from. */
interface Needs {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: GatewayDatabase;
  readonly caseLog: CaseLogAppender;
  readonly register: RegisterReader;
  readonly clock: Clock;
  readonly ids: Ids;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Builds every way to sign in that the config names. */
export function openIdentity(needs: Needs): Identity {
  const { config, logger, database, clock, ids } = needs;
  const { sessions, limits } = config.identity;
  const onFailure = (error: unknown): void =>
    logger.warn({ err: error }, 'a sign-in could not be written into the case log');
  const record = createSignInRecorder({ caseLog: needs.caseLog, ids, clock, onFailure });
  return createIdentity({
    stores: createSqliteStores(database, clock),
    saml: samlOf(config),
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
    onEvent: (event) => void record(event),
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

function samlOf({ publicUrl, identity }: Config): IdentityOptions['saml'] {
  const { entityId, signing, providers } = identity;
  return {
    publicUrl,
    entityId,
    providers: providers.map((provider) => ({
      id: provider.id,
      title: provider.title,
      entityId: provider.entityId,
      ssoUrl: provider.ssoUrl ?? '',
      assurance: provider.assurance,
      certificatesPem: (provider.certificateFiles ?? []).map(({ text }) => text),
      clockSkewMs: provider.clockSkewSeconds * SECOND_MS,
    })),
    ...(signing === undefined
      ? {}
      : { signing: { privateKeyPem: signing.keyFile.text, certificatePem: signing.certificateFile.text } }),
  };
}
