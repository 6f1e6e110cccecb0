import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { openCard, type OpenCard } from './compose-card.ts';
import { identityOptions, openidProviders, programOptions, trustedHops } from './compose-identity-options.ts';
import { createSamlBook, ownKeys } from './compose-saml.ts';
import type { Config } from './config.ts';
import { GatewayError } from './domain/errors.ts';
import type { Clock, DocumentFetcher } from './flows/ports.ts';
import { hopOf } from './http/note-hop.ts';
import { createTrustedHops } from './http/trusted-hops.ts';
import { createIdentity } from './identity/create-identity.ts';
import { checkMachines } from './identity/machines/machine-settings.ts';
import { checkOpenidProviders } from './identity/oidc/openid-provider.ts';
import type { SamlProviderBook } from './identity/saml/create-saml-providers.ts';
import { readOwnKeys } from './identity/saml/own-keys.ts';
import { createRedisStores } from './identity/stores/redis-stores.ts';
import type { Logger } from './telemetry/logger.ts';

/** What tries a part: undefined when it has a fault, which is then noted. */
type Try = <T>(build: () => T | Promise<T>) => Promise<T | undefined>;

interface Dry {
  readonly config: Config;
  readonly clock: Clock;
  readonly note: (fault: string) => void;
}

const nothing = (): Promise<never> => Promise.reject(new TypeError('nothing is asked of anybody here'));
/** Keys and settings are looked at; nobody is called, and nothing is kept. */
const FETCHER: DocumentFetcher = { fetch: nothing };
const NO_REDIS = { run: nothing, ping: nothing, close: () => Promise.resolve() };

/** Builds every way to sign in without opening it. Resolves to what would keep it from working, a sentence each. Never rejects. */
export async function identityFaults(config: Config, clock: Clock): Promise<readonly string[]> {
  const faults = new Set<string>();
  const dry: Dry = { config, clock, note: (fault) => void faults.add(fault) };
  const attempt: Try = async (build) => {
    try {
      return await build();
    } catch (error: unknown) {
      dry.note(sentenceOf(error));
      return undefined;
    }
  };
  const { identity } = config;
  await attempt(() => createTrustedHops(trustedHops(config)));
  await attempt(() => checkOpenidProviders(openidProviders(identity)));
  await attempt(() => checkMachines(programOptions(identity).machines?.machines ?? []));
  await attempt(() => readOwnKeys(ownKeys(identity), identity.providers));
  const card = await attempt(async () => ({ open: await openCardDry(dry) }));
  const book = await attempt(() => bookOf(dry));
  if (card !== undefined && book !== undefined) await attempt(() => buildRoom(dry, book, card.open));
  return [...faults];
}

function sentenceOf(error: unknown): string {
  if (error instanceof GatewayError && error.detail !== '') return error.detail;
  return error instanceof Error ? error.message : String(error);
}

/** What a part would warn of when it starts is a fault of a file, here. */
function loggerOf({ note }: Dry): Logger {
  const silent = (): void => undefined;
  const told = (_fields: unknown, message: string): void => note(message);
  return { debug: silent, info: silent, warn: told, error: told };
}

/** With a folder of its own for copies: the data folder may not be there yet. */
function bookOf(dry: Dry): SamlProviderBook {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-check-'));
  try {
    const needs = { ...dry, logger: loggerOf(dry), fetcher: FETCHER, onEvent: () => undefined };
    return createSamlBook(needs, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openCardDry(dry: Dry): Promise<OpenCard | undefined> {
  const card = await openCard({ ...dry, fetcher: FETCHER, logger: loggerOf(dry) });
  const tls = card?.tls?.();
  if (tls === undefined) return card;
  const { keyPem: key, certificatePem: cert } = tls;
  try {
    createSecureContext({ key, cert });
  } catch {
    dry.note('Smart cards: keyFile does not belong to certificateFile.');
  }
  return card;
}

function buildRoom(dry: Dry, book: SamlProviderBook, card: OpenCard | undefined): void {
  const { config, clock, note } = dry;
  const { checkCrls } = createIdentity({
    ...identityOptions(config, { book, card, fetcher: FETCHER, areAllAway: () => false }),
    stores: createRedisStores(NO_REDIS, clock),
    clock,
    randomBytes: (count) => randomBytes(count),
    newId: () => randomUUID(),
    hopOf,
    practitionerOf: () => undefined,
    suspensionOf: () => undefined,
    onEvent: () => undefined,
    onWarn: note,
  });
  for (const { authority, state } of checkCrls()) {
    if (state === 'missing') note(`Smart cards: no revocation list of ${authority} is among crlFiles.`);
    if (state === 'over') note(`Smart cards: the revocation list of ${authority} is over.`);
  }
}
