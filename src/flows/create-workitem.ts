import { decide, type Decision } from '../domain/decide.ts';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { checkAbout, patientOf } from '../domain/dicom/workitem-about.ts';
import { canceledWorkitem, dateTimeOf, element } from '../domain/dicom/workitem-change.ts';
import { eventsOfCreation } from '../domain/dicom/workitem-event.ts';
import { UPS_PUSH_SOP_CLASS, WORKITEM_TAGS as TAGS } from '../domain/dicom/workitem-tags.ts';
import { workAskedBy, type AskedWork } from '../domain/dicom/workitem-work.ts';
import { BadRequest, GatewayError, NotPermitted } from '../domain/errors.ts';
import { parseSopInstanceUid, type CaseId, type SopInstanceUid } from '../domain/identifiers.ts';
import type { Workitem } from '../domain/workitem.ts';
import { admitWorker, refused, visibleWorkitem } from './admit-worker.ts';
import type { InferenceCase, InferenceDeps } from './inference-case.ts';
import { openCase } from './open-case.ts';
import type { LoginEvidence } from './ports.ts';
import type { Workitems, WorkitemTeller } from './ports-workitems.ts';
import { recordDecision, recordFailure } from './write-case.ts';

/** What creating a workitem needs. */
export interface CreateWorkitemDeps extends InferenceDeps {
  readonly workitems: Pick<Workitems, 'create' | 'find' | 'checkRoom' | 'change'>;
  readonly events: WorkitemTeller;
}

/** A workitem as the edge parsed it. */
export interface CreateWorkitemInput {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** Absent where the gateway is to choose it. */
  readonly uid?: SopInstanceUid;
  readonly dataset: DicomJsonObject;
}

type Permission = Required<Pick<Decision, 'practitioner' | 'binding'>> & { readonly decision: Decision };

/**
 * Creates a workitem (UPS-RS, PS3.18 §11.4). It asks for AI, so it is decided like a call: the intent or the refusal stands in the case
 * log before the workitem exists, and where it then cannot be kept its case is ended.
 * Throws what openCase and admitWorker throw; BadRequest; GatewayError('not-found') for its main task, GatewayError('not-permitted') for machines, GatewayError('conflict') for a UID that is taken, NotPermitted
 * (with the case), GatewayError('overloaded'), RegisterUnavailable, CaseLogUnavailable.
 */
export async function createWorkitem(
  deps: CreateWorkitemDeps,
  input: CreateWorkitemInput,
  signal: AbortSignal,
): Promise<Pick<Workitem, 'uid' | 'caseId'>> {
  const caller = await deps.identity.verifyEvidence(input.evidence, signal);
  if (caller.kind === 'machine')
    throw refused('Workitems are asked for by people: AI is unlocked for one person at a time.');
  const { evidence, requestId, dataset, uid = newUid(deps) } = input;
  const { model, version, study, function: wanted, ...part } = workAskedBy(dataset);
  const request = { evidence, requestId, model, version, study, function: wanted };
  const opened = await openCase(
    deps,
    {
      ...request,
      input: 'study',
      inputDigest: undefined,
      protocol: 'workitem',
      payload: { kind: 'study' },
      comesByStow: true,
    },
    signal,
  );
  const over = deps.inFlight.begin(opened.id);
  try {
    const permission = await permit(deps, opened, { uid, dataset, ...part }, signal);
    await keep(deps, opened, { permission, uid, dataset });
    for (const event of eventsOfCreation(dataset)) deps.events.tell({ uid, event, state: 'SCHEDULED' });
    return { uid, caseId: opened.id };
  } finally {
    over();
  }
}

/** PS3.5 §B.2: a UUID as a number, below 2.25. */
function newUid({ ids }: Pick<CreateWorkitemDeps, 'ids'>): SopInstanceUid {
  const hex = ids.newId().replaceAll(/[^0-9a-f]/g, '');
  const uid = parseSopInstanceUid(`2.25.${BigInt(`0x0${hex}`).toString()}`);
  if (uid === undefined) throw new GatewayError('internal');
  return uid;
}

async function permit(
  deps: CreateWorkitemDeps,
  opened: InferenceCase,
  asked: Pick<Workitem, 'uid' | 'dataset'> & Pick<AskedWork, 'mainTask'>,
  signal: AbortSignal,
): Promise<Permission> {
  const decision = decide(opened.question, deps.register.snapshot(), deps.clock.nowMs());
  const { permitted, practitioner, binding } = decision;
  const isPermitted = permitted && practitioner !== undefined && binding !== undefined;
  if (isPermitted) await checkKeepable(deps, opened, { ...asked, creator: practitioner.id });
  const part = isPermitted ? await mainCaseOf(deps, opened, asked.mainTask, signal) : {};
  const kind = isPermitted ? 'case.intent' : 'case.refused';
  await recordDecision(deps, opened, { decision, kind, ...part });
  if (isPermitted) return { decision, practitioner, binding };
  deps.drift.count();
  throw new NotPermitted(decision.reasons, opened.id);
}

/**
 * What cannot be kept is told before anything is written for it, and only to whoever may have it: others would learn which UIDs there are,
 * and whose study it is.
 */
async function checkKeepable(
  { workitems }: CreateWorkitemDeps,
  { question: { study } }: InferenceCase,
  { uid, dataset, creator }: Pick<Workitem, 'uid' | 'dataset' | 'creator'>,
): Promise<void> {
  if (study !== undefined) checkAbout(dataset, study);
  if ((await workitems.find(uid)) !== undefined) throw taken();
  await workitems.checkRoom(creator);
}

/** The case of the workitem that this one is a part of: one that its creator sees, about the same study. */
async function mainCaseOf(
  deps: CreateWorkitemDeps,
  { request }: InferenceCase,
  mainTask: SopInstanceUid | undefined,
  signal: AbortSignal,
): Promise<{ readonly mainCase?: CaseId }> {
  if (mainTask === undefined) return {};
  const worker = await admitWorker(deps, request.evidence, signal);
  const { asked, caseId } = await visibleWorkitem(deps.workitems, worker, mainTask);
  if (asked.study.studyInstanceUid === request.study) return { mainCase: caseId };
  throw new BadRequest('A workitem is about the same study as its main task. Name one that is.');
}

async function keep(
  deps: CreateWorkitemDeps,
  opened: InferenceCase,
  what: {
    readonly permission: Permission;
    readonly uid: SopInstanceUid;
    readonly dataset: DicomJsonObject;
  },
): Promise<void> {
  const { permission } = what;
  try {
    await deps.workitems.create(workitemOf(deps, opened, what));
  } catch (cause: unknown) {
    await undo(deps, opened, { ...what, decision: permission.decision });
    throw cause;
  }
}

/** Nothing was run, so its case is ended as one that was cancelled. It may have been kept although we were told otherwise. */
async function undo(
  deps: CreateWorkitemDeps,
  opened: InferenceCase,
  { decision, uid }: { readonly decision: Decision; readonly uid: SopInstanceUid },
): Promise<void> {
  try {
    await recordFailure(deps, opened, { decision, err: 'cancelled' });
    deps.drift.count();
  } finally {
    await cancelKept(deps, opened, uid);
  }
}

async function cancelKept(
  { workitems, clock }: CreateWorkitemDeps,
  { id }: InferenceCase,
  uid: SopInstanceUid,
): Promise<void> {
  const finalAt = clock.nowMs();
  try {
    const kept = await workitems.find(uid);
    if (kept?.caseId !== id) return;
    const dataset = canceledWorkitem(kept.dataset, { atMs: finalAt, reason: 'Not created' });
    await workitems.change({ ...kept, state: 'CANCELED', dataset, finalAt });
  } catch {
    // Whoever claims it is refused by what the log holds; and the caller is to hear why it could not be created.
  }
}

function workitemOf(
  { clock }: CreateWorkitemDeps,
  { id, intentId, question, request }: InferenceCase,
  { permission, uid, dataset }: Parameters<typeof keep>[2],
): Workitem {
  const { caller, study } = question;
  // Without it nothing is permitted; said here once more so that no workitem is ever kept without.
  if (study === undefined) throw new GatewayError('internal');
  const createdAt = clock.nowMs();
  const { [TAGS.state]: _state, [TAGS.transactionUid]: _key, ...rest } = dataset;
  return {
    uid,
    state: 'SCHEDULED',
    dataset: {
      ...rest,
      [TAGS.sopClassUid]: element('UI', UPS_PUSH_SOP_CLASS),
      [TAGS.sopInstanceUid]: element('UI', uid),
      [TAGS.studyInstanceUid]: element('UI', request.study),
      ...patientOf(study),
      [TAGS.modifiedAt]: element('DT', dateTimeOf(createdAt)),
    },
    model: request.model,
    version: request.version,
    function: permission.binding.function,
    creator: permission.practitioner.id,
    asked: { caller, study },
    caseId: id,
    intentId,
    isCaseEnded: false,
    createdAt,
    revision: 1,
  };
}

function taken(): GatewayError {
  return new GatewayError('conflict', { detail: 'There is a workitem with this UID. Choose another one.' });
}
