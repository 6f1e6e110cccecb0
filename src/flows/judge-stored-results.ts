import type { AiResult } from '../domain/dicom/ai-result.ts';
import type { KnownResult } from '../domain/classified-results.ts';
import { caseFacts, casePersonal, type CaseSubject } from '../domain/case-facts.ts';
import { decideRetrieval, type JudgedResult, type RetrievalDecision } from '../domain/decide-retrieval.ts';
import { CaseLogUnavailable, GatewayError, NotPermitted } from '../domain/errors.ts';
import type { CaseId, StudyUid } from '../domain/identifiers.ts';
import { reasonCodes, type EntryDraft } from '../domain/log-entry.ts';
import type { Principal, StudyReader } from '../domain/principal.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { RegisterSnapshot } from '../domain/register.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import { unnamedViewEntry } from '../domain/study-access.ts';
import { viewNames, type ViewKey } from '../domain/view-case.ts';
import { heldInTime, type HeldInTimeDeps } from './held-in-time.ts';
import type { ImageReader } from './identify-reader.ts';
import { knownResults, type KnownResultsDeps, type ResultsInTime } from './known-results.ts';
import type { CaseLogAppender, Clock, RegisterReader, StudyContextReader } from './ports.ts';
import type { DriftCounter } from './ports-drift.ts';

/** How long a verdict on all results of a study is good for, while the register stays the same. */
const MOMENT_MS = 250;

/** What judging needs. */
export interface JudgeDeps extends KnownResultsDeps, HeldInTimeDeps {
  readonly register: RegisterReader;
  readonly studies: StudyContextReader;
  readonly caseLog: CaseLogAppender;
  readonly drift: DriftCounter;
  readonly clock: Clock;
}

/** Whose look at which study. */
export interface Look {
  readonly caller: ImageReader;
  readonly study: StudyUid;
  readonly requestId: string;
}

/** Says of a study's AI results which are locked for this caller, and keeps the record. */
export interface StoredResultsJudge {
  /** SOP Instance UIDs locked at this moment: asked again, it decides again, so that a stop-use bites in mid-stream. */
  readonly lockedNow: () => ReadonlySet<string>;
  /**
   * Waits for what people said, of objects or of cases, to be read again, where it was read so long ago that all of it is locked. Never
   * rejects. Absent where nobody's word is needed.
   */
  readonly readAnew?: (() => Promise<void>) | undefined;
  /**
   * Records that the unlocked ones among these are seen: once for each session, study and model version.
   * Throws CaseLogUnavailable: then nothing of them may be shown.
   */
  readonly noteViewed: (sopInstanceUids: ReadonlySet<string>) => Promise<void>;
  /** Records the refusal of the locked ones among these, and gives the error that tells of it. */
  readonly refuse: (sopInstanceUids: ReadonlySet<string>) => Promise<GatewayError>;
}

/**
 * A judge over the given results. Never throws: whatever cannot be looked up or read locks the AI results, and nothing else.
 * What people said of those that are only probably AI's counts, and is asked for only where there are such.
 */
export async function judgeStoredResults(
  deps: JudgeDeps,
  look: Look,
  found: readonly AiResult[],
  signal: AbortSignal,
): Promise<StoredResultsJudge> {
  const { caller } = look;
  if (caller.kind === 'study-reader')
    return judgeForReader(deps, caller, await knownResults(deps, look.study, found));
  const study = found.length === 0 ? undefined : await contextOf(deps, look.study, signal);
  // Read last: a PACS that takes its time over the context would make them stale.
  const [{ now: resultsNow, readAnew }, held] = await Promise.all([
    knownResults(deps, look.study, found),
    heldInTime(deps, look.study, found),
  ]);
  const person = { ...look, caller, context: study };
  const decideNow = (): RetrievalDecision => {
    const question = { caller, study, results: resultsNow(), held: held?.now() };
    return decideRetrieval(question, deps.register.snapshot(), deps.clock.nowMs());
  };
  return {
    lockedNow: keptForAMoment(deps, () => lockedOrAll(decideNow, resultsNow())),
    readAnew: bothAnew(readAnew, held?.readAnew),
    noteViewed: async (uids) => {
      if (found.length > 0) await recordAll(deps, person, versionsAmong(decideNow().permitted, uids));
    },
    refuse: async (uids) => await refuse(deps, person, { decideNow, uids }),
  };
}

/** Absent where neither is needed. */
function bothAnew(
  words: StoredResultsJudge['readAnew'],
  holds: StoredResultsJudge['readAnew'],
): StoredResultsJudge['readAnew'] {
  if (words === undefined || holds === undefined) return words ?? holds;
  return async () => {
    await Promise.all([words(), holds()]);
  };
}

/** Asked for every object of an answer: decided again as soon as the register is another, or a moment has passed. */
function keptForAMoment(
  { register, clock }: Pick<JudgeDeps, 'register' | 'clock'>,
  decide: () => ReadonlySet<string>,
): () => ReadonlySet<string> {
  let kept:
    | { readonly under: RegisterSnapshot; readonly at: number; readonly locked: ReadonlySet<string> }
    | undefined;
  return () => {
    const under = snapshotOf(register);
    if (under === undefined) return decide();
    const now = clock.nowMs();
    const age = kept?.under === under ? now - kept.at : -1;
    if (kept !== undefined && age >= 0 && age < MOMENT_MS) return kept.locked;
    kept = { under, at: now, locked: decide() };
    return kept.locked;
  };
}

function snapshotOf(register: RegisterReader): RegisterSnapshot | undefined {
  try {
    return register.snapshot();
  } catch {
    return undefined;
  }
}

interface PersonsLook extends Look {
  readonly caller: Principal;
  readonly context: StudyContext | undefined;
}

/** An AI endpoint reads images, never what AI made of them before. What that is may be said in the midst of its answer. */
function judgeForReader(
  deps: Pick<JudgeDeps, 'register' | 'clock'>,
  caller: StudyReader,
  { now, readAnew }: ResultsInTime,
): StoredResultsJudge {
  return {
    lockedNow: keptForAMoment(deps, () => new Set(now().map((result): string => result.sopInstanceUid))),
    readAnew,
    noteViewed: async () => {
      await Promise.resolve();
    },
    refuse: async () => {
      const detail = 'An AI endpoint reads the images of one study, and no stored AI results.';
      return await Promise.resolve(new GatewayError('not-permitted', { detail, caseId: caller.caseId }));
    },
  };
}

/** Without a context the decision says so, and locks. */
async function contextOf(
  deps: JudgeDeps,
  study: StudyUid,
  signal: AbortSignal,
): Promise<StudyContext | undefined> {
  try {
    return await deps.studies.studyContext(study, signal);
  } catch {
    // Images must stay readable when the PACS cannot say what the study is: only the AI results need to know.
    return undefined;
  }
}

function lockedOrAll(
  decideNow: () => RetrievalDecision,
  results: readonly KnownResult[],
): ReadonlySet<string> {
  if (results.length === 0) return new Set();
  try {
    return new Set(decideNow().locked.map((one): string => one.result.sopInstanceUid));
  } catch {
    // A register that cannot be read locks every AI result; the images beside them pass.
    return new Set(results.map((result): string => result.sopInstanceUid));
  }
}

/** One of each model version. */
function versionsAmong(judged: readonly JudgedResult[], uids: ReadonlySet<string>): readonly JudgedResult[] {
  const among = judged.filter((one) => uids.has(one.result.sopInstanceUid));
  return [...new Map(among.map((one) => [`${one.model}@${one.version}`, one])).values()];
}

async function refuse(
  deps: JudgeDeps,
  look: PersonsLook,
  asked: { readonly decideNow: () => RetrievalDecision; readonly uids: ReadonlySet<string> },
): Promise<GatewayError> {
  try {
    const denied = versionsAmong(asked.decideNow().locked, asked.uids).filter(
      (one) => !one.decision.permitted,
    );
    const caseIds = await recordAll(deps, look, denied);
    if (denied.length === 0)
      return new GatewayError('ai-locked', {
        detail: 'This changed while it was being looked at. Try again.',
      });
    return new NotPermitted(mergedReasons(denied), caseIds[0]);
  } catch (error: unknown) {
    if (error instanceof GatewayError) return error;
    return new GatewayError('ai-locked', {
      detail: 'Whether you may see this AI result cannot be judged now. Images are unaffected.',
      cause: error,
    });
  }
}

function mergedReasons(denied: readonly JudgedResult[]): readonly ReasonInstance[] {
  const all = denied.flatMap((one) => one.decision.reasons);
  return [...new Map(all.map((reason) => [`${reason.code} ${reason.text}`, reason])).values()];
}

/** Writes one entry for each version, one after the other; names derive from the key, so the log keeps each to one entry. */
async function recordAll(
  deps: JudgeDeps,
  look: PersonsLook,
  versions: readonly JudgedResult[],
): Promise<readonly CaseId[]> {
  const caseIds: CaseId[] = [];
  for (const one of versions) {
    if (one.isUnnamed === true) await recordUnnamed(deps, look, one);
    else caseIds.push(await recordLook(deps, look, one));
  }
  if (versions.length > 0) deps.drift.count();
  return caseIds;
}

async function recordLook(deps: JudgeDeps, look: PersonsLook, one: JudgedResult): Promise<CaseId> {
  const { model, version, decision, result, heldFor } = one;
  const kind: ViewKey['kind'] = decision.permitted ? 'case.viewed' : 'case.refused';
  const key = {
    kind,
    sessionRef: look.caller.sessionRef,
    studyInstanceUid: look.study,
    model,
    version,
    reasons: reasonCodes(decision.reasons),
  };
  const { entryId, caseId } = viewNames(key);
  const subject: CaseSubject = {
    caller: look.caller,
    function: 'view',
    model,
    version,
    study: look.context,
    studyInstanceUid: look.study,
    ...(result.madeAt === undefined ? {} : { madeAt: result.madeAt }),
    ...(heldFor === undefined ? {} : { heldFor }),
  };
  await append(
    deps,
    {
      id: entryId,
      kind,
      caseId,
      requestId: look.requestId,
      facts: caseFacts(subject, decision),
      personal: { ...casePersonal(subject, decision), resultSop: result.sopInstanceUid },
      retainClass: 'imaging-record',
    },
    caseId,
  );
  return caseId;
}

/** There is no version that a case could be of. */
async function recordUnnamed(
  deps: JudgeDeps,
  { caller, study, requestId }: PersonsLook,
  { decision, result: { sopInstanceUid } }: JudgedResult,
): Promise<void> {
  const practitioner = decision.practitioner?.id;
  const at = decision.at;
  await append(deps, unnamedViewEntry({ caller, study, requestId, sopInstanceUid, practitioner, at }));
}

async function append({ caseLog }: JudgeDeps, draft: EntryDraft, caseId?: CaseId): Promise<void> {
  try {
    await caseLog.append(draft);
  } catch (cause: unknown) {
    throw new CaseLogUnavailable(
      'The case log cannot be written, so stored AI results are locked. Images are unaffected.',
      cause,
      caseId,
    );
  }
}
