import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { performedWork } from '../domain/dicom/performed-work.ts';
import { checkAbout } from '../domain/dicom/workitem-about.ts';
import {
  canceledWorkitem,
  checkedTransactionUid,
  dateTimeOf,
  element,
  reasonGivenBy,
  updatedWorkitem,
} from '../domain/dicom/workitem-change.ts';
import {
  isFinal,
  judgeCancelRequest,
  judgeUpdate,
  type WorkitemVerdict,
} from '../domain/dicom/workitem-state.ts';
import { cancelAskedBy, eventsOfUpdate } from '../domain/dicom/workitem-event.ts';
import { WORKITEM_TAGS as TAGS } from '../domain/dicom/workitem-tags.ts';
import { versionNamedBy } from '../domain/dicom/workitem-work.ts';
import { textOf } from '../domain/dicom/dicom-json.ts';
import { BadRequest } from '../domain/errors.ts';
import type { SopInstanceUid } from '../domain/identifiers.ts';
import { WorkitemRefused } from '../domain/workitem-refused.ts';
import { subscriptionTo } from '../domain/workitem-subscription.ts';
import type { Workitem } from '../domain/workitem.ts';
import {
  admitWorker,
  ownerOfMachine,
  refused,
  visibleWorkitem,
  type AdmitWorkerDeps,
  type Worker,
} from './admit-worker.ts';
import type { LoginEvidence } from './ports.ts';
import type { Workitems, WorkitemSubscriptions, WorkitemTeller } from './ports-workitems.ts';
import { endCase, type EndCaseDeps } from './workitem-case.ts';

/** What bringing a workitem to its end needs. */
export interface FinishDeps extends EndCaseDeps {
  readonly events: WorkitemTeller;
}

/** What changing workitems needs. */
export interface ChangeWorkitemDeps extends AdmitWorkerDeps, FinishDeps {
  readonly workitems: Pick<Workitems, 'find' | 'change'>;
  readonly subscriptions: Pick<WorkitemSubscriptions, 'about'>;
  readonly clock: EndCaseDeps['clock'];
}

/** A change as the edge parsed it. */
export interface ChangeWorkitemInput {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly uid: SopInstanceUid;
  readonly dataset: DicomJsonObject;
}

/**
 * Changes attributes of a workitem (PS3.18 §11.6): its creator's before it is claimed, its performer's with the Transaction UID after that.
 * Throws what admitWorker throws; GatewayError('not-found'), GatewayError('not-permitted'), BadRequest, WorkitemRefused,
 * GatewayError('payload-too-large'), RegisterUnavailable.
 */
export async function updateWorkitem(
  deps: ChangeWorkitemDeps,
  input: ChangeWorkitemInput & { readonly transactionUid?: string },
  signal: AbortSignal,
): Promise<void> {
  const worker = await admitWorker(deps, input.evidence, signal);
  const workitem = await visibleWorkitem(deps.workitems, worker, input.uid);
  // A key in the body is one of the older edition; it is no attribute that could be changed.
  const { [TAGS.transactionUid]: inBody, ...given } = input.dataset;
  const spoken =
    inBody === undefined ? undefined : textOf({ [TAGS.transactionUid]: inBody }, TAGS.transactionUid);
  checkHand(worker, workitem);
  passOrRefuse(judgeUpdate(workitem, input.transactionUid ?? checkedTransactionUid(spoken)));
  const changes = worker.kind === 'performer' ? performedWork(given) : given;
  const dataset = updatedWorkitem(workitem.dataset, changes);
  checkStillAsked(dataset, workitem);
  if (!(await deps.workitems.change({ ...workitem, dataset: touched(deps, dataset) }))) throw overtaken();
  for (const event of eventsOfUpdate(workitem.dataset, changes))
    deps.events.tell({ uid: workitem.uid, event, state: workitem.state });
}

/** Throws BadRequest where it would ask for another version than was decided about, or name another study or patient. */
function checkStillAsked(dataset: DicomJsonObject, { model, version, asked }: Workitem): void {
  const named = versionNamedBy(dataset);
  if (named.model !== model || named.version !== version)
    throw new BadRequest('A workitem stays with the version that was decided about. Create another one.');
  checkAbout(dataset, asked.study);
}

/** Whose hand may change it, in the state it is in; who else sees it may look. In the end it is nobody's, and the state says so. */
function checkHand(worker: Worker, { state, creator, performer }: Workitem): void {
  if (isFinal(state)) return;
  const isCreator = worker.kind === 'person' && worker.practitioner.id === creator;
  const isPerformer = worker.kind === 'performer' && worker.machine.id === performer;
  if (state === 'SCHEDULED' ? isCreator : isPerformer) return;
  throw refused(
    'Before it is claimed a workitem is changed by who created it, after that by who claimed it.',
  );
}

/**
 * Cancels a workitem that nobody has claimed, or asks the performer of one that is under way to cancel it (PS3.18 §11.8). That it does is
 * not promised, nor that it hears of it.
 * Throws as updateWorkitem does, and CaseLogUnavailable where its end cannot be written down yet: it is canceled all the same.
 */
export async function cancelWorkitem(
  deps: ChangeWorkitemDeps,
  input: ChangeWorkitemInput,
  signal: AbortSignal,
): Promise<void> {
  const worker = await admitWorker(deps, input.evidence, signal);
  const workitem = await visibleWorkitem(deps.workitems, worker, input.uid);
  if (worker.kind === 'performer')
    throw refused('Who performs workitems cancels those it has claimed, by their state.');
  const isUnderWay = workitem.state === 'IN PROGRESS';
  const detail =
    'It is not subscribed, so its performer cannot be told. Stop the use of the model version where it must end now.';
  const canTell = isUnderWay && (await canTellPerformer(deps, workitem));
  passOrRefuse(judgeCancelRequest(workitem, canTell), isUnderWay ? detail : undefined);
  if (isUnderWay) {
    await askPerformer(deps, workitem, input.dataset);
    return;
  }
  await cancel(deps, workitem, {
    requestId: input.requestId,
    reason: reasonGivenBy(input.dataset),
  });
}

/** Whether the machine that claimed it is subscribed to it, under whichever AE title. */
async function canTellPerformer(
  { subscriptions }: Pick<ChangeWorkitemDeps, 'subscriptions'>,
  workitem: Workitem,
): Promise<boolean> {
  const owner = ownerOfMachine(workitem.performer ?? '');
  const found = await subscriptions.about(workitem.uid, { owner });
  return found.some((one) => subscriptionTo(one, workitem) !== undefined);
}

/** What was said stands in the row, and only that something was said travels between nodes. */
async function askPerformer(
  deps: ChangeWorkitemDeps,
  workitem: Workitem,
  dataset: DicomJsonObject,
): Promise<void> {
  const { uid, state } = workitem;
  if (!(await deps.workitems.change({ ...workitem, cancelAsked: cancelAskedBy(dataset) }))) throw overtaken();
  deps.events.tell({ uid, event: 'cancel-requested', state });
}

/** Cancels it where it is still as it was read, and ends its case. Throws WorkitemRefused where it is not. */
export async function cancel(
  deps: FinishDeps,
  workitem: Workitem,
  why: { readonly requestId: string; readonly reason?: string | undefined },
): Promise<void> {
  const finalAt = deps.clock.nowMs();
  const dataset = canceledWorkitem(workitem.dataset, { atMs: finalAt, reason: why.reason });
  await finish(deps, { ...workitem, state: 'CANCELED', dataset, finalAt }, why.requestId);
}

/** Brings a workitem into its final state, once, and writes down how its case ended. */
export async function finish(deps: FinishDeps, ended: Workitem, requestId: string): Promise<void> {
  const workitem = { ...ended, dataset: touched(deps, ended.dataset) };
  if (!(await deps.workitems.change(workitem))) throw overtaken();
  deps.events.tell({ uid: workitem.uid, event: 'state', state: workitem.state });
  await endCase(deps, { ...workitem, revision: workitem.revision + 1 }, requestId);
}

/** Throws where a request does not fit the state. Gives the text of a warning where it asks for what is so already. */
export function passOrRefuse(verdict: WorkitemVerdict, detail?: string): void {
  if (verdict.kind !== 'refused') return;
  throw new WorkitemRefused(verdict.status, verdict.warning, detail === undefined ? {} : { detail });
}

/** Somebody else was faster. */
export function overtaken(): WorkitemRefused {
  return new WorkitemRefused(409, 'inconsistent', {
    detail: 'It was changed at the same moment. Read it again.',
  });
}

function touched({ clock }: Pick<ChangeWorkitemDeps, 'clock'>, dataset: DicomJsonObject): DicomJsonObject {
  return { ...dataset, [TAGS.modifiedAt]: element('DT', dateTimeOf(clock.nowMs())) };
}
