import type { DoseFlag } from '../domain/dose.ts';
import { CaseLogUnavailable, GatewayError } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { Receipt } from '../domain/log-entry.ts';
import type { EndpointFunction } from '../domain/words.ts';
import { attestedBy } from './attested-by.ts';
import { failCase, withCase, type Permission } from './call-endpoint.ts';
import {
  decideAgain,
  errOf,
  stoppedBy,
  withheld,
  type AskedAttestation,
  type Rejudged,
} from './decide-again.ts';
import { flagAnswer } from './flag-answer.ts';
import type { InferenceCase, InferenceDeps, InferenceRequest } from './inference-case.ts';
import type { InferenceResult } from './ports-inference.ts';
import { awaitsCoSignature, dropSealed, isSealed, keepSealed } from './seal-result.ts';
import { recordDelivery, recordHeldBack, recordOutcome } from './write-case.ts';
import type { ResultOrder } from './write-result-object.ts';

/** A result that is let out: its outcome is on record. */
export interface ReleasedResult extends Pick<InferenceResult, 'body' | 'files'> {
  readonly kind: 'result';
  readonly caseId: CaseId;
  readonly receipt: Receipt;
  readonly function: EndpointFunction;
  /** Doses that it recommends, each held against the local level. */
  readonly doseFlags?: readonly DoseFlag[];
  /** Bytes of the answer, as far as they are known. */
  readonly length?: number;
  /** The same answer for whoever repeats the call: decided anew for them, and on record, before it is let out again. */
  readonly again: (asking: Asking, signal: AbortSignal) => Promise<ReleasedResult>;
}

type Asking = Pick<InferenceRequest, 'evidence' | 'requestId'>;

interface Answered {
  readonly permission: Permission;
  readonly answer: InferenceResult;
}

/**
 * Decides anew, records, looks once more, and only then lets the result out. One that a second person is to co-sign is kept for them
 * instead. Throws what `runInference` throws.
 */
export async function releaseResult(
  deps: InferenceDeps,
  opened: InferenceCase,
  { permission, answer }: Answered,
  signal: AbortSignal,
): Promise<ReleasedResult> {
  const attested = attestedBy(answer);
  const atRelease = await decideAgain(deps, opened, attested, signal);
  if (atRelease instanceof GatewayError) {
    const stopped = { fault: atRelease, err: errOf(atRelease, signal) };
    return await failAfter(deps, opened, { permission, answer }, stopped);
  }
  const { decision, asked, policy } = atRelease;
  const sealing = isSealed(asked, decision);
  if (sealing) await seal(deps, asked, { permission: { ...permission, decision }, answer });
  const flags = flagAnswer(answer, asked.question.study, policy);
  const receipt = await recordOutcome(deps, asked, decision, { ...answer, ...flags });
  deps.drift.count();
  if (!decision.permitted) throw withheld(decision, opened.id);
  const at = { attested, atRelease };
  if (sealing) return await leaveSealed(deps, opened, at, signal);
  await lastLook(deps, opened, at, signal);
  // That takes its time, so it is looked once more after it.
  const isAnyMade = await writeObject(deps, atRelease, { permission, answer }, signal);
  if (isAnyMade) await lastLook(deps, opened, at, signal);
  const named = { caseId: opened.id, receipt, function: permission.binding.function };
  return releasedOf(deps, opened, attested, { ...named, ...flags, answer });
}

function releasedOf(
  deps: InferenceDeps,
  opened: InferenceCase,
  attested: AskedAttestation,
  {
    answer,
    ...named
  }: Omit<ReleasedResult, 'kind' | 'body' | 'again'> & { readonly answer: InferenceResult },
): ReleasedResult {
  const { body, files, length } = answer;
  // Kept for whoever repeats the call, without what was sent: that may be long, and is not sent again.
  const kept: InferenceCase = { ...opened, request: { ...opened.request, payload: { kind: 'study' } } };
  const released: ReleasedResult = {
    ...{ kind: 'result', ...named, body },
    ...(files === undefined ? {} : { files }),
    ...(length === undefined ? {} : { length }),
    again: async (asking, signal) => {
      const request = { ...kept.request, ...asking };
      await deliverAgain(deps, { ...kept, request }, attested, signal);
      return released;
    },
  };
  return released;
}

async function failAfter(
  deps: InferenceDeps,
  opened: InferenceCase,
  { permission, answer: { durationMs } }: Answered,
  stopped: { readonly fault: GatewayError; readonly err?: string },
): Promise<never> {
  return await failCase(deps, opened, permission.decision, { ...stopped, durationMs });
}

/** What cannot be kept is not let out either. */
async function seal(deps: InferenceDeps, asked: InferenceCase, answered: Answered): Promise<void> {
  const { permission, answer } = answered;
  try {
    await keepSealed(deps, asked, { decision: permission.decision, answer });
  } catch (cause: unknown) {
    await failAfter(deps, asked, answered, { fault: withCase(cause, asked.id) });
  }
}

/** Throws that it awaits its second signature, or what holds it back after all; then it is not kept either. */
async function leaveSealed(
  deps: InferenceDeps,
  opened: InferenceCase,
  at: { readonly attested: AskedAttestation; readonly atRelease: Rejudged },
  signal: AbortSignal,
): Promise<never> {
  try {
    await lastLook(deps, opened, at, signal);
  } catch (error: unknown) {
    // Where that could not be written it still stands as sealed, and a record without its result could never be opened.
    if (!(error instanceof CaseLogUnavailable)) await dropSealed(deps, opened.id);
    throw error;
  }
  throw awaitsCoSignature(opened);
}

/**
 * An object is made of a result that is let out, where the register says so; what becomes of it stands in the case, and is no part of the
 * answer. Where not even that can be written down the result stays in. Resolves to whether one was to be made.
 */
async function writeObject(
  deps: InferenceDeps,
  { asked, decision }: Rejudged,
  answered: Answered,
  signal: AbortSignal,
): Promise<boolean> {
  const order = orderOf(asked, answered);
  if (order === undefined) return false;
  try {
    await deps.writeResultObject(order, signal);
    return true;
  } catch (cause: unknown) {
    const fault = stoppedBy(cause, asked.id, signal);
    return await holdBack(deps, asked, { decision, fault, err: errOf(fault, signal) });
  }
}

function orderOf(
  { id: caseId, request, question }: InferenceCase,
  { permission: { binding }, answer: { body, score, finding } }: Answered,
): ResultOrder | undefined {
  const { study: context, model, version } = question;
  if (binding.writes === undefined || context === undefined) return undefined;
  const { study, series, requestId } = request;
  const isListed = finding !== undefined && binding.findings?.includes(finding) === true;
  return {
    ...{ kind: binding.writes, caseId, requestId, study, context, model, version, body },
    ...(series === undefined ? {} : { series }),
    ...(score === undefined ? {} : { score }),
    ...(isListed ? { finding } : {}),
  };
}

/** Throws what refuses it now, as `releaseResult` does; that is on record too. */
async function deliverAgain(
  deps: InferenceDeps,
  opened: InferenceCase,
  attested: AskedAttestation,
  signal: AbortSignal,
): Promise<void> {
  const rejudged = await decideAgain(deps, opened, attested, signal);
  if (rejudged instanceof GatewayError) throw rejudged;
  await deliver(deps, rejudged);
  // What comes while that is written holds it back, too.
  const now = await decideAgain(deps, opened, attested, signal);
  if (now instanceof GatewayError) {
    await recordDelivery(deps, rejudged.asked, { ...rejudged, err: errOf(now, signal) });
    throw now;
  }
  if (!now.decision.permitted) await deliver(deps, now);
}

/** Throws where it is refused, which is on record then. */
async function deliver(deps: InferenceDeps, { asked, decision }: Rejudged): Promise<void> {
  await recordDelivery(deps, asked, { decision });
  if (!decision.permitted) throw withheld(decision, asked.id);
}

/** A stop-use or a sign-out may have come while the outcome was being written: then the result stays in, and that is on record too. */
export async function lastLook(
  deps: InferenceDeps,
  opened: InferenceCase,
  at: { readonly attested: AskedAttestation; readonly atRelease: Rejudged },
  signal: AbortSignal,
): Promise<void> {
  const now = await decideAgain(deps, opened, at.attested, signal);
  if (now instanceof GatewayError) {
    const { asked, decision } = at.atRelease;
    return await holdBack(deps, asked, { decision, fault: now, err: errOf(now, signal) });
  }
  if (now.decision.permitted) return;
  const { asked, decision } = now;
  await holdBack(deps, asked, { decision, fault: withheld(decision, opened.id) });
}

/** Writes down that a result whose outcome is on record stays in, and throws why. */
async function holdBack(
  deps: InferenceDeps,
  asked: InferenceCase,
  { fault, ...held }: Parameters<typeof recordHeldBack>[2] & { readonly fault: GatewayError },
): Promise<never> {
  await recordHeldBack(deps, asked, held);
  deps.drift.count();
  throw fault;
}
