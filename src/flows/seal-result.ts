import { sealedForMs } from '../domain/co-signature.ts';
import type { Decision } from '../domain/decision.ts';
import { GatewayError, NotPermitted } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EntryFacts } from '../domain/log-entry.ts';
import { reasonOf } from '../domain/reason-texts.ts';
import type { InferenceCase, InferenceRequest } from './inference-case.ts';
import type { Clock, RegisterReader } from './ports.ts';
import type { InferenceResult } from './ports-inference.ts';
import type { SealedResults } from './ports-sealed.ts';

interface Deps {
  readonly sealed: Pick<SealedResults, 'keep'>;
  readonly register: RegisterReader;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** How a sealed result's outcome stands in the log: it is there, and nobody has it. */
export const SEALED: NonNullable<EntryFacts['release']> = Object.freeze({
  action: 'sealed',
  reasons: Object.freeze(['co-signature-missing']),
});

/**
 * Whether what a call asks for could be kept for a second person: a whole answer, that comes back with the call. One that cannot asks for its
 * result without their signature, and is refused where the policy wants it.
 */
export function canBeSealed({
  comesByStow,
  payload,
}: Pick<InferenceRequest, 'comesByStow' | 'payload'>): boolean {
  return comesByStow !== true && !isInPieces(payload);
}

function isInPieces(payload: InferenceRequest['payload']): boolean {
  return 'streams' in payload && payload.streams;
}

const WHOLE =
  'What somebody else is to co-sign cannot come in pieces. Ask for the whole answer at once, without streaming.';

/** Why a call does not run, with what helps where it asked for pieces of what is to be signed as a whole. */
export function refusedCall(
  { id, request }: Pick<InferenceCase, 'id' | 'request'>,
  { reasons }: Pick<Decision, 'reasons'>,
): NotPermitted {
  if (!isInPieces(request.payload)) return new NotPermitted(reasons, id);
  const told = reasons.map((reason) =>
    reason.code === 'co-signature-missing' ? { ...reason, remedy: WHOLE } : reason,
  );
  return new NotPermitted(told, id);
}

/** Whether a result that `decide` lets out goes to a second person first. */
export function isSealed({ question }: Pick<InferenceCase, 'question'>, { permitted }: Decision): boolean {
  return permitted && question.coSignature === 'to-come';
}

/**
 * Keeps a result for the person who is to co-sign it. To be called before its outcome is recorded: a result without a record is nobody's
 * and goes when its time is over, and a record without its result could never be opened.
 * Throws GatewayError('overloaded') without room, GatewayError('model-failed') for one that comes with files, RegisterUnavailable.
 */
export async function keepSealed(
  { sealed, register, clock }: Deps,
  { id: caseId, intentId, request, question }: InferenceCase,
  { decision, answer }: { readonly decision: Decision; readonly answer: InferenceResult },
): Promise<void> {
  const { practitioner, binding } = decision;
  if (practitioner === undefined || binding === undefined || answer.files !== undefined) {
    const detail = 'This answer cannot be kept until somebody has co-signed it, so it is not let out.';
    throw new GatewayError('model-failed', { detail, caseId });
  }
  const sealedAt = clock.nowMs();
  const { model, version } = question;
  await sealed.keep({
    ...{ caseId, intentId, model, version },
    asker: practitioner.id,
    function: binding.function,
    study: request.study,
    digest: answer.digest,
    body: answer.body,
    sealedAt,
    expiresAt: sealedAt + sealedForMs(binding.function, register.snapshot().policy),
  });
}

/** Takes out a sealed result that was held back on record: nobody could ever open it. Never rejects. */
export async function dropSealed(
  { sealed }: { readonly sealed: Pick<SealedResults, 'remove'> },
  caseId: CaseId,
): Promise<void> {
  try {
    await sealed.remove(caseId);
  } catch {
    // Its case says that it is not to be opened, and it goes when its time is over.
  }
}

/** What whoever asked is told once their result is kept: it waits, and where. To be thrown after the outcome is on record. */
export function awaitsCoSignature({ id, question }: Pick<InferenceCase, 'id' | 'question'>): NotPermitted {
  const { model, version, function: fn } = question;
  return new NotPermitted([reasonOf('co-signature-missing', { model, version, function: fn })], id);
}
