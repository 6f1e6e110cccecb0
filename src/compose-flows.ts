import { bindAnswerFlows, sealedSweep } from './compose-answers.ts';
import { bindDueFlows, keepDue } from './compose-due.ts';
import type { Endpoints } from './compose-endpoints.ts';
import { createFinisher, keepRounds, type PolicyWatch } from './compose-upkeep.ts';
import { bindRegisterFlows } from './compose-register.ts';
import { bindResultFlows, keepWhatWasSaid, openHolds } from './compose-results.ts';
import { takePolicyInUse } from './compose-policy.ts';
import type { OpenPacs } from './compose-pacs.ts';
import { clock, ids } from './compose-clock.ts';
import type { Closing, Parts } from './compose-parts.ts';
import { bindWorkitemFlows, workitemSweep } from './compose-workitems.ts';
import { bindResultObjects } from './compose-written.ts';
import type { CaseId } from './domain/identifiers.ts';
import { explainCase } from './flows/explain-case.ts';
import { createOneTimeCode } from './flows/create-one-time-code.ts';
import { checkReadiness } from './flows/check-readiness.ts';
import { createOrphanWatch } from './flows/close-orphans.ts';
import type { InFlightCases } from './flows/in-flight-cases.ts';
import { listCases, readMyCase } from './flows/list-cases.ts';
import { findSeriesStudy } from './flows/find-series-study.ts';
import { listLabelModels } from './flows/list-label-models.ts';
import { listModels } from './flows/list-models.ts';
import { listTensorModels } from './flows/list-tensor-models.ts';
import type { HealthProbe } from './flows/ports.ts';
import { exportCaseLog, readCaseLog, readVerification } from './flows/read-case-log.ts';
import { readDrift } from './flows/read-drift.ts';
import type { AccessRecorder } from './flows/record-access.ts';
import { recordDisposition } from './flows/record-disposition.ts';
import { retrieve } from './flows/retrieve.ts';
import { createRepeatedCalls } from './flows/repeated-calls.ts';
import { runOnce } from './flows/run-once.ts';
import { search } from './flows/search.ts';
import { storeObjects } from './flows/store-objects.ts';
import { whoAmI, whoCalls, whoSignedIn } from './flows/who-am-i.ts';
import type { Flows } from './http/app-deps.ts';

const MINUTE_MS = 60_000;
const FINISH_MS = 5_000;
/** No endpoint's deadline is longer: an intent without outcome for so long was left by a process that is gone. */
const ORPHAN_AFTER_MS = 15 * MINUTE_MS;
const CATCH_UP_MS = 5 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What flows and upkeep share. */
interface HouseKeeping {
  readonly inFlight: InFlightCases;
  readonly policyWatch: PolicyWatch;
  readonly accesses: AccessRecorder;
  readonly endpoints: Endpoints;
}

/** Each flow with what it needs: the one place where flows and adapters meet. */
export function bindFlows(parts: Parts, keeping: HouseKeeping): Flows {
  const deps = flowDeps(parts, keeping);
  const { at } = parts.upstreams.everyPacs;
  const depsOf = onceForEach((one: OpenPacs) => ({ ...deps, ...one }));
  const registerFlows = bindRegisterFlows(parts);
  const { performAct } = registerFlows;
  return {
    ...registerFlows,
    ...bindResultFlows(parts),
    ...bindWorkitemFlows(deps),
    ...bindAnswerFlows(deps),
    ...bindDueFlows(parts.config, { ...deps, ...parts.due, performAct }),
    explainCase: (input, signal) => explainCase(deps, input, signal),
    whoAmI: (input, signal) => whoAmI(deps, input, signal),
    whoCalls: (input, signal) => whoCalls(deps, input, signal),
    whoSignedIn: (input, signal) => whoSignedIn(deps, input, signal),
    listModels: (input, signal) => listModels(deps, input, signal),
    listLabelModels: (input, signal) => listLabelModels(deps, input, signal),
    listTensorModels: (input, signal) => listTensorModels(deps, input, signal),
    findSeriesStudy: (input, signal) => findSeriesStudy(deps, input, signal),
    runInference: (input, signal) => runOnce(deps, input, signal),
    recordDisposition: (input, signal) => recordDisposition(deps, input, signal),
    listCases: (input, signal) => listCases(deps, input, signal),
    readMyCase: (input, signal) => readMyCase(deps, input, signal),
    readCaseLog: (input, signal) => readCaseLog(deps, input, signal),
    exportCaseLog: (input, signal) => exportCaseLog(deps, input, signal),
    readVerification: (input, signal) => readVerification(deps, input, signal),
    readDrift: (input, signal) => readDrift(deps, input, signal),
    createOneTimeCode: (input, signal) => createOneTimeCode(deps, input, signal),
    checkReadiness: (signal) => checkReadiness(deps, signal),
    search: (input, signal) => at(input.pacs, (one) => search(depsOf(one), input, signal)),
    retrieve: (input, signal) => at(input.pacs, (one) => retrieve(depsOf(one), input, signal)),
    storeObjects: (input, signal) => at(input.pacs, (one) => storeObjects(depsOf(one), input, signal)),
  };
}

/** Makes something of each object the first time it is asked for. */
function onceForEach<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

/** Acts after so many ms, unless it is called off. */
function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms);
  return () => {
    clearTimeout(timer);
  };
}

/** What flows need from outside; each takes what it needs. */
function flowDeps(parts: Parts, { inFlight, policyWatch, accesses, endpoints }: HouseKeeping) {
  const { config, caseLog, register, drift, upstreams } = parts;
  return {
    identity: parts.identity.verifier,
    studyTokens: parts.identity.studyTokens,
    creators: parts.identity,
    codes: parts.identity.codes,
    register: endpoints.registerOf(register),
    prober: endpoints.prober,
    locks: endpoints.locks,
    caseLog,
    caseLogReader: caseLog,
    drift,
    driftReader: drift,
    ...upstreams,
    holders: upstreams.everyPacs.holders,
    studiesAnywhere: upstreams.studies,
    ...bindResultObjects(parts, endpoints.registerOf(register)),
    storedResults: parts.storedResults,
    workitems: parts.workitems,
    subscriptions: parts.subscriptions,
    events: parts.events,
    resultsIndex: parts.resultsIndex,
    words: parts.words,
    holds: openHolds(parts),
    sealed: parts.sealed,
    waiting: parts.waiting,
    storingProfessions: config.store.people,
    inFlight,
    repeatedCalls: createRepeatedCalls(clock),
    accesses,
    after,
    clock,
    ids,
    health: healthProbe(parts, { policyWatch, endpoints }),
    dicomwebUrl: config.ai.dicomwebUrl ?? `${config.publicUrl}/dicom-web`,
  };
}

function healthProbe(
  { caseLog, register, drift, identity, upstreams }: Parts,
  { policyWatch, endpoints }: Pick<HouseKeeping, 'policyWatch' | 'endpoints'>,
): HealthProbe {
  return {
    states: async (signal) => [
      register.state(),
      caseLog.state(),
      await identity.state(),
      drift.state(),
      policyWatch.state(),
      endpoints.probes.state(),
      ...(await upstreams.everyPacs.ping(signal)),
    ],
  };
}

/** Closes cases that were left without an outcome: first those of this node, then whatever stays open. Never rejects. */
function createSweep(
  { config, caseLog, drift, logger, workitems }: Parts,
  inFlight: InFlightCases,
): () => Promise<void> {
  const isInFlight = (id: CaseId): boolean => inFlight.has(id);
  const isOurs = ({ node }: { readonly node: string }): boolean => node === config.node;
  const { awaits: isAwaited } = workitems;
  const deps = { caseLogReader: caseLog, caseLog, clock, drift, isInFlight, isOurs, isAwaited };
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
export async function keepHouse(parts: Parts, keeping: HouseKeeping, closing: Closing): Promise<void> {
  const { drift, logger } = parts;
  const { inFlight, policyWatch, accesses, endpoints } = keeping;
  const sweep = createSweep(parts, inFlight);
  const finish = createFinisher(parts);
  await finish();
  const keepSaid = keepWhatWasSaid(parts);
  await keepSaid();
  let isTaken = false;
  // Before its own is taken a node is only behind itself.
  const takeAndCompare = async (): Promise<void> => {
    isTaken ||= await takePolicyInUse(parts, parts.given);
    if (isTaken) await policyWatch.look();
  };
  await takeAndCompare();
  closing.push(await keepDue({ ...parts, ...parts.due, clock }));
  await sweep();
  drift.count();
  const rounds = [
    { everyMs: MINUTE_MS, name: 'closing orphaned cases', act: sweep },
    { everyMs: MINUTE_MS, name: 'sweeping workitems', act: workitemSweep(parts) },
    { everyMs: MINUTE_MS, name: 'ending what nobody co-signed', act: sealedSweep(parts) },
    { everyMs: MINUTE_MS, name: 'comparing the policy', act: takeAndCompare },
    { everyMs: FINISH_MS, name: 'finishing what was begun', act: finish },
    { everyMs: FINISH_MS, name: 'keeping what was said of results', act: keepSaid },
    { everyMs: FINISH_MS, name: 'recording who read what', act: () => accesses.again() },
    ...endpoints.rounds,
    { everyMs: CATCH_UP_MS, name: 'counting for drift', act: () => drift.count() },
    // Counters are derived: once a day they are held against the log they come from. And the register's every row against who agreed to it.
    { everyMs: DAY_MS, name: 'counting all of drift anew', act: () => drift.rebuild() },
    { everyMs: DAY_MS, name: 'auditing the register', act: () => auditRegister(parts) },
  ];
  closing.push(keepRounds(rounds, { logger }));
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
