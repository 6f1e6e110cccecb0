import { attestationFault, errOfHeldBack } from '../domain/attestation-fault.ts';
import { caseFacts, casePersonal } from '../domain/case-facts.ts';
import type { Decision } from '../domain/decide.ts';
import type { DoseFlag } from '../domain/dose.ts';
import { CaseLogUnavailable, GatewayError } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import { reasonCodes, type EntryDraft, type EntryFacts, type Receipt } from '../domain/log-entry.ts';
import { endingId, hasEndedOtherwise } from './case-ending.ts';
import type { InferenceCase, InferenceDeps } from './inference-case.ts';
import { outputFacts } from './output-facts.ts';
import type { InferenceResult } from './ports-inference.ts';
import { isSealed, SEALED } from './seal-result.ts';

type Deps = Pick<InferenceDeps, 'caseLog'>;
type Kind = 'case.intent' | 'case.refused' | 'case.outcome' | 'case.release' | 'delivery';

/** The first entry of a case: what is about to run, or that it was refused and why. Throws CaseLogUnavailable. */
export async function recordDecision(
  deps: Deps,
  opened: InferenceCase,
  entry: {
    readonly decision: Decision;
    readonly kind: 'case.intent' | 'case.refused';
    readonly err?: string;
    readonly mainCase?: CaseId;
  },
): Promise<Receipt> {
  const { decision, kind, err, mainCase } = entry;
  const facts: EntryFacts = {
    ...(err === undefined ? {} : { err }),
    ...(mainCase === undefined ? {} : { mainCase }),
  };
  return await append(deps, opened, decision, { kind, facts });
}

/** That nothing came of the call: `err` says why, from a closed set. Throws CaseLogUnavailable, GatewayError('case-closed'). */
export async function recordFailure(
  deps: Deps,
  opened: InferenceCase,
  failed: { readonly decision: Decision; readonly err: string; readonly durationMs?: number },
): Promise<Receipt> {
  const { decision, err, durationMs } = failed;
  const facts: EntryFacts = { release: { action: 'withheld', reasons: [] }, ...timing(durationMs), err };
  return await append(deps, opened, decision, { kind: 'case.outcome', facts });
}

/**
 * What the endpoint answered, and whether it is let out. Throws CaseLogUnavailable, or GatewayError('case-closed') when the case was
 * closed as orphaned meanwhile: then it is not.
 */
export async function recordOutcome(
  deps: Deps,
  opened: InferenceCase,
  decision: Decision,
  answer: Omit<InferenceResult, 'kind' | 'body' | 'files'> & { readonly doseFlags?: readonly DoseFlag[] },
): Promise<Receipt> {
  const { attestedModel, attestedVersion } = answer;
  const { model } = caseFacts(opened.subject, decision);
  const { permitted, reasons } = decision;
  const facts: EntryFacts = {
    model: {
      ...(model ?? { id: opened.request.model, version: opened.request.version }),
      ...(attestedVersion === undefined
        ? {}
        : { attested: spoken(`${attestedModel ?? ''}@${attestedVersion}`) }),
    },
    release: isSealed(opened, decision)
      ? SEALED
      : { action: permitted ? 'released' : 'withheld', reasons: reasonCodes(reasons) },
    ...(permitted ? { output: outputFacts(answer, decision) } : { err: errOfHeldBack(reasonCodes(reasons)) }),
    ...timing(answer.durationMs),
  };
  const asked = withInputDigest(opened, answer.inputDigest);
  return await append(deps, asked, decision, { kind: 'case.outcome', facts });
}

/** The digest of tensors that streamed through is known at the end only; then the outcome has what the intent has not. */
function withInputDigest(opened: InferenceCase, inputDigest: string | undefined): InferenceCase {
  return inputDigest === undefined ? opened : { ...opened, subject: { ...opened.subject, inputDigest } };
}

/** That an answer in pieces begins to be let out. Throws CaseLogUnavailable: then none of it is. */
export async function recordReleaseBegun(
  deps: Deps,
  opened: InferenceCase,
  decision: Decision,
): Promise<Receipt> {
  return await append(deps, opened, decision, {
    kind: 'case.release',
    id: `${opened.intentId}:begun`,
    facts: { release: { action: 'released', reasons: [] } },
  });
}

/**
 * That an answer in pieces was cut: `digest` is over what had been passed on. Throws CaseLogUnavailable, GatewayError('case-closed').
 */
export async function recordCut(
  deps: Deps,
  opened: InferenceCase,
  decision: Decision,
  cut: { readonly err: string; readonly digest: string; readonly durationMs?: number },
): Promise<Receipt> {
  const { err, digest, durationMs } = cut;
  const facts: EntryFacts = {
    release: { action: 'withheld', reasons: reasonCodes(decision.reasons) },
    output: { type: opened.request.protocol, digest, codes: [], complete: false },
    ...timing(durationMs),
    err,
  };
  return await append(deps, opened, decision, { kind: 'case.outcome', facts });
}

/**
 * That a performer has done what a workitem asked for: which objects were made, and whether they are let out. Whoever reads them from the PACS
 * is decided about then. Throws CaseLogUnavailable, GatewayError('case-closed').
 */
export async function recordWorkDone(
  deps: Deps,
  opened: InferenceCase,
  decision: Decision,
  done: {
    /** Absent where nothing was made. */
    readonly output?: NonNullable<EntryFacts['output']>;
    readonly resultSop?: string;
    /** The machine. */
    readonly performer: string;
    /** Whether whoever asked has signed out since: then it is for nobody. */
    readonly isLeft: boolean;
  },
): Promise<Receipt> {
  const { output, resultSop, performer, isLeft } = done;
  const isReleased = decision.permitted && !isLeft;
  const made = output === undefined ? {} : { output };
  const facts: EntryFacts = {
    performer,
    release: { action: isReleased ? 'released' : 'withheld', reasons: reasonCodes(decision.reasons) },
    ...(isReleased ? made : { err: errOfHeldBack(reasonCodes(decision.reasons)) }),
  };
  const personal = resultSop === undefined ? {} : { resultSop };
  return await append(deps, opened, decision, { kind: 'case.outcome', facts, personal });
}

/** What an endpoint says of itself is foreign text: only what could be a name and a version goes into the log. */
function spoken(text: string): string {
  return /^[\w.+~@-]{1,160}$/.test(text) ? text : 'unreadable';
}

/** That a result whose outcome already stands as released was held back after all. Throws CaseLogUnavailable. */
export async function recordHeldBack(
  deps: Deps,
  opened: InferenceCase,
  held: { readonly decision: Decision; readonly err?: string },
): Promise<Receipt> {
  const reasons = reasonCodes(held.decision.reasons);
  const { decision, err = attestationFault(reasons) } = held;
  const facts: EntryFacts = {
    release: { action: 'withheld', reasons },
    ...(err === undefined ? {} : { err }),
  };
  return await append(deps, opened, decision, { kind: 'case.release', facts });
}

/** That a result was asked for again, and whether it was let out again; `err` is why it was not after all. Throws CaseLogUnavailable: then it is not. */
export async function recordDelivery(
  deps: Deps & Pick<InferenceDeps, 'ids'>,
  opened: InferenceCase,
  { decision, err }: { readonly decision: Decision; readonly err?: string },
): Promise<Receipt> {
  const isReleased = decision.permitted && err === undefined;
  const facts: EntryFacts = {
    release: { action: isReleased ? 'released' : 'withheld', reasons: reasonCodes(decision.reasons) },
    ...(err === undefined ? {} : { err }),
  };
  return await append(deps, opened, decision, { kind: 'delivery', id: deps.ids.newId(), facts });
}

function timing(durationMs: number | undefined): Pick<EntryFacts, 'timing'> {
  return durationMs === undefined ? {} : { timing: { endpointMs: Math.round(durationMs) } };
}

/** One intent or refusal for a case, one ending, one withdrawal: the ids say so, and make writing again harmless. */
async function append(
  deps: Deps,
  opened: InferenceCase,
  decision: Decision,
  entry: {
    readonly kind: Kind;
    /** In place of the id of its kind. */
    readonly id?: string;
    readonly facts: EntryFacts;
    readonly personal?: EntryDraft['personal'];
  },
): Promise<Receipt> {
  const { kind, facts, personal = {} } = entry;
  const first = kind === 'case.intent' || kind === 'case.refused';
  try {
    return await deps.caseLog.append({
      id: entry.id ?? idOf(opened, kind),
      kind,
      caseId: opened.id,
      ...(first ? {} : { intent: opened.intentId }),
      requestId: opened.request.requestId,
      facts: { ...caseFacts(opened.subject, decision), ...facts },
      personal: { ...casePersonal(opened.subject, decision), ...personal },
      retainClass: 'imaging-record',
    });
  } catch (cause: unknown) {
    throw unwritten(opened, kind, cause);
  }
}

/** Why an entry could not be written: its place is taken, or the log takes none. */
function unwritten(opened: InferenceCase, kind: Kind, cause: unknown): GatewayError {
  const isTaken = hasEndedOtherwise(cause);
  if (isTaken && kind === 'case.outcome') return closedMeanwhile(opened, cause);
  if (isTaken && opened.request.intentId !== undefined) return askedBefore(cause);
  const detail = 'The case could not be written down, so no AI result can be shown. Images are unaffected.';
  return new CaseLogUnavailable(detail, cause, opened.id);
}

/** The key of this call stands in another case: a node that has no answer to it at hand cannot give one. */
function askedBefore(cause: unknown): GatewayError {
  const detail =
    'This call was made before: its case is in your list. Its answer is not at hand here. Use a new idempotency key to run it again.';
  return new GatewayError('conflict', { detail, cause });
}

function idOf({ intentId, id, request }: InferenceCase, kind: Kind): string {
  // A refusal uses no key up: once what stood in the way is put right, the same call may run.
  if (kind === 'case.refused' && request.intentId !== undefined) return `${intentId}:refused:${id}`;
  if (kind === 'case.outcome') return endingId(intentId);
  return kind === 'case.release' ? `${intentId}:${kind}` : intentId;
}

/** The record says that nothing came of the case, so nothing does. */
function closedMeanwhile({ id }: InferenceCase, cause: unknown): GatewayError {
  const detail =
    'The case was closed as never finished before its AI call was over, so no AI result is shown. Images are unaffected.';
  return new GatewayError('case-closed', { detail, caseId: id, cause });
}
