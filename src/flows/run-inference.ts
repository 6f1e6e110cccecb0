import { decide, type Decision, type Question } from '../domain/decide.ts';
import { GatewayError, NotPermitted } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { Receipt } from '../domain/log-entry.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { EndpointFunction } from '../domain/words.ts';
import { identifyPerson } from './identify-person.ts';
import type { InferenceCase, InferenceDeps, InferenceRequest } from './inference-case.ts';
import { failureProblem } from './inference-problem.ts';
import { openCase } from './open-case.ts';
import type { InferenceAnswer } from './ports.ts';
import { recordDecision, recordFailure, recordHeldBack, recordOutcome } from './write-case.ts';

export interface ReleasedResult {
  readonly caseId: CaseId;
  readonly receipt: Receipt;
  readonly function: EndpointFunction;
  /** The endpoint's answer in its protocol's own shape. */
  readonly body: Readonly<Record<string, unknown>>;
}

type Outcome = Extract<InferenceAnswer, { kind: 'result' }>;
/** A case that may run: what permitted it, and where. */
interface Permission {
  readonly decision: Decision;
  readonly binding: EndpointBinding;
}
/** What was decided at release, and the case as it was asked then: who asked may have signed in anew meanwhile. */
interface Rejudged {
  readonly decision: Decision;
  readonly asked: InferenceCase;
}

/** A study token outlives the endpoint's deadline by this much; it is revoked as soon as the call is over. */
const TOKEN_GRACE_MS = 5_000;

/**
 * Runs one exact model version on one study for one person. Written down before it runs and again before its result is
 * let out: no record, no call; no record, no result.
 * Throws NotIdentified, BadRequest, NotPermitted (with the case), GatewayError of the endpoint's failure (with the
 * case), the PACS's fault when it cannot say what the study is (with the case), RegisterUnavailable, CaseLogUnavailable,
 * GatewayError('case-closed') when the case was closed as orphaned before the call was over.
 */
export async function runInference(
  deps: InferenceDeps,
  request: InferenceRequest,
  signal: AbortSignal,
): Promise<ReleasedResult> {
  const opened = await openCase(deps, request, signal);
  const over = deps.inFlight.begin(opened.id);
  try {
    const permission = await permit(deps, opened);
    const answer = await callEndpoint(deps, opened, permission, signal);
    return await release(deps, opened, { permission, answer }, signal);
  } finally {
    over();
  }
}

/** Decides, and writes down the intent or the refusal. */
async function permit(deps: InferenceDeps, opened: InferenceCase): Promise<Permission> {
  const decision = decide(opened.question, deps.register.snapshot(), deps.clock.nowMs());
  const binding = decision.permitted ? decision.binding : undefined;
  await recordDecision(deps, opened, {
    decision,
    kind: binding === undefined ? 'case.refused' : 'case.intent',
  });
  if (binding !== undefined) return { decision, binding };
  deps.drift.count();
  throw new NotPermitted(decision.reasons, opened.id);
}

/** One attempt. Whatever goes wrong, the case is closed as failed before anybody is told. */
async function callEndpoint(
  deps: InferenceDeps,
  opened: InferenceCase,
  permission: Permission,
  signal: AbortSignal,
): Promise<Outcome> {
  let answer: InferenceAnswer;
  try {
    answer = await infer(deps, opened, permission.binding, signal);
  } catch (cause: unknown) {
    return await fail(deps, opened, permission.decision, { fault: withCase(cause, opened.id) });
  }
  if (answer.kind === 'result') return answer;
  const { failure, durationMs } = answer;
  const fault = failureProblem(failure, opened.id);
  return await fail(deps, opened, permission.decision, { fault, err: failure, durationMs });
}

async function infer(
  deps: InferenceDeps,
  opened: InferenceCase,
  binding: EndpointBinding,
  signal: AbortSignal,
): Promise<InferenceAnswer> {
  const { study, body } = opened.request;
  const call = { binding, caseId: opened.id, study, body };
  if (binding.input === 'caller') return await deps.inference.infer(call, signal);
  const ttlMs = binding.timeoutMs + TOKEN_GRACE_MS;
  const token = await deps.studyTokens.issue({ study, caseId: opened.id, ttlMs });
  try {
    const studyAccess = { dicomwebUrl: dicomwebUrlOf(deps, opened), token };
    return await deps.inference.infer({ ...call, studyAccess }, signal);
  } finally {
    await deps.studyTokens.revoke(token);
  }
}

/** Where the endpoint reads the study: at the PACS that told what it is. */
function dicomwebUrlOf({ dicomwebUrl }: InferenceDeps, { question }: InferenceCase): string {
  const { pacs } = question.study ?? {};
  return pacs === undefined ? dicomwebUrl : `${dicomwebUrl}/${pacs}`;
}

async function fail(
  deps: InferenceDeps,
  opened: InferenceCase,
  decision: Decision,
  what: { readonly fault: GatewayError; readonly err?: string; readonly durationMs?: number },
): Promise<never> {
  const { fault, err = fault.code, durationMs } = what;
  await recordFailure(deps, opened, { decision, err, ...(durationMs === undefined ? {} : { durationMs }) });
  deps.drift.count();
  throw fault;
}

/**
 * Asks anew who it is for, decides anew with what the endpoint attested, records, looks once more, and only then lets the result
 * out.
 */
async function release(
  deps: InferenceDeps,
  opened: InferenceCase,
  { permission, answer }: { readonly permission: Permission; readonly answer: Outcome },
  signal: AbortSignal,
): Promise<ReleasedResult> {
  const attested = attestedBy(answer);
  const atRelease = await decideAgain(deps, opened, attested, signal);
  if (atRelease instanceof GatewayError) {
    const { durationMs } = answer;
    return await fail(deps, opened, permission.decision, { fault: atRelease, durationMs });
  }
  const { decision, asked } = atRelease;
  const receipt = await recordOutcome(deps, asked, decision, answer);
  deps.drift.count();
  if (!decision.permitted) throw withheld(decision, opened.id);
  await lastLook(deps, opened, { attested, atRelease }, signal);
  return { caseId: opened.id, receipt, function: permission.binding.function, body: answer.body };
}

function attestedBy(answer: Outcome): NonNullable<Question['attested']> {
  return {
    ...(answer.attestedModel === undefined ? {} : { model: answer.attestedModel }),
    ...(answer.attestedVersion === undefined ? {} : { version: answer.attestedVersion }),
  };
}

/**
 * Whoever asked may have signed out, locked or been suspended while the endpoint worked, and the register may have gone: what
 * cannot be decided is not let out.
 */
async function decideAgain(
  deps: InferenceDeps,
  opened: InferenceCase,
  attested: NonNullable<Question['attested']>,
  signal: AbortSignal,
): Promise<Rejudged | GatewayError> {
  try {
    const { evidence } = opened.request;
    const caller = await identifyPerson(deps, { evidence, scope: 'ai' }, signal);
    const question = { ...opened.question, caller, attested };
    const decision = decide(question, deps.register.snapshot(), deps.clock.nowMs());
    return { decision, asked: { ...opened, question, subject: { ...opened.subject, caller, attested } } };
  } catch (cause: unknown) {
    return withCase(cause, opened.id);
  }
}

/** A stop-use or a sign-out may have come while the outcome was being written: then the result stays in, and that is on record too. */
async function lastLook(
  deps: InferenceDeps,
  opened: InferenceCase,
  at: { readonly attested: NonNullable<Question['attested']>; readonly atRelease: Rejudged },
  signal: AbortSignal,
): Promise<void> {
  const now = await decideAgain(deps, opened, at.attested, signal);
  if (now instanceof GatewayError) {
    const { asked, decision } = at.atRelease;
    await recordHeldBack(deps, asked, { decision, err: now.code });
    deps.drift.count();
    throw now;
  }
  if (now.decision.permitted) return;
  await recordHeldBack(deps, now.asked, { decision: now.decision });
  deps.drift.count();
  throw withheld(now.decision, opened.id);
}

function withheld(decision: Decision, caseId: CaseId): GatewayError {
  const attestation = decision.reasons.find((reason) => reason.code.startsWith('attestation-'));
  if (attestation === undefined) return new NotPermitted(decision.reasons, caseId);
  return new GatewayError('attestation-mismatch', {
    detail: attestation.text,
    reasons: decision.reasons,
    caseId,
  });
}

/** The same fault, saying which case it stands in. */
function withCase(cause: unknown, caseId: CaseId): GatewayError {
  if (!(cause instanceof GatewayError)) return new GatewayError('internal', { caseId, cause });
  return new GatewayError(cause.code, { detail: cause.detail, reasons: cause.reasons, caseId, cause });
}
