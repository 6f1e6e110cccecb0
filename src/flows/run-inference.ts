import { caseFacts, casePersonal, type CaseSubject } from '../domain/case-facts.ts';
import { decide, type Decision, type Question } from '../domain/decide.ts';
import { CaseLogUnavailable, GatewayError, NotPermitted } from '../domain/errors.ts';
import type { CaseId, ModelName, StudyUid, VersionString } from '../domain/identifiers.ts';
import { reasonCodes, type EntryFacts, type Receipt } from '../domain/log-entry.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { EndpointFunction, InputSource } from '../domain/words.ts';
import { failureProblem } from './inference-problem.ts';
import { identifyPerson } from './identify-person.ts';
import { outputFacts } from './output-facts.ts';
import type {
  CaseLogAppender,
  Clock,
  DriftCounter,
  IdentityVerifier,
  Ids,
  InferenceAnswer,
  InferenceClient,
  LoginEvidence,
  RegisterReader,
  StudyContextReader,
  StudyTokens,
} from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly studies: StudyContextReader;
  readonly caseLog: CaseLogAppender;
  readonly inference: InferenceClient;
  readonly studyTokens: StudyTokens;
  readonly drift: DriftCounter;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The gateway's DICOMweb base as AI endpoints reach it. */
  readonly dicomwebUrl: string;
}

/** A call as an edge parsed it: everything validated, nothing decided. */
export interface InferenceRequest {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly model: ModelName;
  readonly version: VersionString;
  /** Which function is asked for; may be left out where the version serves exactly one. */
  readonly function: EndpointFunction | undefined;
  readonly study: StudyUid;
  readonly input: InputSource;
  /** `sha256:<hex>` over the caller's tensors, where there are any. */
  readonly inputDigest: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ReleasedResult {
  readonly caseId: CaseId;
  readonly receipt: Receipt;
  readonly function: EndpointFunction;
  /** The endpoint's answer in its protocol's own shape. */
  readonly body: Readonly<Record<string, unknown>>;
}

type Outcome = Extract<InferenceAnswer, { kind: 'result' }>;

/** One case while it is being worked on. */
interface Case {
  readonly id: CaseId;
  readonly intentId: string;
  readonly question: Question;
  readonly subject: CaseSubject;
  readonly request: InferenceRequest;
}

/**
 * Runs one exact model version on one study for one person. Written down before it runs and again before its result is
 * let out: no record, no call; no record, no result.
 * Throws NotIdentified, NotPermitted (with the case), GatewayError of the endpoint's failure (with the case),
 * UpstreamFault when the PACS cannot say what the study is, RegisterUnavailable, CaseLogUnavailable.
 */
export async function runInference(
  deps: Deps,
  request: InferenceRequest,
  signal: AbortSignal,
): Promise<ReleasedResult> {
  const opened = await openCase(deps, request, signal);
  const before = decide(opened.question, deps.register.snapshot(), deps.clock.nowMs());
  await recordDecision(deps, opened, before);
  if (!before.permitted || before.binding === undefined) throw new NotPermitted(before.reasons, opened.id);
  const answer = await callEndpoint(deps, opened, before.binding, signal);
  if (answer.kind === 'failed') return await closeAsFailed(deps, opened, before, answer);
  return await release(deps, opened, before, answer);
}

async function openCase(deps: Deps, request: InferenceRequest, signal: AbortSignal): Promise<Case> {
  const caller = await identifyPerson(deps, request.evidence, signal);
  const fn = request.function ?? onlyFunction(deps, request);
  const id = deps.ids.newCaseId();
  const base = { caller, function: fn, model: request.model, version: request.version };
  const subject = {
    ...base,
    studyInstanceUid: request.study,
    inputFrom: request.input,
    ...(request.inputDigest === undefined ? {} : { inputDigest: request.inputDigest }),
  };
  const opened = { id, intentId: deps.ids.newId(), request };
  try {
    const study = await deps.studies.studyContext(request.study, signal);
    return { ...opened, question: { ...base, study, input: request.input }, subject: { ...subject, study } };
  } catch (cause: unknown) {
    const blind = { ...opened, question: { ...base, study: undefined, input: request.input } };
    throw await refuseBlind(deps, { ...blind, subject: { ...subject, study: undefined } }, cause);
  }
}

/** The PACS cannot say what the study is: input checks fail closed, and the refusal is on record like any other. */
async function refuseBlind(deps: Deps, opened: Case, cause: unknown): Promise<GatewayError> {
  const decision = decide(opened.question, deps.register.snapshot(), deps.clock.nowMs());
  const facts = caseFacts(opened.subject, decision, deps.clock.nowMs());
  await append(deps, opened, decision, { kind: 'case.refused', facts: { ...facts, err: 'study-context' } });
  deps.drift.count();
  const fault = cause instanceof GatewayError ? cause : new GatewayError('internal', { cause });
  return new GatewayError(fault.code, { detail: fault.detail, caseId: opened.id, cause });
}

/** The one function a version serves; a version with several must be asked by name. Unknown versions go on, to be refused on record. */
function onlyFunction(deps: Deps, request: InferenceRequest): EndpointFunction {
  const known = deps.register.snapshot().modelVersion(request.model, request.version);
  const functions = known?.endpoints.map((endpoint) => endpoint.function) ?? [];
  const [only, ...others] = functions;
  if (others.length > 0) {
    throw new GatewayError('bad-request', {
      detail: `This version serves several functions. Name one in parameters.function: ${functions.join(', ')}.`,
    });
  }
  return only ?? 'detection';
}

async function recordDecision(deps: Deps, opened: Case, decision: Decision): Promise<void> {
  const facts = caseFacts(opened.subject, decision, deps.clock.nowMs());
  await append(deps, opened, decision, { kind: decision.permitted ? 'case.intent' : 'case.refused', facts });
  if (!decision.permitted) deps.drift.count();
}

async function callEndpoint(
  deps: Deps,
  opened: Case,
  binding: EndpointBinding,
  signal: AbortSignal,
): Promise<InferenceAnswer> {
  const { study, body } = opened.request;
  const call = { binding, caseId: opened.id, study, body };
  if (binding.input === 'caller') return await deps.inference.infer(call, signal);
  const token = deps.studyTokens.issue({ study, caseId: opened.id, ttlMs: binding.timeoutMs + 5_000 });
  try {
    return await deps.inference.infer({ ...call, studyAccess: { dicomwebUrl: deps.dicomwebUrl, token } }, signal);
  } finally {
    deps.studyTokens.revoke(token);
  }
}

async function closeAsFailed(
  deps: Deps,
  opened: Case,
  before: Decision,
  answer: Extract<InferenceAnswer, { kind: 'failed' }>,
): Promise<never> {
  const facts: EntryFacts = {
    ...caseFacts(opened.subject, before, deps.clock.nowMs()),
    release: { action: 'withheld', reasons: [] },
    timing: { endpointMs: Math.round(answer.durationMs) },
    err: answer.failure,
  };
  await append(deps, opened, before, { kind: 'case.outcome', facts });
  deps.drift.count();
  throw failureProblem(answer.failure, opened.id);
}

/** Decides anew with what the endpoint attested, records, looks once more, and only then lets the result out. */
async function release(deps: Deps, opened: Case, before: Decision, answer: Outcome): Promise<ReleasedResult> {
  const question = { ...opened.question, attested: attestedBy(answer) };
  const atRelease = decide(question, deps.register.snapshot(), deps.clock.nowMs());
  const receipt = await recordOutcome(deps, opened, atRelease, answer);
  deps.drift.count();
  if (!atRelease.permitted) throw withheld(atRelease, opened.id);
  await lastLook(deps, opened, question);
  const body = answer.body;
  return { caseId: opened.id, receipt, function: before.binding?.function ?? 'detection', body };
}

function attestedBy(answer: Outcome): NonNullable<Question['attested']> {
  return {
    ...(answer.attestedModel === undefined ? {} : { model: answer.attestedModel }),
    ...(answer.attestedVersion === undefined ? {} : { version: answer.attestedVersion }),
  };
}

async function recordOutcome(deps: Deps, opened: Case, decision: Decision, answer: Outcome): Promise<Receipt> {
  const base = caseFacts(opened.subject, decision, deps.clock.nowMs());
  const { attestedModel, attestedVersion } = answer;
  const codes = reasonCodes(decision.reasons);
  const facts: EntryFacts = {
    ...base,
    model: {
      ...(base.model ?? { id: opened.request.model, version: opened.request.version }),
      ...(attestedVersion === undefined ? {} : { attested: `${attestedModel ?? ''}@${attestedVersion}` }),
    },
    release: { action: decision.permitted ? 'released' : 'withheld', reasons: codes },
    ...(decision.permitted ? { output: outputFacts(answer, decision.modelVersion) } : { err: 'withheld' }),
    timing: { endpointMs: Math.round(answer.durationMs) },
  };
  return await append(deps, opened, decision, { kind: 'case.outcome', facts });
}

/** A stop-use may have come while the outcome was being written: then the result stays in, and that is on record too. */
async function lastLook(deps: Deps, opened: Case, question: Question): Promise<void> {
  const decision = decide(question, deps.register.snapshot(), deps.clock.nowMs());
  if (decision.permitted) return;
  const facts: EntryFacts = {
    ...caseFacts(opened.subject, decision, deps.clock.nowMs()),
    release: { action: 'withheld', reasons: reasonCodes(decision.reasons) },
  };
  await append(deps, opened, decision, { kind: 'case.release', facts });
  throw withheld(decision, opened.id);
}

function withheld(decision: Decision, caseId: CaseId): GatewayError {
  const attestation = decision.reasons.find((reason) => reason.code.startsWith('attestation-'));
  if (attestation === undefined) return new NotPermitted(decision.reasons, caseId);
  return new GatewayError('attestation-mismatch', { detail: attestation.text, reasons: decision.reasons, caseId });
}

async function append(
  deps: Deps,
  opened: Case,
  decision: Decision,
  entry: { readonly kind: 'case.intent' | 'case.refused' | 'case.outcome' | 'case.release'; readonly facts: EntryFacts },
): Promise<Receipt> {
  const { kind, facts } = entry;
  const first = kind === 'case.intent' || kind === 'case.refused';
  try {
    return await deps.caseLog.append({
      id: first ? opened.intentId : `${opened.intentId}:${kind}`,
      kind,
      caseId: opened.id,
      ...(first ? {} : { intent: opened.intentId }),
      requestId: opened.request.requestId,
      facts,
      personal: casePersonal(opened.subject, decision),
      retainClass: 'imaging-record',
    });
  } catch (cause: unknown) {
    throw new CaseLogUnavailable('The case could not be written down, so no AI result can be shown.', cause, opened.id);
  }
}
