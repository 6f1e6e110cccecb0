import { BadRequest } from '../errors.ts';
import { isUid } from '../identifiers.ts';
import { textOf, type DicomJsonElement, type DicomJsonObject } from './dicom-json.ts';
import { checkWorkitemSize, itemsOf } from './parse-workitem.ts';
import { parseWorkitemState, type WorkitemState } from './workitem-state.ts';
import { WORKITEM_TAGS as TAGS } from './workitem-tags.ts';

/** What an update may not touch: the gateway's own, and what the decision was made on. */
const FIXED: readonly string[] = [
  TAGS.sopClassUid,
  TAGS.sopInstanceUid,
  TAGS.affectedSopInstanceUid,
  TAGS.transactionUid,
  TAGS.state,
  TAGS.modifiedAt,
  TAGS.studyInstanceUid,
  TAGS.inputInformation,
  TAGS.parameters,
  TAGS.relatedSteps,
];
/** The group of patients (PS3.6 §6): whose study it is does not change. */
const PATIENT = /^0010/;
/** Reason For Cancellation is read in lists; what is longer is no reason. */
const MAX_REASON = 1_024;

/**
 * The dataset after an update (PS3.18 §11.6): each attribute that is given takes the place of the one that was there, whole.
 * Throws BadRequest for attributes that are not the caller's to change, GatewayError('payload-too-large').
 */
export function updatedWorkitem(dataset: DicomJsonObject, changes: DicomJsonObject): DicomJsonObject {
  const fixed = Object.keys(changes).filter((tag) => FIXED.includes(tag) || PATIENT.test(tag));
  if (fixed.length > 0) {
    throw new BadRequest(
      `An update may not change ${fixed.join(', ')}: these are the gateway’s own, or what was decided about. Create another workitem.`,
    );
  }
  const updated = { ...dataset, ...changes };
  checkWorkitemSize(updated);
  return updated;
}

/** The state that a request asks for, and the Transaction UID it brings (PS3.18 §11.7). Throws BadRequest for anything else. */
export function stateAskedBy(changes: DicomJsonObject): {
  readonly wanted: WorkitemState;
  readonly transactionUid: string | undefined;
} {
  const wanted = parseWorkitemState(textOf(changes, TAGS.state));
  if (wanted === undefined) {
    throw new BadRequest('Name the state in (0074,1000): IN PROGRESS, COMPLETED or CANCELED.');
  }
  return { wanted, transactionUid: checkedTransactionUid(textOf(changes, TAGS.transactionUid)) };
}

/** Why somebody cancels, where they say it. Throws BadRequest for a text that would make the workitem larger than one may be. */
export function reasonGivenBy(dataset: DicomJsonObject): string | undefined {
  const reason = textOf(dataset, TAGS.reasonForCancellation);
  if (reason === undefined || reason.length <= MAX_REASON) return reason;
  throw new BadRequest(`A reason for cancellation has ${String(MAX_REASON)} characters at most.`);
}

/** Throws BadRequest for a text that is no UID. */
export function checkedTransactionUid(text: string | undefined): string | undefined {
  if (text === undefined || isUid(text)) return text;
  throw new BadRequest('The Transaction UID is not a UID.');
}

/** What a workitem lacks to be COMPLETED (PS3.4 Table CC.2.5-3, as far as it can be checked here); empty where nothing is. */
export function missingToComplete(dataset: DicomJsonObject): readonly string[] {
  const [performed] = itemsOf(dataset, TAGS.performed);
  if (performed === undefined) return ['Unified Procedure Step Performed Procedure Sequence (0074,1216)'];
  return [
    ...lacks(performed, TAGS.performedStart, 'Performed Procedure Step Start DateTime (0040,4050)'),
    ...lacks(performed, TAGS.performedEnd, 'Performed Procedure Step End DateTime (0040,4051)'),
    ...(performed[TAGS.output]?.vr === 'SQ' ? [] : ['Output Information Sequence (0040,4033)']),
  ];
}

function lacks(item: DicomJsonObject, tag: string, name: string): readonly string[] {
  return textOf(item, tag) === undefined ? [name] : [];
}

/** SOP Instance UIDs of everything that a workitem names as its output, each once, sorted. */
export function outputOf(dataset: DicomJsonObject): readonly string[] {
  const references = itemsOf(dataset, TAGS.performed)
    .flatMap((performed) => itemsOf(performed, TAGS.output))
    .flatMap((output) => itemsOf(output, TAGS.referencedSops));
  const uids = references.map((item) => textOf(item, TAGS.referencedSopInstanceUid) ?? '');
  return [...new Set(uids)].toSorted();
}

/** The dataset of one that is canceled: since when, and why where that was said. */
export function canceledWorkitem(
  dataset: DicomJsonObject,
  cancelled: { readonly atMs: number; readonly reason?: string | undefined },
): DicomJsonObject {
  const [progress = {}] = itemsOf(dataset, TAGS.progress);
  const { atMs, reason } = cancelled;
  const told = {
    [TAGS.cancelledAt]: element('DT', dateTimeOf(atMs)),
    ...progress,
    ...(reason === undefined ? {} : { [TAGS.reasonForCancellation]: element('LT', reason) }),
  };
  return { ...dataset, [TAGS.progress]: { vr: 'SQ', Value: [told] } };
}

/** An element with one value. */
export function element(vr: string, value: string): DicomJsonElement {
  return { vr, Value: [value] };
}

/** A moment as DICOM writes it (PS3.5 Table 6.2-1, DT), in UTC. */
export function dateTimeOf(ms: number): string {
  return `${new Date(ms).toISOString().replaceAll(/[-:TZ]/g, '')}+0000`;
}
