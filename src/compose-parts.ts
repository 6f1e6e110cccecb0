import type { CaseLog } from './caselog/assemble-case-log.ts';
import { clock, ids } from './compose-clock.ts';
import type { Config } from './config.ts';
import type { GatewayDatabase } from './db/gateway-database.ts';
import { createDrift, type Drift } from './drift/create-drift.ts';
import { CaseLogUnavailable, RegisterUnavailable } from './domain/errors.ts';
import type { Policy } from './domain/policy.ts';
import type { SeriesFinder, StudyContextReader } from './flows/ports.ts';
import type { ModelDescriber } from './flows/ports-monai.ts';
import type { TensorDescriber } from './flows/ports-tensors.ts';
import type { InferenceClient } from './flows/ports-inference.ts';
import { openDueParts, type DueParts } from './compose-due.ts';
import { readRegisterHead } from './flows/read-register-head.ts';
import { openDescribers, openGates, openInference } from './compose-inference.ts';
import { openIdentity, type OpenIdentity } from './compose-identity.ts';
import { openResults, type ResultsKnown } from './compose-results-index.ts';
import type { Workitems, WorkitemSubscriptions } from './flows/ports-workitems.ts';
import type { WorkitemEvents } from './flows/workitem-events.ts';
import { openWorkitemEvents, openWorkitems } from './compose-workitem-events.ts';
import { openStudyNotices, type StudyNotices } from './compose-study-notices.ts';
import { openEveryPacs, type OpenHouses } from './compose-pacs.ts';
import { claimName, followingTerms, notForLong, openNodes, type Nodes } from './compose-nodes.ts';
import { storesOf, type Stores } from './compose-stores.ts';
import { loadPolicyWithText, type PolicyWithText } from './register/load-policy.ts';
import { createPolicyStore, type PolicyStore } from './register/policy-store.ts';
import { openRegister, type Register } from './register/open-register.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { warnSeldom } from './telemetry/warn-seldom.ts';
import type { EndpointGates } from './upstreams/endpoint-gates.ts';

/** Where the program itself lies: sources in development, compiled code in the image. */
export interface Place {
  /** Folder of this file, with templates and assets below it. */
  readonly sourceRoot: string;
  /** The case log's worker thread. */
  readonly workerFile: string;
}

/** What has to be closed again, newest first. */
export type Closing = (() => Promise<void>)[];

/** What goes out. */
interface Upstreams {
  readonly everyPacs: OpenHouses;
  readonly inference: InferenceClient;
  readonly gates: EndpointGates;
  /** Of whichever PACS has the study. */
  readonly studies: StudyContextReader;
  readonly seriesFinder: SeriesFinder;
  readonly describer: ModelDescriber;
  readonly tensors: TensorDescriber;
  readonly onUnmappedUrls: (count: number) => void;
}

/** Every adapter, built and open. */
export interface Parts extends ResultsKnown {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly caseLog: CaseLog;
  /** The policy the process started with, and its text as it is kept. */
  readonly given: PolicyWithText;
  readonly policies: PolicyStore;
  readonly register: Register;
  /** How this node keeps out of the way of others. */
  readonly nodes: Nodes;
  readonly due: DueParts;
  readonly drift: Drift;
  readonly identity: OpenIdentity;
  readonly upstreams: Upstreams;
  /** What people asked AI machines to do. */
  readonly workitems: Workitems;
  /** Who is told of changes to it, and those who listen at this node. */
  readonly subscriptions: WorkitemSubscriptions;
  readonly events: WorkitemEvents;
}

/** Nodes that share a log of their program are told apart in it. */
export function nodeOf({ postgres, node }: Config): { readonly node?: string } {
  return postgres === undefined ? {} : { node };
}

/** Builds every adapter, in the order in which they need each other. Throws what they throw. */
export async function openParts(config: Config, place: Place, closing: Closing): Promise<Parts> {
  const logger = createLogger({ level: config.logLevel, ...nodeOf(config) });
  const metrics = createMetrics();
  const base = { config, logger, metrics };
  const given = loadPolicyWithText(config.policyFile);
  const { policy } = given;
  const stores = storesOf(config, { clock, onWarn: (message) => logger.warn({}, message) });
  closing.push(stores.close);
  const name = await claimName(stores, config.node, logger);
  closing.push(name.release);
  const caseLog = name.over(await openLog(base, place, stores));
  closing.push(() => caseLog.close());
  const database = await stores.openDatabase({
    onFailure: (error) => logger.error({ err: error }, 'the database of the register is not open yet'),
  });
  closing.push(() => database.destroy());
  const policies = createPolicyStore(database);
  const shared =
    stores.postgres === undefined
      ? { logged: () => readRegisterHead({ caseLogReader: caseLog }) }
      : { logged: headLater(caseLog), shared: followingTerms(clock) };
  const register = await openRegister({ database, policy, clock, policies, ...shared });
  const house = { policies, register, nodes: openNodes({ stores, register, logger, closing }) };
  const results = { ...openResults(database, clock), ...openWorkitems(database) };
  const drift = openDrift(base, database, caseLog);
  // What is not counted by then is counted after the next start.
  closing.push(() => notForLong(drift.idle()));
  const identity = await openIdentity({ ...base, database, caseLog, register, clock, ids, closing });
  const studyNotices = openStudyNotices(identity, ids, closing);
  const outside = { ...base, ...results, register, studyNotices };
  const upstreams = createUpstreams(outside, policy.bodyPartRules, closing);
  const events = openWorkitemEvents({ ...results, identity, register, clock, ids, closing });
  const later = { due: openDueParts({ config, database, logger }), events };
  return { ...base, ...results, ...later, ...house, caseLog, given, drift, identity, upstreams };
}

function openDrift({ config, logger, metrics }: Base, database: GatewayDatabase, caseLog: CaseLog): Drift {
  return createDrift({
    database,
    caseLogReader: caseLog,
    timeZone: config.timeZone,
    onFailure: (error) => {
      metrics.driftFailed();
      logger.warn({ err: error }, 'drift counters could not catch up; they will from the case log');
    },
  });
}

/** A register that cannot be held against the log yet is one that cannot be read yet: a node that follows reads it later. */
function headLater(caseLog: CaseLog): () => ReturnType<typeof readRegisterHead> {
  return async () => {
    try {
      return await readRegisterHead({ caseLogReader: caseLog });
    } catch (error: unknown) {
      if (!(error instanceof CaseLogUnavailable)) throw error;
      throw new RegisterUnavailable('The AI register cannot be held against the case log.', error);
    }
  };
}

type Base = Pick<Parts, 'config' | 'logger' | 'metrics'>;

async function openLog({ config, logger, metrics }: Base, place: Place, stores: Stores): Promise<CaseLog> {
  const caseLog = await stores.openLog({
    workerFile: place.workerFile,
    node: config.node,
    clock,
    opensLater: true,
    onAlarm: ({ code, detail }) => {
      metrics.caseLogAlarm(code);
      logger.error({ code }, detail);
    },
  });
  if (caseLog.origin === config.caseLog.origin) return caseLog;
  await caseLog.close();
  throw new CaseLogUnavailable(
    `The case log of ${config.dataDir} is ${caseLog.origin}; the config says ${config.caseLog.origin}. One of the two is wrong: name the right data folder, or the right origin.`,
  );
}

/** What goes out: PACS and AI endpoints. */
function createUpstreams(
  {
    config,
    register,
    resultsIndex,
    studyNotices,
    logger,
    metrics,
  }: Base & Pick<Parts, 'register' | 'resultsIndex'> & { readonly studyNotices: StudyNotices | undefined },
  bodyPartRules: Policy['bodyPartRules'],
  closing: Closing,
): Upstreams {
  const everyPacs = openEveryPacs({
    config,
    register,
    clock,
    resultsIndex,
    bodyPartRules,
    studyNotices,
    closing,
  });
  const gates = openGates({ config, clock });
  const inference = openInference({ config, metrics, clock, gates }, closing);
  return {
    everyPacs,
    inference,
    gates,
    studies: everyPacs.studies,
    seriesFinder: everyPacs.seriesFinder,
    ...openDescribers(clock, closing),
    onUnmappedUrls: noteUnmappedUrls(logger, metrics),
  };
}

/** Counted always; told at most once a minute, because every answer of such a PACS holds some. */
function noteUnmappedUrls(logger: Logger, metrics: Metrics): (count: number) => void {
  let untold = 0;
  const warn = warnSeldom((message) => {
    logger.warn({ count: untold }, message);
    untold = 0;
  }, clock.monotonicMs);
  return (count) => {
    metrics.urlsUnmapped(count);
    untold += count;
    warn('the PACS named itself by an address that is not in the config; it was passed on');
  };
}
