import { missingToComplete, outputOf, stateAskedBy } from '../domain/dicom/workitem-change.ts';
import { judgeStateChange, WORKITEM_WARNINGS } from '../domain/dicom/workitem-state.ts';
import { parseSopInstanceUid } from '../domain/identifiers.ts';
import type { Machine } from '../domain/principal.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import { WorkitemRefused } from '../domain/workitem-refused.ts';
import type { Workitem } from '../domain/workitem.ts';
import { admitWorker, refused, visibleWorkitem } from './admit-worker.ts';
import {
  cancel,
  finish,
  overtaken,
  passOrRefuse,
  type ChangeWorkitemDeps,
  type ChangeWorkitemInput,
} from './change-workitem.ts';
import type { InFlightCases } from './in-flight-cases.ts';
import type { StudyContextReader } from './ports.ts';
import type { StoredResult, StoredResults } from './ports-store.ts';
import { studyNeeds } from './study-needs.ts';
import { decideWorkitem, endingOf } from './workitem-case.ts';

/** What claiming and finishing workitems needs. */
export interface ChangeWorkitemStateDeps extends ChangeWorkitemDeps {
  readonly studies: StudyContextReader;
  readonly storedResults: Pick<StoredResults, 'find'>;
  readonly inFlight: InFlightCases;
}

interface Asked {
  readonly workitem: Workitem;
  readonly machine: Machine;
  readonly requestId: string;
}

/**
 * Changes the state of a workitem (PS3.18 §11.7), as the machine that performs it. At the claim it is decided again whether its creator may
 * have it; of many who claim at once one gets it. Resolves to the text of a Warning where it was in that state already.
 * Throws what admitWorker throws; GatewayError('not-found'), GatewayError('not-permitted'), BadRequest, WorkitemRefused (with the reasons
 * where it is no longer permitted), the PACS's fault where it cannot say what the study is, RegisterUnavailable, CaseLogUnavailable.
 */
export async function changeWorkitemState(
  deps: ChangeWorkitemStateDeps,
  input: ChangeWorkitemInput,
  signal: AbortSignal,
): Promise<{ readonly warning?: string }> {
  const worker = await admitWorker(deps, input.evidence, signal);
  const workitem = await visibleWorkitem(deps.workitems, worker, input.uid);
  if (worker.kind === 'person')
    throw refused(
      'The state of a workitem is changed by the machine that performs it. Ask to cancel it instead.',
    );
  const { machine } = worker;
  const { wanted, transactionUid } = stateAskedBy(input.dataset);
  const verdict = judgeStateChange(workitem, wanted, transactionUid);
  passOrRefuse(verdict);
  // The key alone is not enough: results are stored, and cases ended, by the machine that is on record.
  if (wanted !== 'IN PROGRESS' && workitem.performer !== machine.id)
    throw refused('Another machine has claimed this workitem.');
  if (verdict.kind === 'already') return { warning: WORKITEM_WARNINGS[verdict.warning] };
  const asked = { workitem, machine, requestId: input.requestId };
  const over = deps.inFlight.begin(workitem.caseId);
  try {
    if (wanted === 'CANCELED') await cancel(deps, workitem, asked);
    else if (wanted === 'COMPLETED') await complete(deps, asked);
    else await claim(deps, { ...asked, ...(transactionUid === undefined ? {} : { transactionUid }) }, signal);
  } finally {
    over();
  }
  return {};
}

async function claim(
  deps: ChangeWorkitemStateDeps,
  { workitem, machine, requestId, transactionUid }: Asked & { readonly transactionUid?: string },
  signal: AbortSignal,
): Promise<void> {
  await refuseClosed(deps, { workitem, requestId });
  const { asked, model, version } = workitem;
  const needs = studyNeeds([deps.register.snapshot().modelVersion(model, version)]);
  const study = await deps.studies.studyContext(asked.study.studyInstanceUid, signal, needs);
  const { permitted, reasons } = decideWorkitem(deps, workitem, study);
  if (!permitted) {
    const reason = `No longer permitted: ${reasons.map(({ code }) => code).join(', ')}`;
    const detail = 'It is no longer permitted, and was canceled.';
    return await refuse(deps, { workitem, requestId }, { reason, detail, reasons });
  }
  if (!(await deps.creators.stands(workitem.asked.caller))) {
    const detail = 'Who asked for it has signed out since, and it was canceled.';
    return await refuse(
      deps,
      { workitem, requestId },
      { reason: 'Asked for in a session that is over', detail },
    );
  }
  const claimed: Workitem = {
    ...workitem,
    state: 'IN PROGRESS',
    performer: machine.id,
    ...(transactionUid === undefined ? {} : { transactionUid }),
  };
  if (!(await deps.workitems.change(claimed))) throw overtaken();
  deps.events.tell({ uid: claimed.uid, event: 'state', state: claimed.state });
}

/** Where its case has ended already nothing may come of it: no record, no result. */
async function refuseClosed(deps: ChangeWorkitemStateDeps, asked: Omit<Asked, 'machine'>): Promise<void> {
  if ((await endingOf(deps, asked.workitem.caseId)) === undefined) return;
  const detail = 'Its case was closed before, and it was canceled.';
  await refuse(deps, asked, { reason: 'Its case was closed', detail });
}

async function refuse(
  deps: ChangeWorkitemStateDeps,
  { workitem, requestId }: Omit<Asked, 'machine'>,
  {
    reason,
    ...why
  }: {
    readonly reason: string;
    readonly detail: string;
    readonly reasons?: readonly ReasonInstance[];
  },
): Promise<never> {
  await cancel(deps, workitem, { requestId, reason });
  throw new WorkitemRefused(409, 'inconsistent', { ...why, caseId: workitem.caseId });
}

async function complete(
  deps: ChangeWorkitemStateDeps,
  { workitem, machine, requestId }: Asked,
): Promise<void> {
  await refuseClosed(deps, { workitem, requestId });
  const missing = missingToComplete(workitem.dataset);
  if (missing.length > 0) {
    const detail = `To be completed it lacks: ${missing.join(', ')}. Update it first.`;
    throw new WorkitemRefused(409, 'inconsistent', { detail });
  }
  await checkOutput(deps, workitem, machine);
  await finish(deps, { ...workitem, state: 'COMPLETED', finalAt: deps.clock.nowMs() }, requestId);
}

/** No record, no result: what it names as its output came through this gateway, by this machine, and belongs to the study. */
async function checkOutput(
  { storedResults }: ChangeWorkitemStateDeps,
  workitem: Workitem,
  machine: Machine,
): Promise<void> {
  const uids = outputOf(workitem.dataset);
  const detail = `Its output must be objects of the study that this version made for it and this machine stored through the gateway, ${String(MAX_OUTPUT)} at most. Store them first.`;
  const unknown = new WorkitemRefused(409, 'inconsistent', { detail });
  if (uids.length > MAX_OUTPUT) throw unknown;
  for (const text of uids) {
    const uid = parseSopInstanceUid(text);
    const stored = uid === undefined ? undefined : await storedResults.find(uid);
    if (stored === undefined || stored.machine !== machine.id || !isMadeFor(stored, workitem)) throw unknown;
  }
}

/** Of this study and version, stored since it was asked for, and whole: without a digest not all of its bytes have reached the PACS. */
function isMadeFor(
  { study, madeBy, keptAt, digest }: StoredResult,
  { asked, model, version, createdAt }: Workitem,
): boolean {
  const isOfVersion = madeBy?.model === model && madeBy.version === version;
  const isOfStudy = study === asked.study.studyInstanceUid;
  return isOfVersion && isOfStudy && keptAt >= createdAt && digest !== undefined;
}

const MAX_OUTPUT = 200;
