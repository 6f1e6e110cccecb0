import type { Decision } from '../domain/decide.ts';
import { GatewayError } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EndpointBinding, ModelVersion } from '../domain/register.ts';
import { callAttested, reportIfWrong } from './attest-call.ts';
import type { InferenceCase, InferenceDeps } from './inference-case.ts';
import { failureProblem } from './inference-problem.ts';
import type { InferenceAnswer, InferenceResult, InferenceStream } from './ports-inference.ts';
import { recordFailure } from './write-case.ts';

/** A case that may run: what permitted it, and where. */
export interface Permission {
  readonly decision: Decision;
  readonly binding: EndpointBinding;
  readonly version: ModelVersion;
}

/** What is to be undone once the call is over, however it ended. */
export interface LooseEnds {
  readonly add: (tie: () => void | Promise<void>) => void;
  /** Never rejects as long as nothing added does. */
  readonly tie: () => Promise<void>;
}

/** A study token outlives the endpoint's deadline by this much; it is revoked as soon as the call is over. */
const TOKEN_GRACE_MS = 5_000;

/** No loose ends yet. */
export function createLooseEnds(): LooseEnds {
  const ends: (() => void | Promise<void>)[] = [];
  return {
    add: (tie) => void ends.push(tie),
    tie: async () => {
      for (const end of ends.splice(0).toReversed()) await end();
    },
  };
}

/** One attempt. Whatever goes wrong, the case is closed as failed before anybody is told. Throws GatewayError with the case. */
export async function callEndpoint(
  deps: InferenceDeps,
  opened: InferenceCase,
  { permission, ends }: { readonly permission: Permission; readonly ends: LooseEnds },
  signal: AbortSignal,
): Promise<InferenceResult | InferenceStream> {
  let answer: InferenceAnswer;
  try {
    const call = (): Promise<InferenceAnswer> =>
      infer(deps, opened, { binding: permission.binding, ends }, signal);
    answer = await callAttested(deps, { ...permission, caseId: opened.id }, call, signal);
  } catch (cause: unknown) {
    return await failCase(deps, opened, permission.decision, { fault: withCase(cause, opened.id) });
  }
  if (answer.kind !== 'failed') {
    const said = answer;
    // Once it has been decided: what comes of this answer is for what it says, and the lock is for the next.
    ends.add(() => void reportIfWrong(deps, { ...permission, caseId: opened.id }, said));
    return said;
  }
  const { failure, durationMs } = answer;
  reportIfWrong(deps, { ...permission, caseId: opened.id }, answer);
  const fault = failureProblem(failure, opened.id);
  return await failCase(deps, opened, permission.decision, { fault, err: failure, durationMs });
}

async function infer(
  deps: InferenceDeps,
  opened: InferenceCase,
  { binding, ends }: { readonly binding: EndpointBinding; readonly ends: LooseEnds },
  signal: AbortSignal,
): Promise<InferenceAnswer> {
  const { study, payload } = opened.request;
  const call = { binding, caseId: opened.id, study, payload };
  if (binding.input === 'caller') return await deps.inference.infer(call, signal);
  const ttlMs = binding.timeoutMs + TOKEN_GRACE_MS;
  const token = await deps.studyTokens.issue({ study, caseId: opened.id, ttlMs });
  ends.add(() => deps.studyTokens.revoke(token));
  const studyAccess = { dicomwebUrl: dicomwebUrlOf(deps, opened), token };
  return await deps.inference.infer({ ...call, studyAccess }, signal);
}

/** Where the endpoint reads the study: at the PACS that told what it is. */
function dicomwebUrlOf({ dicomwebUrl }: InferenceDeps, { question }: InferenceCase): string {
  const { pacs } = question.study ?? {};
  return pacs === undefined ? dicomwebUrl : `${dicomwebUrl}/${pacs}`;
}

/** Closes the case as failed, and throws why. */
export async function failCase(
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

/** The same fault, saying which case it stands in. */
export function withCase(cause: unknown, caseId: CaseId): GatewayError {
  if (!(cause instanceof GatewayError)) return new GatewayError('internal', { caseId, cause });
  return new GatewayError(cause.code, { detail: cause.detail, reasons: cause.reasons, caseId, cause });
}
