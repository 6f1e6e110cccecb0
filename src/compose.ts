import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openCaseLog, type CaseLog } from './caselog/open-case-log.ts';
import type { Config } from './config.ts';
import { openGatewayDatabase } from './db/gateway-database.ts';
import { createDrift, type Drift } from './drift/create-drift.ts';
import { parseCaseId, type CaseId } from './domain/identifiers.ts';
import { checkReadiness } from './flows/check-readiness.ts';
import { closeOrphans } from './flows/close-orphans.ts';
import { createInFlightCases, type InFlightCases } from './flows/in-flight-cases.ts';
import { listCases, readMyCase } from './flows/list-cases.ts';
import { listModels } from './flows/list-models.ts';
import type { Clock, HealthProbe, Ids } from './flows/ports.ts';
import { exportCaseLog, readCaseLog, readVerification } from './flows/read-case-log.ts';
import { readDrift } from './flows/read-drift.ts';
import { recordDisposition } from './flows/record-disposition.ts';
import { recordSignIn } from './flows/record-sign-in.ts';
import { retrieve } from './flows/retrieve.ts';
import { runInference } from './flows/run-inference.ts';
import { search } from './flows/search.ts';
import { whoAmI } from './flows/who-am-i.ts';
import type { Flows } from './http/app-deps.ts';
import { buildAdminApp } from './http/build-admin-app.ts';
import { buildApp } from './http/build-app.ts';
import { startListener } from './http/start-listener.ts';
import { createIdentity, type Identity } from './identity/create-identity.ts';
import { loadPolicy } from './register/load-policy.ts';
import { openRegister, type Register } from './register/open-register.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createPages } from './ui/create-pages.ts';
import { createAiResultReader } from './upstreams/ai-result-reader.ts';
import { createOipClient } from './upstreams/oip-client.ts';
import { createPacsClient } from './upstreams/pacs-client.ts';
import { createStudyContextReader } from './upstreams/study-context-reader.ts';

/** Where the program itself lies: sources in development, compiled code in the image. */
export interface Place {
  /** Folder of this file, with templates and assets below it. */
  readonly sourceRoot: string;
  /** The case log's worker thread. */
  readonly workerFile: string;
}

export interface RunningGateway {
  /** As it really listens; `publicUrl` is how people reach it. */
  readonly url: string;
  readonly adminUrl: string;
  /** Public half of the case log's signing key, for whoever verifies. */
  readonly vkey: string;
  /** Finishes calls in flight, signs the last checkpoint, frees the data folder. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** What has to be closed again, newest first. */
type Closing = (() => Promise<void>)[];

const MEBIBYTE = 1_048_576;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const MAX_CACHED_STUDIES = 5_000;
/** No endpoint's deadline is longer; an intent older than this without outcome was left by a process that is gone. */
const ORPHAN_AFTER_MS = 15 * MINUTE_MS;
const CATCH_UP_MS = 5 * MINUTE_MS;

export const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

export const ids: Ids = { newCaseId, newId: () => randomUUID() };

function newCaseId(): CaseId {
  const id = parseCaseId(`c-${randomUUID()}`);
  if (id === undefined) throw new TypeError('a fresh UUID is a case identifier');
  return id;
}

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
  const logger = createLogger({ level: config.logLevel });
  const metrics = createMetrics();
  const policy = loadPolicy(config.policyFile);
  const caseLog = await openCaseLog({
    dir: join(config.dataDir, 'case-log'),
    workerFile: place.workerFile,
    node: config.node,
    clock,
    randomBytes: (count) => randomBytes(count),
    onAlarm: ({ code, detail }) => {
      metrics.caseLogAlarm(code);
      logger.error({ code }, detail);
    },
  });
  closing.push(() => caseLog.close());
  const database = await openGatewayDatabase(join(config.dataDir, 'gateway.sqlite'));
  closing.push(() => database.destroy());
  const register = await openRegister({ database, policy, clock });
  const upstreams = createUpstreams(config, policy.bodyPartRules, closing);
  const drift = createDrift({
    database,
    caseLogReader: caseLog,
    timeZone: config.timeZone,
    onFailure: (error) => {
      metrics.driftFailed();
      logger.warn({ err: error }, 'drift counters could not catch up; they will from the case log');
    },
  });
  closing.push(() => drift.idle());
  const identity = createIdentity({
    database,
    publicUrl: config.publicUrl,
    entityId: config.identity.entityId,
    providers: providersOf(config),
    sessions: {
      idleMs: config.identity.sessions.idleMinutes * MINUTE_MS,
      absoluteMs: config.identity.sessions.absoluteHours * 60 * MINUTE_MS,
    },
    clock,
    randomBytes: (count) => randomBytes(count),
    newId: ids.newId,
    onSignIn: (event) => void recordSignIn({ caseLog, ids, onFailure: warnOf(logger) }, event),
    onWarn: (message) => logger.warn({}, message),
    ...(config.signing === undefined ? {} : { signing: config.signing }),
  });
  const parts = { config, caseLog, register, drift, identity, upstreams };
  const inFlight = createInFlightCases();
  const flows = bindFlows(parts, inFlight);
  await keepHouse({ ...parts, logger, inFlight }, closing);
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
  const graceMs = config.stopGraceSeconds * SECOND_MS;
  const admin = await startListener({
    app: buildAdminApp({ flows, logger, metrics, ids, clock }),
    ...config.admin,
  });
  closing.push(() => admin.close(0));
  const listener = await startListener({ app, ...config.listen });
  closing.push(() => listener.close(graceMs));
  return { url: listener.url, adminUrl: admin.url, vkey: caseLog.vkey };
}

interface Parts {
  readonly config: Config;
  readonly caseLog: CaseLog;
  readonly register: Register;
  readonly drift: Drift;
  readonly identity: Identity;
  readonly upstreams: ReturnType<typeof createUpstreams>;
}

function createUpstreams(
  config: Config,
  bodyPartRules: Parameters<typeof createStudyContextReader>[0]['bodyPartRules'],
  closing: Closing,
) {
  const { pacs: settings } = config;
  const pacs = createPacsClient({
    baseUrl: settings.dicomwebUrl,
    publicDicomwebUrl: `${config.publicUrl}/dicom-web`,
    timeouts: {
      firstByteMs: settings.firstByteTimeoutSeconds * SECOND_MS,
      idleMs: settings.idleTimeoutSeconds * SECOND_MS,
    },
    ...(config.pacsAuthorization === undefined
      ? {}
      : { headers: { authorization: config.pacsAuthorization } }),
  });
  closing.push(() => pacs.close());
  const cache = {
    nowMs: clock.monotonicMs,
    cacheTtlMs: settings.contextCacheSeconds * SECOND_MS,
    maxEntries: MAX_CACHED_STUDIES,
  };
  const inference = createOipClient({ maxAnswerBytes: config.ai.maxAnswerMebibytes * MEBIBYTE });
  closing.push(() => inference.close());
  const { simulator } = settings;
  return {
    pacs,
    inference,
    studies: createStudyContextReader({ pacs, sites: config.sites, bodyPartRules, simulator, ...cache }),
    aiResults: createAiResultReader({ pacs, ...cache }),
  };
}

function providersOf(config: Config): Parameters<typeof createIdentity>[0]['providers'] {
  return config.identity.providers.map(({ id, title, entityId, ssoUrl, assurance, clockSkewSeconds }) => ({
    id,
    title,
    entityId,
    ssoUrl,
    assurance,
    certificatesPem: config.certificatesPem[id] ?? [],
    clockSkewMs: clockSkewSeconds * SECOND_MS,
  }));
}

/** Each flow with what it needs: the one place where flows and adapters meet. */
function bindFlows(parts: Parts, inFlight: InFlightCases): Flows {
  const { config, caseLog, register, drift, upstreams } = parts;
  const deps = {
    identity: parts.identity.verifier,
    studyTokens: parts.identity.studyTokens,
    register,
    caseLog,
    caseLogReader: caseLog,
    drift,
    driftReader: drift,
    ...upstreams,
    inFlight,
    clock,
    ids,
    health: healthProbe(parts),
    dicomwebUrl: config.ai.dicomwebUrl ?? `${config.publicUrl}/dicom-web`,
    publicDicomwebUrl: `${config.publicUrl}/dicom-web`,
  };
  return {
    whoAmI: (input, signal) => whoAmI(deps, input, signal),
    listModels: (input, signal) => listModels(deps, input, signal),
    runInference: (input, signal) => runInference(deps, input, signal),
    recordDisposition: (input, signal) => recordDisposition(deps, input, signal),
    listCases: (input, signal) => listCases(deps, input, signal),
    readMyCase: (input, signal) => readMyCase(deps, input, signal),
    readCaseLog: (input, signal) => readCaseLog(deps, input, signal),
    exportCaseLog: (input, signal) => exportCaseLog(deps, input, signal),
    readVerification: (input, signal) => readVerification(deps, input, signal),
    readDrift: (input, signal) => readDrift(deps, input, signal),
    checkReadiness: (signal) => checkReadiness(deps, signal),
    search: (input, signal) => search(deps, input, signal),
    retrieve: (input, signal) => retrieve(deps, input, signal),
  };
}

function healthProbe({ caseLog, register, drift, identity, upstreams }: Parts): HealthProbe {
  return {
    states: async (signal) => [
      register.state(),
      caseLog.state(),
      identity.state(),
      drift.state(),
      await upstreams.pacs.ping(signal),
    ],
  };
}

/** What runs without being asked: orphans are closed at start and each minute, counters catch up after a quiet time. */
async function keepHouse(
  house: Parts & { readonly logger: Logger; readonly inFlight: InFlightCases },
  closing: Closing,
): Promise<void> {
  const { caseLog, drift, logger, inFlight } = house;
  const deps = {
    caseLogReader: caseLog,
    caseLog,
    clock,
    drift,
    isInFlight: (id: CaseId) => inFlight.has(id),
  };
  const sweep = async (olderThanMs: number): Promise<void> => {
    try {
      const closed = await closeOrphans(deps, { olderThanMs });
      if (closed > 0) logger.warn({ closed }, 'cases left without an outcome were closed as orphaned');
    } catch (error: unknown) {
      // The next minute tries again; with the log away nothing new can be begun either.
      logger.warn({ err: error }, 'orphaned cases could not be closed');
    }
  };
  await sweep(0);
  drift.count();
  const orphans = setInterval(() => void sweep(ORPHAN_AFTER_MS), MINUTE_MS);
  const counters = setInterval(() => drift.count(), CATCH_UP_MS);
  closing.push(() => {
    clearInterval(orphans);
    clearInterval(counters);
    return Promise.resolve();
  });
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

function warnOf(logger: Logger): (error: unknown) => void {
  return (error) => logger.warn({ err: error }, 'a sign-in could not be written into the case log');
}
