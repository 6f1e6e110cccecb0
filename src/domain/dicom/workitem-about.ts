import { BadRequest } from '../errors.ts';
import { parseSopInstanceUid, parseStudyUid, type SopInstanceUid, type StudyUid } from '../identifiers.ts';
import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';
import { itemsOf } from './parse-workitem.ts';
import type { StudyContext } from './study-context.ts';
import { WORKITEM_TAGS as TAGS } from './workitem-tags.ts';
import { everyElement, isEmpty, onlyTextOf } from './workitem-walk.ts';

const PATIENT_ID = '00100020';
/** Referenced Study Sequence: its Referenced SOP Instance UID is that of a study. */
const REFERENCED_STUDIES = '00081110';
/** Where else something could be fetched than from this gateway: addresses, and the sequences that are made of them. */
const PLACES: readonly string[] = ['00081190', '0040E010', '0040E022', '0040E023', '0040E024', '0040E025'];

/**
 * The one study that a workitem is about. Every place that names one, at whatever depth, names it once and alike: what is decided for one
 * study must not run on another. The gateway fills in the top level where it is empty. Throws BadRequest.
 */
export function studyNamedBy(dataset: DicomJsonObject): StudyUid {
  const named = new Set(studiesIn(dataset));
  const [only, ...others] = named;
  const study = parseStudyUid(only ?? '');
  if (study !== undefined && others.length === 0) return study;
  throw new BadRequest(
    'A workitem is about one study. Name it by Study Instance UID (0020,000D), the same one, once, in every item that names one.',
  );
}

/**
 * The workitem that this one is a part of, where it names one, by Related Procedure Step Sequence: the standard has retired it, and has put
 * nothing in its place. Replaced Procedure Step Sequence says that another one was canceled. Throws BadRequest.
 */
export function mainTaskNamedBy(dataset: DicomJsonObject): SopInstanceUid | undefined {
  const related = dataset[TAGS.relatedSteps];
  if (related === undefined || isEmpty(related)) return undefined;
  const uids = itemsOf(dataset, TAGS.relatedSteps).map((item) => item[TAGS.referencedSopInstanceUid]);
  const [named, ...others] = uids.map((uid) => parseSopInstanceUid((uid && onlyTextOf(uid)) ?? ''));
  if (named !== undefined && others.length === 0) return named;
  throw new BadRequest(
    'A workitem has one main task at most. Name it once in Related Procedure Step Sequence (0074,1220), by Referenced SOP Instance UID.',
  );
}

/** Throws BadRequest where a workitem names another study or patient than it was decided for, or an address to fetch something from. */
export function checkAbout(
  dataset: DicomJsonObject,
  { studyInstanceUid, identifying }: Pick<StudyContext, 'studyInstanceUid' | 'identifying'>,
): void {
  checkPlaces(dataset);
  if (studyNamedBy(dataset) !== studyInstanceUid)
    throw new BadRequest('A workitem stays with the study that was decided about. Create another one.');
  checkPatient(dataset, identifying.patientId);
}

/** Throws BadRequest where a workitem names an address: whoever performs it reads the study that was decided about, by its UID. */
export function checkPlaces(dataset: DicomJsonObject): void {
  const found = everyElement(dataset).find(({ tag, element }) => PLACES.includes(tag) || element.vr === 'UR');
  if (found === undefined) return;
  throw new BadRequest(`Leave out ${found.tag}: a workitem holds no addresses. Name the study by its UID.`);
}

/** The patient's ID is the PACS's to say. Nothing else of the patient decides whose images are read. */
function checkPatient(dataset: DicomJsonObject, patientId: string | undefined): void {
  const isOther = ({ tag, element }: { readonly tag: string; readonly element: DicomJsonElement }): boolean =>
    tag === PATIENT_ID && !isEmpty(element) && onlyTextOf(element) !== patientId?.trim();
  if (!everyElement(dataset).some(isOther)) return;
  throw new BadRequest(
    'The Patient ID (0010,0020) is not that of the study, as its PACS has it. Correct it, or leave it out.',
  );
}

/** Patient ID of the study, as it is kept. */
export function patientOf({ identifying }: Pick<StudyContext, 'identifying'>): DicomJsonObject {
  const { patientId } = identifying;
  return { [PATIENT_ID]: { vr: 'LO', ...(patientId === undefined ? {} : { Value: [patientId] }) } };
}

/** What is not exactly one UID is named as an empty text, which is no study. */
function studiesIn(dataset: DicomJsonObject): readonly string[] {
  return everyElement(dataset).flatMap(({ tag, element, depth }) => {
    if (tag === REFERENCED_STUDIES) return referenced(element);
    if (tag !== TAGS.studyInstanceUid || (depth === 0 && isEmpty(element))) return [];
    return [onlyTextOf(element) ?? ''];
  });
}

function referenced(element: DicomJsonElement): readonly string[] {
  return itemsOf({ [REFERENCED_STUDIES]: element }, REFERENCED_STUDIES).flatMap((item) => {
    const uid = item[TAGS.referencedSopInstanceUid];
    return uid === undefined ? [] : [onlyTextOf(uid) ?? ''];
  });
}
