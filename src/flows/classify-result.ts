import { classificationEntry } from '../domain/classification-entry.ts';
import { isSameWord, type ObjectGrade } from '../domain/classified-results.ts';
import { decideClassification, type ClassificationDecision } from '../domain/decide-classification.ts';
import { BadRequest, GatewayError, NotPermitted, RegisterUnavailable } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { ModelVersion } from '../domain/register.ts';
import type { ResultClassification, ResultObject, SaidOfResult } from '../domain/result-verdict.ts';
import { findGrade, type FindResultDeps } from './find-result.ts';
import { identifyPerson } from './identify-person.ts';
import { keepFromLog } from './keep-classifications.ts';
import type { Classifications, WaitingResults } from './ports-classify.ts';
import type {
  CaseLogAppender,
  CaseLogReader,
  Clock,
  IdentityVerifier,
  LoginEvidence,
  RegisterReader,
} from './ports.ts';

interface Deps extends FindResultDeps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly caseLog: CaseLogAppender;
  readonly caseLogReader: Pick<CaseLogReader, 'entries' | 'range'>;
  readonly classifications: Classifications;
  readonly waitingResults: Pick<WaitingResults, 'forget'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly object: ResultObject;
  readonly said: SaidOfResult;
  /** The person's own words; kept in the log, so the page asks for no patient details. */
  readonly reason: string | undefined;
  /** Entry of the classification that this one takes the place of, as its sender has seen it; empty: there was none; undefined: not said. */
  readonly ifMatch: string | undefined;
}

/**
 * Records what a Responsible Clinician for AI says of a stored object that is only probably AI's. It is on record before it counts, and
 * counts as the record has it. Amending is adding: the newest stands, earlier ones stay.
 * Throws NotIdentified, NotPermitted, GatewayError('not-found' | 'not-classifiable' | 'precondition-required' | 'precondition-failed'),
 * BadRequest for a version that the register does not have, UpstreamFault, CaseLogUnavailable, RegisterUnavailable.
 */
export async function classifyResult(
  deps: Deps,
  input: Input,
  signal: AbortSignal,
): Promise<ResultClassification> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'ai' }, signal);
  decideNow(deps, caller);
  versionOf(deps, input.said);
  await refuseCertain(deps, input.object, await findGrade(deps, input.object, signal));
  const [replaces] = await deps.classifications.historyOf(input.object.sopInstanceUid, 1);
  checkPrecondition(input.ifMatch, replaces);
  // The PACS may have taken its time: what is on record was decided at the moment of writing.
  const decision = decideNow(deps, caller);
  const modelVersion = versionOf(deps, input.said);
  const { object, said, reason, requestId } = input;
  const { seq } = await deps.caseLog.append(
    classificationEntry({ object, said, reason, replaces, caller, decision, modelVersion, requestId }),
  );
  const kept = await keepNow(deps, seq);
  if (!isSaidBy(kept, input, decision)) throw overtaken();
  return kept;
}

function decideNow({ register, clock }: Deps, caller: Principal): ClassificationDecision {
  const decision = decideClassification({ caller, to: 'classify' }, register.snapshot(), clock.nowMs());
  if (!decision.permitted) throw new NotPermitted(decision.reasons);
  return decision;
}

function versionOf({ register }: Deps, said: SaidOfResult): ModelVersion | undefined {
  if (said.verdict !== 'ai-of') return undefined;
  const { model, version } = said;
  const known = register.snapshot().modelVersion(model, version);
  if (known === undefined) throw new BadRequest(`The register holds no version ${version} of ${model}.`);
  return known;
}

const CERTAIN: Readonly<Record<Exclude<ObjectGrade, 'probable'>, string>> = {
  definite:
    'AI made this object for certain: it says so itself, or an AI machine stored it. Nobody can say otherwise.',
  unreadable:
    'The PACS cannot say what this object is, so nothing can be said of it either. Try again in a minute.',
  none: 'Nothing says that AI made this object: it is shown like any image.',
};

/** What is no longer in doubt waits for nobody's word. */
async function refuseCertain(
  { waitingResults }: Deps,
  { sopInstanceUid }: ResultObject,
  grade: ObjectGrade,
): Promise<void> {
  if (grade === 'probable') return;
  if (grade !== 'unreadable') await waitingResults.forget(sopInstanceUid);
  throw new GatewayError('not-classifiable', { detail: CERTAIN[grade] });
}

function checkPrecondition(ifMatch: string | undefined, standing: ResultClassification | undefined): void {
  if (ifMatch === (standing?.entry ?? '')) return;
  if (ifMatch !== undefined) throw overtaken();
  if (standing === undefined) return;
  const detail = 'Something was said of this object before. Send If-Match with its ETag as you have read it.';
  throw new GatewayError('precondition-required', { detail });
}

function overtaken(): GatewayError {
  const detail =
    'Somebody else has said something of this object meanwhile. Read it again, then say what is right.';
  return new GatewayError('precondition-failed', { detail });
}

/** No row, no effect; the record stands, and whoever keeps house makes the row of it. */
async function keepNow(deps: Deps, seq: number): Promise<ResultClassification | undefined> {
  try {
    return await keepFromLog(deps, seq);
  } catch (cause: unknown) {
    const detail =
      'This is on record, and comes into force as soon as the register’s database answers again.';
    throw new RegisterUnavailable(detail, cause);
  }
}

/** Of two who answered the same state at once the log has kept one. */
function isSaidBy(
  kept: ResultClassification | undefined,
  { said, reason }: Input,
  { practitioner }: ClassificationDecision,
): kept is ResultClassification {
  if (kept === undefined || kept.practitioner !== practitioner?.id) return false;
  return isSameWord(kept.said, said) && kept.reason === reason;
}
