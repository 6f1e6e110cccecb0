import { carriedFacts } from '../domain/carried-facts.ts';
import { loginFacts } from '../domain/case-facts.ts';
import { decide } from '../domain/decide.ts';
import { GatewayError, NotPermitted } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { Principal } from '../domain/principal.ts';
import { reasonOf } from '../domain/reason-texts.ts';
import { identifyPerson } from './identify-person.ts';
import { studyNeeds } from './study-needs.ts';
import type { CoSignDeps } from './co-sign-result.ts';
import type { LoginEvidence } from './ports.ts';
import type { SealedResult } from './ports-sealed.ts';
import { findSealed, type SealedCase } from './sealed-case.ts';

/** A co-signed result, for whoever asked for it. */
export type CoSignedResult = Pick<
  SealedResult,
  'caseId' | 'function' | 'model' | 'version' | 'digest' | 'body' | 'expiresAt'
>;

/**
 * A result of mine that somebody has co-signed, as often as it is asked for until its time is over; decided anew each time, as if it were
 * released now. That it was fetched is on record before it is given. Throws NotIdentified, NotPermitted (also while nobody has signed it),
 * GatewayError('not-found'), UpstreamFault, CaseLogUnavailable, RegisterUnavailable.
 */
export async function readCoSignedResult(
  deps: CoSignDeps,
  input: { readonly evidence: LoginEvidence; readonly requestId: string; readonly caseId: CaseId },
  signal: AbortSignal,
): Promise<CoSignedResult> {
  const { evidence, requestId, caseId } = input;
  const caller = await identifyPerson(deps, { evidence, scope: 'ai' }, signal);
  const kept = await findSealed(deps, caseId, deps.clock.nowMs());
  refuseOthers(deps, caller, kept);
  await decideNow(deps, caller, kept, signal);
  const { result, opening } = kept;
  await deps.caseLog.append({
    id: `${result.intentId}:fetched`,
    kind: 'delivery',
    caseId,
    intent: result.intentId,
    requestId,
    facts: { ...carriedFacts(opening.facts), auth: loginFacts(caller), change: { what: 'co-signed-result' } },
    personal: { user: result.asker, subject: caller.subject },
    retainClass: 'imaging-record',
  });
  // A stop-use may have come while that was written.
  await decideNow(deps, caller, kept, signal);
  const { function: fn, model, version, digest, body, expiresAt } = result;
  return { caseId, function: fn, model, version, digest, body, expiresAt };
}

function refuseOthers({ register }: CoSignDeps, caller: Principal, { result, view }: SealedCase): void {
  const people = register.snapshot().practitionersByIdentity(caller.provider, caller.subject);
  const isMine = people.length === 1 && people[0]?.id === result.asker;
  if (!isMine) throw new GatewayError('not-found', { detail: 'You have no case of that name.' });
  if (view.state === 'released' && view.coSigned === true) return;
  const { model, version, function: fn, caseId } = result;
  throw new NotPermitted([reasonOf('co-signature-missing', { model, version, function: fn })], caseId);
}

async function decideNow(
  { register, studies, clock }: CoSignDeps,
  caller: Principal,
  { result, outcome }: SealedCase,
  signal: AbortSignal,
): Promise<void> {
  const { function: fn, model, version, caseId } = result;
  const needs = studyNeeds([register.snapshot().modelVersion(model, version)]);
  const study = await studies.studyContext(result.study, signal, needs);
  const asked = { caller, function: fn, model, version, study, ...outcome.facts.asked };
  const decision = decide({ ...asked, coSignature: 'given' }, register.snapshot(), clock.nowMs());
  if (!decision.permitted) throw new NotPermitted(decision.reasons, caseId);
}
