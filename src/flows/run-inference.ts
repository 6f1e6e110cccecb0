import { decide } from '../domain/decide.ts';
import { callEndpoint, createLooseEnds, type Permission } from './call-endpoint.ts';
import type { InferenceCase, InferenceDeps, InferenceRequest } from './inference-case.ts';
import { openCase } from './open-case.ts';
import { releaseResult, type ReleasedResult } from './release-result.ts';
import { releaseStream, type ReleasedStream } from './release-stream.ts';
import { refusedCall } from './seal-result.ts';
import { recordDecision } from './write-case.ts';

/**
 * Runs one exact model version on one study for one person, whatever the dialect. Written down before it runs and again before its result
 * is let out: no record, no call; no record, no result. An answer that comes in pieces has its release on record before the first, and its
 * outcome before the last; whoever gets it must read it to its end or leave it by `return`.
 * Throws NotIdentified, BadRequest, NotPermitted (with the case), GatewayError of the endpoint's failure (with the
 * case), the PACS's fault when it cannot say what the study is (with the case), RegisterUnavailable, CaseLogUnavailable,
 * GatewayError('case-closed') when the case was closed as orphaned before the call was over.
 */
export async function runInference(
  deps: InferenceDeps,
  request: InferenceRequest,
  signal: AbortSignal,
): Promise<ReleasedResult | ReleasedStream> {
  const opened = await openCase(deps, request, signal);
  const ends = createLooseEnds();
  ends.add(deps.inFlight.begin(opened.id));
  let isPassedOn = false;
  try {
    const permission = await permit(deps, opened);
    const answer = await callEndpoint(deps, opened, { permission, ends }, signal);
    if (answer.kind === 'result') {
      return await releaseResult(deps, opened, { permission, answer }, signal);
    }
    const released = await releaseStream(deps, opened, { permission, answer, ends }, signal);
    isPassedOn = true;
    return released;
  } finally {
    // What comes in pieces is over when its last one is.
    if (!isPassedOn) await ends.tie();
  }
}

/** Decides, and writes down the intent or the refusal. */
async function permit(deps: InferenceDeps, opened: InferenceCase): Promise<Permission> {
  const decision = decide(opened.question, deps.register.snapshot(), deps.clock.nowMs());
  const { permitted, binding, modelVersion: version } = decision;
  const permission = permitted && binding && version && { decision, binding, version };
  await recordDecision(deps, opened, {
    decision,
    kind: permission ? 'case.intent' : 'case.refused',
  });
  if (permission) return permission;
  deps.drift.count();
  throw refusedCall(opened, decision);
}
