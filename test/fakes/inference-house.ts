import { GatewayError } from '../../src/domain/errors.ts';
import { parseCaseId, type CaseId } from '../../src/domain/identifiers.ts';
import type { LogEntry } from '../../src/domain/log-entry.ts';
import type { Caller } from '../../src/domain/principal.ts';
import type { EndpointBinding, RegisterSnapshot } from '../../src/domain/register.ts';
import type { Mismatch, ProbeAnswer } from '../../src/flows/ports-attestation.ts';
import type { SeriesFacts } from '../../src/domain/dicom/series-facts.ts';
import type { StudyContext } from '../../src/domain/dicom/study-context.ts';
import { createInFlightCases } from '../../src/flows/in-flight-cases.ts';
import type { InferenceDeps, InferenceRequest } from '../../src/flows/inference-case.ts';
import type { InferenceAnswer, InferenceCall } from '../../src/flows/ports-inference.ts';
import type { StudyNeeds } from '../../src/flows/study-needs.ts';
import type { ResultOrder } from '../../src/flows/write-result-object.ts';
import { createFixedIdentity } from './fixed-identity.ts';
import { createMemorySealedResults } from './memory-sealed-results.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from './memory-case-log.ts';
import { aPrincipal, aRegister, aStudy, MODEL, NOW, VERSION } from './register-builder.ts';

/** The session of the ready-made radiologist. */
export const SESSION = 'radiologist-session';

/** Of the event loop: as many as a call over loopback may need until its flow waits. */
const MOST_TURNS = 100_000;

type Result = Extract<InferenceAnswer, { kind: 'result' }>;

/** What the ready-made endpoint answers, with these members in place of its own. */
export function aResult(changes: Partial<Result> = {}): Result {
  return {
    kind: 'result',
    attestedModel: 'nodules',
    attestedVersion: '3',
    body: { model_name: 'nodules', model_version: '3', outputs: [] },
    digest: `sha256:${'d'.repeat(64)}`,
    score: 0.75,
    finding: 'nodule',
    durationMs: 41.6,
    ...changes,
  };
}

/** The ready-made radiologist's call of the ready-made version on the ready-made study. */
export function aRequest(changes: Partial<InferenceRequest> = {}): InferenceRequest {
  return {
    evidence: { sessionToken: SESSION },
    requestId: 'request-1',
    model: MODEL,
    version: VERSION,
    function: undefined,
    study: aStudy().studyInstanceUid,
    input: 'study',
    inputDigest: undefined,
    protocol: 'oip-v2',
    payload: { kind: 'study' },
    ...changes,
  };
}

type Probe = (binding: EndpointBinding) => ProbeAnswer;
type Infer = (call: InferenceCall, signal: AbortSignal) => InferenceAnswer | Promise<InferenceAnswer>;

/** Everything around an AI call, in memory; what can go wrong is switched on by a method. */
export interface InferenceHouse {
  readonly deps: InferenceDeps;
  readonly log: MemoryCaseLog;
  readonly calls: readonly InferenceCall[];
  /** Objects that were to be made of results. */
  readonly orders: readonly ResultOrder[];
  readonly sealed: ReturnType<typeof createMemorySealedResults>;
  /** Study tokens that have been issued and not revoked. */
  readonly livingTokens: ReadonlySet<string>;
  readonly counts: () => number;
  readonly setRegister: (snapshot: RegisterSnapshot | Error) => void;
  /** Who the session turns out to be from now on, or why nobody. */
  readonly setCaller: (caller: Caller | Error) => void;
  readonly setStudy: (study: StudyContext | Error) => void;
  /** How this series was made, for calls that name it. */
  readonly nameSeries: (uid: string, facts: SeriesFacts) => void;
  /** What the endpoint does from now on. */
  readonly onInfer: (infer: Infer) => void;
  /** What the endpoint says from now on when it is asked beside a call. */
  readonly onProbe: (probe: Probe) => void;
  /** What was reported as an endpoint that is not what the register says. */
  readonly mismatches: readonly Mismatch[];
  readonly refuseTokens: () => void;
  /** What waits for time to pass; none does by itself. */
  readonly waits: ReadonlySet<() => void>;
  /** Waits until something waits; then its time has passed, and it has acted. */
  readonly letTimePass: () => Promise<void>;
  /** Kinds of the log's entries, in order. */
  readonly kinds: () => readonly string[];
  readonly last: () => LogEntry;
}

interface Options {
  readonly register?: RegisterSnapshot;
  readonly people?: Readonly<Record<string, Caller>>;
}

/**
 * A house where the ready-made call succeeds. Its endpoint throws when it is called without a durable intent: no record,
 * no call, whatever is being tested.
 */
export function createInferenceHouse(options: Options = {}): InferenceHouse {
  const log = createMemoryCaseLog();
  const calls: InferenceCall[] = [];
  const orders: ResultOrder[] = [];
  const sealed = createMemorySealedResults();
  const livingTokens = new Set<string>();
  let [cases, ids, counts] = [0, 0, 0];
  let snapshot: RegisterSnapshot | Error = options.register ?? aRegister();
  let caller: Caller | Error | undefined;
  const people = createFixedIdentity(options.people ?? { [SESSION]: aPrincipal() });
  let study: StudyContext | Error = aStudy();
  const named = new Map<string, SeriesFacts>();
  const seriesAsked = ({ named: uid }: StudyNeeds, all: StudyContext['series']): Partial<StudyContext> => {
    const one = uid === undefined ? undefined : named.get(uid);
    if (one !== undefined) return { series: [one], seriesNamed: true };
    return all === undefined ? {} : { series: all };
  };
  let infer: Infer = () => aResult();
  const mismatches: Mismatch[] = [];
  let probe: Probe = ({ endpointModel: model, endpointVersion: version }) => ({
    kind: 'attested',
    model,
    version,
  });
  let refusesTokens = false;
  const waits = new Set<() => void>();
  const deps: InferenceDeps = {
    identity: {
      verifyEvidence: async (evidence, signal) =>
        caller === undefined ? await people.verifyEvidence(evidence, signal) : orThrow(caller),
    },
    register: { snapshot: () => orThrow(snapshot) },
    studies: {
      studyContext: async (uid, signal, needs) => {
        signal.throwIfAborted();
        const { series, ...context } = orThrow(study);
        const asked = needs?.series === true ? seriesAsked(needs, series) : {};
        return { ...context, studyInstanceUid: uid, ...asked };
      },
    },
    caseLog: log,
    inference: {
      infer: async (call, signal) => {
        const intent = log.all().find(({ kind, caseId }) => kind === 'case.intent' && caseId === call.caseId);
        if (intent === undefined) throw new Error('the endpoint was called without an intent on record');
        calls.push(call);
        return await infer(call, signal);
      },
    },
    prober: { probe: (binding) => Promise.resolve(probe(binding)) },
    locks: { report: (mismatch) => void mismatches.push(mismatch), over: (register) => register },
    studyTokens: {
      issue: ({ caseId }) => {
        if (refusesTokens)
          return Promise.reject(new GatewayError('overloaded', { detail: 'Too many calls (test).' }));
        livingTokens.add(`token-of-${caseId}`);
        return Promise.resolve(`token-of-${caseId}`);
      },
      revoke: (token) => {
        livingTokens.delete(token);
        return Promise.resolve();
      },
    },
    sealed,
    writeResultObject: async (order) => {
      orders.push(order);
      return { kind: 'stored', sopInstanceUid: '1.2.3', sopClassUid: '1.2.4' };
    },
    drift: { count: () => void (counts += 1) },
    clock: { nowMs: () => NOW, monotonicMs: () => 0 },
    after: (_ms, act) => {
      waits.add(act);
      return () => void waits.delete(act);
    },
    ids: { newCaseId: () => aCaseId((cases += 1)), newId: () => `id-${String((ids += 1))}` },
    inFlight: createInFlightCases(),
    dicomwebUrl: 'http://gateway.test/dicom-web',
  };
  return {
    deps,
    log,
    calls,
    orders,
    sealed,
    livingTokens,
    counts: () => counts,
    setRegister: (next) => void (snapshot = next),
    setCaller: (next) => void (caller = next),
    setStudy: (next) => void (study = next),
    nameSeries: (uid, facts) => void named.set(uid, facts),
    onInfer: (next) => void (infer = next),
    onProbe: (next) => void (probe = next),
    mismatches,
    refuseTokens: () => void (refusesTokens = true),
    waits,
    letTimePass: async () => {
      const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
      for (let turns = 0; waits.size === 0; turns += 1) {
        if (turns > MOST_TURNS) throw new Error('nothing waits');
        await turn();
      }
      for (const act of waits) {
        waits.delete(act);
        act();
      }
      await turn();
    },
    kinds: () => log.all().map(({ kind }) => kind),
    last: () => known(log.all().at(-1)),
  };
}

/** The nth case of a house, from 1. */
export function aCaseId(number: number): CaseId {
  return known(parseCaseId(`c-00000000-0000-4000-8000-${String(number).padStart(12, '0')}`));
}

function orThrow<T>(value: T | Error): T {
  if (value instanceof Error) throw value;
  return value;
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is none');
  return value;
}
