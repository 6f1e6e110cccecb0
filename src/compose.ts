import type { RequestListener } from 'node:http';
import { openAccesses } from './compose-access.ts';
import { openEndpoints } from './compose-endpoints.ts';
import { bindFlows, keepHouse } from './compose-flows.ts';
import { trustedHops } from './compose-identity-options.ts';
import { clock, ids } from './compose-clock.ts';
import { openParts, type Closing, type Parts, type Place } from './compose-parts.ts';
import type { Config } from './config.ts';
import { createPolicyWatch } from './compose-upkeep.ts';
import { openViewer } from './compose-viewer.ts';
import { createInFlightCases } from './flows/in-flight-cases.ts';
import type { AppDeps } from './http/app-deps.ts';
import { buildAdminApp, type AdminDeps } from './http/build-admin-app.ts';
import { buildApp } from './http/build-app.ts';
import { messagesOf } from './http/express-messages.ts';
import { startCardListener, startListener, type Listener } from './http/start-listener.ts';
import { createPages } from './ui/create-pages.ts';

/** A gateway that listens. */
export interface RunningGateway {
  /** As it really listens; `publicUrl` is how people reach it. */
  readonly url: string;
  readonly adminUrl: string;
  /** Where smart cards are asked for, when this process does that itself. */
  readonly cardUrl?: string;
  /** Public half of the case log's signing key, for whoever verifies. */
  readonly vkey: string;
  /** Finishes calls in flight, signs the last checkpoint, frees the data folder. Safe to call twice. */
  readonly close: () => Promise<void>;
}

const MEBIBYTE = 1_048_576;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Shows health and metrics to whoever watches. */
type OpenAdmin = (deps: AdminDeps) => Promise<Listener>;

/** Opens the admin listener that the config names. */
export function listenForAdmin({ admin }: Config): OpenAdmin {
  return (deps) => startListener({ app: buildAdminApp(deps), ...admin });
}

/**
 * Builds every part, hands the flows to the edge, and listens. Whatever was opened is closed again when a later part
 * refuses. A worker has no admin listener: `openAdmin` is told what would be shown there. Throws what the parts throw: a missing
 * or foreign case log, a database of a newer release, a policy with faults, a port in use.
 */
export async function startGateway(
  config: Config,
  place: Place,
  openAdmin?: OpenAdmin,
): Promise<RunningGateway> {
  const closing: Closing = [];
  const close = closeAll(closing);
  try {
    return {
      ...(await build(await openParts(config, place, closing), { place, openAdmin }, closing)),
      close,
    };
  } catch (error: unknown) {
    await close();
    throw error;
  }
}

async function build(
  parts: Parts,
  { place, openAdmin }: { readonly place: Place; readonly openAdmin: OpenAdmin | undefined },
  closing: Closing,
): Promise<Omit<RunningGateway, 'close'>> {
  const { config, logger, metrics, caseLog, identity } = parts;
  const reusePort = openAdmin !== undefined;
  const keeping = openKeeping(parts, closing);
  const flows = bindFlows(parts, keeping);
  await keepHouse(parts, keeping, closing);
  const app = buildApp({
    flows,
    doors: identity.doors,
    pages: createPages({ sourceRoot: place.sourceRoot }),
    logger,
    metrics,
    publicUrl: config.publicUrl,
    limits: limitsOf(config),
    ids,
    clock,
    idleMs: config.identity.sessions.idleMinutes * MINUTE_MS,
    trustedHops: trustedHops(config),
    timeZone: config.timeZone,
    morePacs: config.morePacs.map(({ id }) => id),
    allowedOrigins: config.viewerOrigins,
    ...openViewer(config),
    simulator: config.pacs.simulator,
  });
  const admin = await (openAdmin ?? listenForAdmin(config))({ flows, logger, metrics, ids, clock });
  closing.push(() => admin.close(0));
  const listener = await startListener({ app, messages: messagesOf(app), ...config.listen, reusePort });
  closing.push(() => listener.close(config.stopGraceSeconds * SECOND_MS));
  const cardUrl = await openCardDoor(parts, { app, reusePort }, closing);
  const urls = { url: listener.url, adminUrl: admin.url, ...(cardUrl === undefined ? {} : { cardUrl }) };
  return { ...urls, vkey: caseLog.vkey };
}

function openKeeping(parts: Parts, closing: Closing): Parameters<typeof bindFlows>[1] {
  const accesses = openAccesses(parts, closing);
  const endpoints = openEndpoints(parts, closing);
  return { inFlight: createInFlightCases(), policyWatch: createPolicyWatch(parts), accesses, endpoints };
}

function limitsOf({ ai, store: { maxMebibytes } }: Config): AppDeps['limits'] {
  return {
    maxBodyBytes: ai.maxRequestMebibytes * MEBIBYTE,
    maxTensorBytes: ai.maxTensorMebibytes * MEBIBYTE,
    ...(maxMebibytes === undefined ? {} : { maxStoreBytes: maxMebibytes * MEBIBYTE }),
  };
}

/**
 * Listens for smart cards where the config says so, and looks each minute for new revocation lists. The doors are the same as on the
 * public listener: a machine may store results there with its certificate.
 */
async function openCardDoor(
  { config, identity, logger }: Parts,
  { app, reusePort }: { readonly app: RequestListener; readonly reusePort: boolean },
  closing: Closing,
): Promise<string | undefined> {
  const { card, checkCrls } = identity;
  const place = config.identity.smartCard?.listen;
  if (card === undefined) return undefined;
  const { tls } = card;
  const listener =
    tls === undefined || place === undefined
      ? undefined
      : await startCardListener({ app, ...place, reusePort, tls: tls() });
  if (listener !== undefined) closing.push(() => listener.close(config.stopGraceSeconds * SECOND_MS));
  const look = async (): Promise<void> => {
    try {
      if ((await card.reload()) && tls !== undefined) listener?.reload(tls());
      checkCrls();
    } catch (error: unknown) {
      // What was loaded before goes on counting until it ends; the next minute tries again.
      logger.error({ err: error }, 'new revocation lists could not be taken into use');
    }
  };
  await look();
  const minutely = setInterval(() => void look(), MINUTE_MS);
  closing.push(async () => {
    clearInterval(minutely);
    await Promise.resolve();
  });
  return listener?.url;
}

/** Closes newest first, each even when another fails, and all of it once. */
function closeAll(closing: Closing): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= (async () => {
      const failures: unknown[] = [];
      for (const close of closing.toReversed()) {
        await close().catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed');
    })();
    return closed;
  };
}
