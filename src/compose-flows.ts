import { bindDueFlows, keepDue } from './compose-due.ts';
import { createFinisher, createPolicyWatch } from './compose-upkeep.ts';
import { bindRegisterFlows } from './compose-register.ts';
import { takePolicyInUse } from './compose-policy.ts';
import { clock, ids, type Closing, type Parts } from './compose-parts.ts';
import type { CaseId } from './domain/identifiers.ts';
import { explainCase } from './flows/explain-case.ts';
import { createOneTimeCode } from './flows/create-one-time-code.ts';
import { checkReadiness } from './flows/check-readiness.ts';
import { createOrphanWatch } from './flows/close-orphans.ts';
import type { InFlightCases } from './flows/in-flight-cases.ts';
import { listCases, readMyCase } from './flows/list-cases.ts';
import { listModels } from './flows/list-models.ts';
import type { HealthProbe } from './flows/ports.ts';
import { exportCaseLog, readCaseLog, readVerification } from './flows/read-case-log.ts';
import { readDrift } from './flows/read-drift.ts';
import { recordDisposition } from './flows/record-disposition.ts';
import { retrieve } from './flows/retrieve.ts';
import { runInference } from './flows/run-inference.ts';
import { search } from './flows/search.ts';
import { whoAmI, whoCalls, whoSignedIn } from './flows/who-am-i.ts';
import type { Flows } from './http/app-deps.ts';

const MINUTE_MS = 60_000;
const FINISH_MS = 5_000;
/** No endpoint's deadline is longer: an intent without outcome for so long was left by a process that is gone. */
const ORPHAN_AFTER_MS = 15 * MINUTE_MS;
const CATCH_UP_MS = 5 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Each flow with what it needs: the one place where flows and adapters meet. */
export function bindFlows(parts: Parts, inFlight: InFlightCases): Flows {
  const deps = flowDeps(parts, inFlight);
  const registerFlows = bindRegisterFlows(parts);
  const { performAct } = registerFlows;
  return {
    ...registerFlows,
    ...bindDueFlows(parts.config, { ...deps, ...parts.due, performAct }),
    explainCase: (input, signal) => explainCase(deps, input, signal),
    whoAmI: (input, signal) => whoAmI(deps, input, signal),
    whoCalls: (input, signal) => whoCalls(deps, input, signal),
    whoSignedIn: (input, signal) => whoSignedIn(deps, input, signal),
    listModels: (input, signal) => listModels(deps, input, signal),
    runInference: (input, signal) => runInference(deps, input, signal),
    recordDisposition: (input, signal) => recordDisposition(deps, input, signal),
    listCases: (input, signal) => listCases(deps, input, signal),
    readMyCase: (input, signal) => readMyCase(deps, input, signal),
    readCaseLog: (input, signal) => readCaseLog(deps, input, signal),
    exportCaseLog: (input, signal) => exportCaseLog(deps, input, signal),
    readVerification: (input, signal) => readVerification(deps, input, signal),
    readDrift: (input, signal) => readDrift(deps, input, signal),
    createOneTimeCode: (input, signal) => createOneTimeCode(deps, input, signal),
    checkReadiness: (signal) => checkReadiness(deps, signal),
    search: (input, signal) => search(deps, input, signal),
    retrieve: (input, signal) => retrieve(deps, input, signal),
  };
}

/** What flows need from outside; each takes what it needs. */
function flowDeps(parts: Parts, inFlight: InFlightCases) {
  const { config, caseLog, register, drift, upstreams } = parts;
  return {
    identity: parts.identity.verifier,
    studyTokens: parts.identity.studyTokens,
    codes: parts.identity.codes,
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
}

function healthProbe({ caseLog, register, drift, identity, upstreams }: Parts): HealthProbe {
  return {
    states: async (signal) => [
      register.state(),
      caseLog.state(),
      await identity.state(),
      drift.state(),
      await upstreams.pacs.ping(signal),
    ],
  };
}

/** Closes cases that were left without an outcome: first those of this node, then whatever stays open. Never rejects. */
function createSweep(
  { config, caseLog, drift, logger }: Parts,
  inFlight: InFlightCases,
): () => Promise<void> {
  const isInFlight = (id: CaseId): boolean => inFlight.has(id);
  const isOurs = ({ node }: { readonly node: string }): boolean => node === config.node;
  const deps = { caseLogReader: caseLog, caseLog, clock, drift, isInFlight, isOurs };
  const watch = createOrphanWatch(deps, { patienceMs: ORPHAN_AFTER_MS });
  let look = watch.atStart;
  let isAtWork = false;
  return async () => {
    if (isAtWork) return;
    isAtWork = true;
    try {
      const closed = await look();
      look = watch.again;
      if (closed > 0) logger.warn({ closed }, 'cases left without an outcome were closed as orphaned');
    } catch (error: unknown) {
      // The next minute tries again; with the log away nothing new can be begun either.
      logger.warn({ err: error }, 'orphaned cases could not be closed');
    } finally {
      isAtWork = false;
    }
  };
}

/** What runs without being asked: orphans are closed at start and each minute, counters catch up after a quiet time. */
export async function keepHouse(parts: Parts, inFlight: InFlightCases, closing: Closing): Promise<void> {
  const { drift, logger } = parts;
  const sweep = createSweep(parts, inFlight);
  const finish = createFinisher(parts);
  await finish();
  let isTaken = await takePolicyInUse(parts, parts.given);
  const takeAgain = async (): Promise<void> => {
    isTaken ||= await takePolicyInUse(parts, parts.given);
  };
  const comparePolicy = createPolicyWatch(parts);
  closing.push(await keepDue({ ...parts, ...parts.due, clock }));
  await sweep();
  drift.count();
  const orphans = setInterval(() => {
    void sweep();
    // Before its own is taken a node is only behind itself.
    void takeAgain().then(() => (isTaken ? comparePolicy() : undefined));
  }, MINUTE_MS);
  const finishing = setInterval(() => void finish(), FINISH_MS);
  const counters = setInterval(() => drift.count(), CATCH_UP_MS);
  // Counters are derived: once a day they are held against the log they come from. And the register's every row against who agreed to it.
  const recount = setInterval(() => {
    drift.rebuild().catch((error: unknown) => {
      logger.warn({ err: error }, 'drift counters could not be counted anew');
    });
    void auditRegister(parts);
  }, DAY_MS);
  closing.push(() => {
    clearInterval(orphans);
    clearInterval(finishing);
    clearInterval(counters);
    clearInterval(recount);
    return Promise.resolve();
  });
}

/** What is in force does not depend on it: it tells IT of rows that nobody agreed to, or that nobody has read since the start. */
async function auditRegister({ register, logger }: Parts): Promise<void> {
  try {
    const problem = await register.audit();
    if (problem !== undefined)
      logger.error({ problem }, 'the AI register’s tables hold what nobody agreed to');
  } catch (error: unknown) {
    logger.warn({ err: error }, 'the AI register’s tables could not be audited');
  }
}
