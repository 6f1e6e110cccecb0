import { GatewayError } from '../../src/domain/errors.ts';
import { parseCaseId, type CaseId } from '../../src/domain/identifiers.ts';
import type { LogEntry } from '../../src/domain/log-entry.ts';
import type { Caller } from '../../src/domain/principal.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import type { StudyContext } from '../../src/domain/dicom/study-context.ts';
import { createInFlightCases } from '../../src/flows/in-flight-cases.ts';
import type { InferenceDeps, InferenceRequest } from '../../src/flows/inference-case.ts';
import type { InferenceAnswer, InferenceCall } from '../../src/flows/ports.ts';
import { createFixedIdentity } from './fixed-identity.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from './memory-case-log.ts';
import { aPrincipal, aRegister, aStudy, MODEL, NOW, VERSION } from './register-builder.ts';

/** The session of the ready-made radiologist. */
export const SESSION = 'radiologist-session';

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
    body: {},
    ...changes,
  };
}

type Infer = (call: InferenceCall, signal: AbortSignal) => InferenceAnswer | Promise<InferenceAnswer>;

/** Everything around an AI call, in memory; what can go wrong is switched on by a method. */
export interface InferenceHouse {
  readonly deps: InferenceDeps;
  readonly log: MemoryCaseLog;
  readonly calls: readonly InferenceCall[];
  /** Study tokens that have been issued and not revoked. */
  readonly livingTokens: ReadonlySet<string>;
  readonly counts: () => number;
  readonly setRegister: (snapshot: RegisterSnapshot | Error) => void;
  /** Who the session turns out to be from now on, or why nobody. */
  readonly setCaller: (caller: Caller | Error) => void;
  readonly setStudy: (study: StudyContext | Error) => void;
  /** What the endpoint does from now on. */
  readonly onInfer: (infer: Infer) => void;
  readonly refuseTokens: () => void;
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
  const livingTokens = new Set<string>();
  let [cases, ids, counts] = [0, 0, 0];
  let snapshot: RegisterSnapshot | Error = options.register ?? aRegister();
  let caller: Caller | Error | undefined;
  const people = createFixedIdentity(options.people ?? { [SESSION]: aPrincipal() });
  let study: StudyContext | Error = aStudy();
  let infer: Infer = () => aResult();
  let refusesTokens = false;
  const deps: InferenceDeps = {
    identity: {
      verifyEvidence: async (evidence, signal) =>
        caller === undefined ? await people.verifyEvidence(evidence, signal) : orThrow(caller),
    },
    register: { snapshot: () => orThrow(snapshot) },
    studies: {
      studyContext: async (uid, signal) => {
        signal.throwIfAborted();
        return { ...orThrow(study), studyInstanceUid: uid };
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
    drift: { count: () => void (counts += 1) },
    clock: { nowMs: () => NOW, monotonicMs: () => 0 },
    ids: { newCaseId: () => aCaseId((cases += 1)), newId: () => `id-${String((ids += 1))}` },
    inFlight: createInFlightCases(),
    dicomwebUrl: 'http://gateway.test/dicom-web',
  };
  return {
    deps,
    log,
    calls,
    livingTokens,
    counts: () => counts,
    setRegister: (next) => void (snapshot = next),
    setCaller: (next) => void (caller = next),
    setStudy: (next) => void (study = next),
    onInfer: (next) => void (infer = next),
    refuseTokens: () => void (refusesTokens = true),
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
