import { randomBytes } from 'node:crypto';
import { openCard, type OpenCard } from './compose-card.ts';
import { identityOptions } from './compose-identity-options.ts';
import { openSamlProviders } from './compose-saml.ts';
import type { Config } from './config.ts';
import type { GatewayDatabase } from './db/gateway-database.ts';
import { openRedis, type RedisLink } from './db/open-redis.ts';
import type { CaseLogAppender, Clock, DocumentFetcher, Ids, RegisterReader } from './flows/ports.ts';
import { createSignInRecorder } from './flows/record-sign-in.ts';
import { hopOf } from './http/note-hop.ts';
import {
  createProviderWatch,
  type FirstAnswer,
  type ProviderWatch,
  type WatchTarget,
} from './identity/break-glass/provider-watch.ts';
import { createIdentity, type Identity, type IdentityOptions } from './identity/create-identity.ts';
import { createRedisStores } from './identity/stores/redis-stores.ts';
import { createSqliteStores } from './identity/stores/sqlite-stores.ts';
import { loginsOfSamePerson, practitionerNamedBy, suspensionInForce } from './register/login-standing.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { createAuthEventNotes } from './telemetry/note-auth-events.ts';
import { createDocumentClient } from './upstreams/document-client.ts';

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

/** Every way to sign in, and what asks for smart cards, if anything does. */
export interface OpenIdentity extends Identity {
  readonly card?: OpenCard;
  /** What nodes share sessions by, where there are several. */
  readonly redis?: RedisLink;
}

const SECOND_MS = 1_000;

/** Builds every way to sign in that the config names. Waits for metadata of identity providers, but does not depend on them. */
export async function openIdentity(needs: Needs): Promise<OpenIdentity> {
  const { config, clock, ids, logger, closing } = needs;
  const fetcher = openFetcher(needs);
  const onEvent = listener(needs);
  const book = openSamlProviders({ config, logger, clock, fetcher, onEvent });
  closing.push(async () => {
    book.stop();
    await Promise.resolve();
  });
  await book.refresh();
  const card = await openCard({ config, clock, fetcher, logger });
  const watch = openWatch(needs, fetcher, book.providers);
  const redis = await openSharedSessions(needs);
  const identity = createIdentity({
    stores: redis === undefined ? createSqliteStores(needs.database, clock) : createRedisStores(redis, clock),
    areStoresShared: config.redis !== undefined,
    ...identityOptions(config, { book, card, fetcher, areAllAway: watch.areAllAway }),
    clock,
    randomBytes: (count) => randomBytes(count),
    newId: ids.newId,
    hopOf,
    ...standingOf(needs),
    onEvent,
    onWarn: (message) => logger.warn({}, message),
  });
  watch.onBack(identity.endBreakGlass);
  return {
    ...identity,
    ...(card === undefined ? {} : { card }),
    ...(redis === undefined ? {} : { redis }),
  };
}

/** Calls identity providers. A responder for revocation speaks plain http, by custom: its answers are signed. */
function openFetcher({ config, closing }: Needs): DocumentFetcher {
  const responder = config.identity.smartCard?.ocsp?.url;
  const client = createDocumentClient(responder === undefined ? {} : { plainHttpOrigins: [responder] });
  closing.push(() => client.close());
  return client;
}

/** Whatever happens at the doors is counted, logged, and written into the case log. */
function listener(needs: Needs): IdentityOptions['onEvent'] {
  const { logger, caseLog, ids, clock } = needs;
  const onFailure = (error: unknown): void =>
    logger.warn({ err: error }, 'a sign-in could not be written into the case log');
  const record = createSignInRecorder({ caseLog, ids, clock, onFailure });
  const note = createAuthEventNotes(needs);
  return (event) => {
    note(event);
    void record(event);
  };
}

async function openSharedSessions({ config, clock, logger, closing }: Needs): Promise<RedisLink | undefined> {
  const { redis: settings } = config;
  if (settings === undefined) return undefined;
  const { url, keyPrefix, username, passwordFile, caFile } = settings;
  const redis = await openRedis({
    url,
    keyPrefix,
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { password: passwordFile.text.trim() }),
    ...(caFile === undefined ? {} : { caPem: caFile.text }),
    onWarn: (message) => logger.warn({}, message),
    monotonicMs: clock.monotonicMs,
  });
  closing.push(() => redis.close());
  return redis;
}

interface Watch extends Pick<ProviderWatch, 'areAllAway'> {
  readonly onBack: (end: () => Promise<void>) => void;
}

/** Looks whether identity providers answer, where the emergency account needs to know. */
function openWatch(
  needs: Needs,
  fetcher: DocumentFetcher,
  saml: IdentityOptions['saml']['providers'],
): Watch {
  const { config, clock, logger, closing } = needs;
  const openid = config.identity.openidProviders.map(({ id, issuer }) => ({
    id,
    url: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  }));
  let end = (): Promise<void> => Promise.resolve();
  const watch = createProviderWatch({
    fetcher,
    clock,
    targets: () => [...config.identity.providers.flatMap((one) => samlTarget(saml, one)), ...openid],
    onFirstAnswer: (found) => tellFirst(logger, found),
    onChange: (areAllAway) => {
      if (areAllAway)
        logger.error({}, 'no identity provider answers: nobody can sign in, and emergency access is open');
      else logger.warn({}, 'an identity provider answers again: emergency access is closed');
      if (!areAllAway)
        end().catch((error: unknown) => logger.warn({ err: error }, 'emergency sessions could not be ended'));
    },
  });
  const { breakGlass } = config.identity;
  if (breakGlass !== undefined) watch.start(breakGlass.probeSeconds * SECOND_MS);
  closing.push(async () => {
    watch.stop();
    await Promise.resolve();
  });
  return {
    areAllAway: watch.areAllAway,
    onBack: (given) => {
      end = given;
    },
  };
}

/** For whoever sets emergency access up: what it goes by. */
function tellFirst(logger: Logger, { id: provider, answer, isThere }: FirstAnswer): void {
  const fields = { provider, answer };
  if (isThere) logger.info(fields, 'an identity provider answers: while it does, emergency access is closed');
  else logger.warn(fields, 'an identity provider does not answer: if none does, emergency access opens');
}

/** Where it signs people in; while its metadata never came, where they come from. */
function samlTarget(
  saml: IdentityOptions['saml']['providers'],
  { id, metadata }: Config['identity']['providers'][number],
): readonly WatchTarget[] {
  const url = saml.byId(id)?.ssoUrl ?? metadata?.url;
  return url === undefined ? [] : [{ id, url }];
}

/** What sessions ask of the register, from memory. With the register away nobody is known, and nobody suspended: AI is locked then. */
function standingOf({
  register,
  clock,
}: Needs): Pick<IdentityOptions, 'loginsOf' | 'practitionerOf' | 'suspensionOf'> {
  return {
    loginsOf: (login) => loginsOfSamePerson(register, login),
    practitionerOf: (provider, subject) => practitionerNamedBy(register, { provider, subject }),
    suspensionOf: (provider, subject) => suspensionInForce(register, { provider, subject }, clock.nowMs()),
  };
}
