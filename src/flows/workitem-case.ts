import { decide, type Decision } from '../domain/decide.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import { outputOf } from '../domain/dicom/workitem-change.ts';
import { createByteDigest } from '../domain/byte-digest.ts';
import { GatewayError } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EntryKind, LogEntry } from '../domain/log-entry.ts';
import type { Workitem } from '../domain/workitem.ts';
import type { InferenceCase } from './inference-case.ts';
import type { CaseLogAppender, CaseLogReader, Clock, RegisterReader } from './ports.ts';
import type { DriftCounter } from './ports-drift.ts';
import type { CreatorSessions, Workitems, WorkUnderWay } from './ports-workitems.ts';
import { recordFailure, recordWorkDone } from './write-case.ts';

/** What ending the case of a workitem needs. */
export interface EndCaseDeps {
  readonly workitems: Pick<Workitems, 'change'>;
  readonly register: RegisterReader;
  readonly caseLog: CaseLogAppender;
  readonly drift: DriftCounter;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
  readonly creators: CreatorSessions;
}

const ENDINGS: readonly EntryKind[] = ['case.outcome', 'case.orphan'];

/** The entry with which a case has ended, where it has. Throws CaseLogUnavailable. */
export async function endingOf(
  { caseLogReader }: Pick<EndCaseDeps, 'caseLogReader'>,
  caseId: CaseId,
): Promise<LogEntry | undefined> {
  const [ending] = await caseLogReader.entries({ caseId, kinds: ENDINGS, limit: 1 });
  return ending;
}

/** The case of a workitem as it was opened, asked again with what the PACS says of the study now. */
function caseOf(workitem: Workitem, requestId: string, study: StudyContext): InferenceCase {
  const { model, version, function: wanted, caseId, intentId } = workitem;
  const base = askedFor(workitem, study);
  return {
    id: caseId,
    intentId,
    question: { ...base, input: 'study' },
    subject: { ...base, studyInstanceUid: study.studyInstanceUid, inputFrom: 'study' },
    request: {
      evidence: {},
      requestId,
      protocol: 'workitem',
      model,
      version,
      function: wanted,
      study: study.studyInstanceUid,
      input: 'study',
      inputDigest: undefined,
      payload: { kind: 'study' },
    },
  };
}

function askedFor({ asked, function: wanted, model, version }: WorkUnderWay, study: StudyContext) {
  return { caller: asked.caller, function: wanted, model, version, study };
}

/** Whether whoever asked for it may still have it, of the study as it is known. Throws RegisterUnavailable. */
export function decideWorkitem(
  { register, clock }: Pick<EndCaseDeps, 'register' | 'clock'>,
  workitem: WorkUnderWay,
  study: StudyContext,
): Decision {
  return decide({ ...askedFor(workitem, study), input: 'study' }, register.snapshot(), clock.nowMs());
}

/**
 * Writes down how the case of a final workitem ended: what was completed is released where it still is permitted now and its creator has not
 * signed out, what was canceled is withheld. Then marks it as ended; where that fails it is written again, under the same id, which writes
 * nothing. One that was completed although its case had ended otherwise is canceled.
 * Throws CaseLogUnavailable, RegisterUnavailable, SessionsUnavailable, GatewayError('case-closed') for that last one.
 */
export async function endCase(deps: EndCaseDeps, workitem: Workitem, requestId: string): Promise<void> {
  const opened = caseOf(workitem, requestId, workitem.asked.study);
  const decision = decideWorkitem(deps, workitem, workitem.asked.study);
  try {
    if (workitem.state !== 'COMPLETED') await recordFailure(deps, opened, { decision, err: 'cancelled' });
    else await recordDone(deps, opened, { decision, workitem });
  } catch (error: unknown) {
    // Ended already. That ending stands, be it an older run of this one or another.
    if (!(error instanceof GatewayError) || error.code !== 'case-closed') throw error;
  }
  // What was written before under its id is taken for it: only a look at the log tells.
  if (workitem.state === 'COMPLETED') await checkOwnEnding(deps, workitem);
  deps.drift.count();
  await deps.workitems.change({ ...workitem, isCaseEnded: true });
}

/** An ending of work that was done names who did it; no other does. */
async function checkOwnEnding(deps: EndCaseDeps, workitem: Workitem): Promise<void> {
  const { caseId, performer } = workitem;
  if ((await endingOf(deps, caseId))?.facts.performer === performer) return;
  await deps.workitems.change({ ...workitem, state: 'CANCELED', isCaseEnded: true });
  const detail =
    'The case was closed before the work was done, so it is canceled, and no AI result is shown.';
  throw new GatewayError('case-closed', { detail, caseId });
}

async function recordDone(
  deps: EndCaseDeps,
  opened: InferenceCase,
  { decision, workitem }: { readonly decision: Decision; readonly workitem: Workitem },
): Promise<void> {
  const isLeft = !(await deps.creators.stands(workitem.asked.caller));
  const { performer = '' } = workitem;
  await recordWorkDone(deps, opened, decision, { ...outputFactsOf(workitem), performer, isLeft });
}

/** Which objects were made: their UIDs are personal, so a digest stands for them, and the first one is kept as such. */
function outputFactsOf({
  dataset,
}: Workitem): Pick<Parameters<typeof recordWorkDone>[3], 'output' | 'resultSop'> {
  const uids = outputOf(dataset);
  const [first] = uids;
  if (first === undefined) return {};
  const digest = createByteDigest();
  digest.update(Buffer.from(uids.join('\n')));
  return {
    output: { type: 'dicom', digest: digest.value(), codes: [] },
    resultSop: first,
  };
}
