import { decide, type Decision, type Question } from '../domain/decide.ts';
import type { DosePolicy } from '../domain/dose.ts';
import { GatewayError, NotPermitted } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import { withCase } from './call-endpoint.ts';
import { identifyPerson } from './identify-person.ts';
import type { InferenceCase, InferenceDeps } from './inference-case.ts';
import { failureProblem } from './inference-problem.ts';

/** What was decided at release, and the case as it was asked then: who asked may have signed in anew meanwhile. */
export interface Rejudged {
  readonly decision: Decision;
  readonly asked: InferenceCase;
  /** By which it was decided: recommended doses are held against its levels. */
  readonly policy: DosePolicy;
}

/** What an endpoint said of itself, as a decision asks it. */
export type AskedAttestation = NonNullable<Question['attested']>;

/**
 * Asks anew who it is for, and decides anew with what the endpoint attested. Whoever asked may have signed out, locked or been suspended
 * while the endpoint worked, or hung up, and the register may have gone: what cannot be decided is not let out, and the fault says which
 * case it stands in.
 */
export async function decideAgain(
  deps: InferenceDeps,
  opened: InferenceCase,
  attested: AskedAttestation,
  signal: AbortSignal,
): Promise<Rejudged | GatewayError> {
  if (signal.aborted) return stoppedBy(undefined, opened.id, signal);
  try {
    const { evidence } = opened.request;
    const caller = await identifyPerson(deps, { evidence, scope: 'ai' }, signal);
    const question = { ...opened.question, caller, attested };
    const register = deps.register.snapshot();
    const decision = decide(question, register, deps.clock.nowMs());
    const asked = { ...opened, question, subject: { ...opened.subject, caller, attested } };
    return { decision, asked, policy: register.policy };
  } catch (cause: unknown) {
    return stoppedBy(cause, opened.id, signal);
  }
}

/** Why a result stays in: whoever has hung up has cancelled, whatever broke because of it. */
export function stoppedBy(cause: unknown, caseId: CaseId, signal: AbortSignal): GatewayError {
  return signal.aborted ? failureProblem('cancelled', caseId) : withCase(cause, caseId);
}

/** The same as the case says it. */
export function errOf({ code }: GatewayError, signal: AbortSignal): string {
  return signal.aborted ? 'cancelled' : code;
}

/** The error that a person gets for a result that stays in. */
export function withheld(decision: Decision, caseId: CaseId): GatewayError {
  const attestation = decision.reasons.find((reason) => reason.code.startsWith('attestation-'));
  if (attestation === undefined) return new NotPermitted(decision.reasons, caseId);
  return new GatewayError('attestation-mismatch', {
    detail: attestation.text,
    reasons: decision.reasons,
    caseId,
  });
}
