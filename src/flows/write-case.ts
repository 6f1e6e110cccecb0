import { caseFacts, casePersonal } from '../domain/case-facts.ts';
import type { Decision } from '../domain/decide.ts';
import { CaseLogUnavailable, GatewayError } from '../domain/errors.ts';
import { reasonCodes, type EntryDraft, type EntryFacts, type Receipt } from '../domain/log-entry.ts';
import { endingId, hasEndedOtherwise } from './case-ending.ts';
import type { InferenceCase, InferenceDeps } from './inference-case.ts';
import { outputFacts } from './output-facts.ts';
import type { InferenceAnswer } from './ports.ts';

type Deps = Pick<InferenceDeps, 'caseLog'>;
type Kind = 'case.intent' | 'case.refused' | 'case.outcome' | 'case.release';

/** The first entry of a case: what is about to run, or that it was refused and why. Throws CaseLogUnavailable. */
export async function recordDecision(
  deps: Deps,
  opened: InferenceCase,
  entry: {
    readonly decision: Decision;
    readonly kind: 'case.intent' | 'case.refused';
    readonly err?: string;
  },
): Promise<Receipt> {
  const { decision, kind, err } = entry;
  return await append(deps, opened, decision, { kind, facts: err === undefined ? {} : { err } });
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
  answer: Extract<InferenceAnswer, { kind: 'result' }>,
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
    release: { action: permitted ? 'released' : 'withheld', reasons: reasonCodes(reasons) },
    ...(permitted ? { output: outputFacts(answer, decision) } : { err: 'withheld' }),
    ...timing(answer.durationMs),
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
    ...(isReleased ? made : { err: 'withheld' }),
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
  const { decision, err } = held;
  const facts: EntryFacts = {
    release: { action: 'withheld', reasons: reasonCodes(decision.reasons) },
    ...(err === undefined ? {} : { err }),
  };
  return await append(deps, opened, decision, { kind: 'case.release', facts });
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
    readonly facts: EntryFacts;
    readonly personal?: EntryDraft['personal'];
  },
): Promise<Receipt> {
  const { kind, facts, personal = {} } = entry;
  const first = kind === 'case.intent' || kind === 'case.refused';
  try {
    return await deps.caseLog.append({
      id: idOf(opened, kind),
      kind,
      caseId: opened.id,
      ...(first ? {} : { intent: opened.intentId }),
      requestId: opened.request.requestId,
      facts: { ...caseFacts(opened.subject, decision), ...facts },
      personal: { ...casePersonal(opened.subject, decision), ...personal },
      retainClass: 'imaging-record',
    });
  } catch (cause: unknown) {
    if (kind === 'case.outcome' && hasEndedOtherwise(cause)) throw closedMeanwhile(opened, cause);
    const detail = 'The case could not be written down, so no AI result can be shown. Images are unaffected.';
    throw new CaseLogUnavailable(detail, cause, opened.id);
  }
}

function idOf({ intentId }: InferenceCase, kind: Kind): string {
  if (kind === 'case.outcome') return endingId(intentId);
  return kind === 'case.release' ? `${intentId}:${kind}` : intentId;
}

/** The record says that nothing came of the case, so nothing does. */
function closedMeanwhile({ id }: InferenceCase, cause: unknown): GatewayError {
  const detail =
    'The case was closed as never finished before its AI call was over, so no AI result is shown. Images are unaffected.';
  return new GatewayError('case-closed', { detail, caseId: id, cause });
}
