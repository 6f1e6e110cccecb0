import { parseSopInstanceUid, type SopInstanceUid } from '../identifiers.ts';
import type { Workitem } from '../workitem.ts';
import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';
import { itemsOf } from './parse-workitem.ts';
import { element } from './workitem-change.ts';
import { parseWorkitemState, type WorkitemState } from './workitem-state.ts';
import { UPS_PUSH_SOP_CLASS, WORKITEM_TAGS as TAGS } from './workitem-tags.ts';

/** What is told of a workitem, and its Event Type ID (PS3.4 Table CC.2.4-1). */
const WORKITEM_EVENTS = { state: 1, 'cancel-requested': 2, progress: 3, assigned: 5 } as const;
export type WorkitemEvent = keyof typeof WORKITEM_EVENTS;

/** That something happened to a workitem. It travels between nodes, so it holds nothing about a patient: whoever hears of it reads the row. */
export interface WorkitemNotice {
  readonly uid: SopInstanceUid;
  readonly event: WorkitemEvent;
  /** The state that was reached: the row may have gone on by the time it is read. */
  readonly state: WorkitemState;
  /** For this AE title only: the first report after a subscription. */
  readonly to?: string;
}

/** N-EVENT-REPORT-RQ (PS3.7 Table E.1-1). */
const N_EVENT_REPORT = 0x0100;
/** Anything but 0101H says that more than the command follows (PS3.7 §E.2). */
const WITH_DATA = 0x0001;
/** Whoever asks by HTTP shows no AE title; the one who passes it on has this. */
const REQUESTING_AE = 'COUNTERSIGN';
const CANCEL_TAGS = [
  TAGS.reasonForCancellation,
  TAGS.discontinuationReason,
  TAGS.contactUri,
  TAGS.contactName,
];
const PROGRESS_TAGS: readonly string[] = [
  TAGS.percentDone,
  TAGS.progressDescription,
  TAGS.progressParameters,
  TAGS.communicationUris,
];
const ASSIGNED_TAGS = [TAGS.stationName, TAGS.humanPerformers];

/** An event as a subscriber reads it (PS3.18 §11.13, PS3.4 Table CC.2.4-1). */
export function eventReport(
  workitem: Pick<Workitem, 'dataset' | 'cancelAsked'>,
  { uid, event, state }: WorkitemNotice,
  messageId: number,
): DicomJsonObject {
  return {
    '00000002': element('UI', UPS_PUSH_SOP_CLASS),
    '00000100': number(N_EVENT_REPORT),
    '00000110': number(messageId),
    '00000800': number(WITH_DATA),
    [TAGS.affectedSopInstanceUid]: element('UI', uid),
    '00001002': number(WORKITEM_EVENTS[event]),
    ...detailsOf(workitem, event, state),
  };
}

/** What of a request to cancel is passed on to the performer (PS3.4 §CC.2.2). */
export function cancelAskedBy(dataset: DicomJsonObject): DicomJsonObject {
  return only(dataset, CANCEL_TAGS);
}

/** What an update tells: of progress whenever it is given, of readiness and of who shall perform it where that is another. */
export function eventsOfUpdate(before: DicomJsonObject, changes: DicomJsonObject): readonly WorkitemEvent[] {
  const isNew = (tag: string): boolean =>
    changes[tag] !== undefined && JSON.stringify(changes[tag]) !== JSON.stringify(before[tag]);
  return [
    ...(isNew(TAGS.inputReadiness) ? (['state'] as const) : []),
    ...(changes[TAGS.progress] === undefined ? [] : (['progress'] as const)),
    ...(ASSIGNED_TAGS.some(isNew) ? (['assigned'] as const) : []),
  ];
}

/** What the creation of a workitem tells (PS3.4 §CC.2.4.3). */
export function eventsOfCreation(dataset: DicomJsonObject): readonly WorkitemEvent[] {
  return ASSIGNED_TAGS.some((tag) => dataset[tag] !== undefined) ? ['state', 'assigned'] : ['state'];
}

/** A notice as another node wrote it; undefined for anything else. */
export function parseWorkitemNotice(text: string): WorkitemNotice | undefined {
  const [, eventText, stateText, to] = text.split('|');
  const uid = parseSopInstanceUid(text.replace(/\|.*$/, ''));
  const state = parseWorkitemState(stateText);
  const event = EVENT_NAMES.find((name) => name === eventText);
  if (uid === undefined || state === undefined || event === undefined) return undefined;
  return { uid, event, state, ...(to === undefined ? {} : { to }) };
}

/** A notice as it travels. */
export function workitemNoticeText({ uid, event, state, to }: WorkitemNotice): string {
  return [uid, event, state, ...(to === undefined ? [] : [to])].join('|');
}

const EVENT_NAMES = ['state', 'cancel-requested', 'progress', 'assigned'] as const;

function detailsOf(
  { dataset, cancelAsked = {} }: Pick<Workitem, 'dataset' | 'cancelAsked'>,
  event: WorkitemEvent,
  state: WorkitemState,
): DicomJsonObject {
  switch (event) {
    case 'state':
      return { ...stateDetails(dataset, state), [TAGS.state]: element('CS', state) };
    case 'cancel-requested':
      return { [TAGS.requestingAe]: element('AE', REQUESTING_AE), ...cancelAsked };
    case 'progress': {
      const told = itemsOf(dataset, TAGS.progress).map((item) => only(item, PROGRESS_TAGS));
      return { [TAGS.progress]: { vr: 'SQ', Value: told } };
    }
    case 'assigned':
      return assignedDetails(dataset);
  }
}

function stateDetails(dataset: DicomJsonObject, state: WorkitemState): DicomJsonObject {
  const [progress = {}] = state === 'CANCELED' ? itemsOf(dataset, TAGS.progress) : [];
  return {
    ...only(dataset, [TAGS.inputReadiness]),
    ...only(progress, [TAGS.reasonForCancellation, TAGS.discontinuationReason]),
  };
}

/** Later editions tell the sequence of people, earlier ones the code and organization of one of them. */
function assignedDetails(dataset: DicomJsonObject): DicomJsonObject {
  const [person = {}] = itemsOf(dataset, TAGS.humanPerformers);
  return {
    ...only(dataset, ASSIGNED_TAGS),
    ...only(person, [TAGS.performerCode, TAGS.performerOrganization]),
  };
}

function only(dataset: DicomJsonObject, tags: readonly string[]): DicomJsonObject {
  return Object.fromEntries(Object.entries(dataset).filter(([tag]) => tags.includes(tag)));
}

function number(value: number): DicomJsonElement {
  return { vr: 'US', Value: [value] };
}
