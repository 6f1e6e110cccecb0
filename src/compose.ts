import { bindFlows, keepHouse } from './compose-flows.ts';
import { clock, ids, openParts, type Closing, type Place } from './compose-parts.ts';
import type { Config } from './config.ts';
import { createInFlightCases } from './flows/in-flight-cases.ts';
import { buildAdminApp } from './http/build-admin-app.ts';
import { buildApp } from './http/build-app.ts';
import { startListener } from './http/start-listener.ts';
import { createPages } from './ui/create-pages.ts';

/** A gateway that listens. */
export interface RunningGateway {
  /** As it really listens; `publicUrl` is how people reach it. */
  readonly url: string;
  readonly adminUrl: string;
  /** Public half of the case log's signing key, for whoever verifies. */
  readonly vkey: string;
  /** Finishes calls in flight, signs the last checkpoint, frees the data folder. Safe to call twice. */
  readonly close: () => Promise<void>;
}

const MEBIBYTE = 1_048_576;
const SECOND_MS = 1_000;

/**
 * Builds every part, hands the flows to the edge, and listens. Whatever was opened is closed again when a later part
 * refuses. Throws what the parts throw: a missing or foreign case log, a database of a newer release, a policy with
 * faults, a port in use.
 */
export async function startGateway(config: Config, place: Place): Promise<RunningGateway> {
  const closing: Closing = [];
  const close = closeAll(closing);
  try {
    return { ...(await build(config, place, closing)), close };
  } catch (error: unknown) {
    await close();
    throw error;
  }
}

async function build(config: Config, place: Place, closing: Closing): Promise<Omit<RunningGateway, 'close'>> {
  const parts = await openParts(config, place, closing);
  const { logger, metrics, caseLog, identity } = parts;
  const inFlight = createInFlightCases();
  const flows = bindFlows(parts, inFlight);
  await keepHouse(parts, inFlight, closing);
  const app = buildApp({
    flows,
    doors: identity.doors,
    pages: createPages({ sourceRoot: place.sourceRoot }),
    logger,
    metrics,
    publicUrl: config.publicUrl,
    limits: { maxBodyBytes: config.ai.maxRequestMebibytes * MEBIBYTE },
    ids,
    clock,
    timeZone: config.timeZone,
    simulator: config.pacs.simulator,
  });
  const adminApp = buildAdminApp({ flows, logger, metrics, ids, clock });
  const admin = await startListener({ app: adminApp, ...config.admin });
  closing.push(() => admin.close(0));
  const listener = await startListener({ app, ...config.listen });
  closing.push(() => listener.close(config.stopGraceSeconds * SECOND_MS));
  return { url: listener.url, adminUrl: admin.url, vkey: caseLog.vkey };
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
