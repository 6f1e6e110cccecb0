import { textOf, type DicomJsonElement, type DicomJsonObject } from './dicom-json.ts';
import { isPlainClass } from './sop-classes.ts';

const SOP_CLASS_UID = '00080016';
const MODALITIES_IN_STUDY = '00080061';
/** Value representations that name, count, date or measure; not sequences, long texts or binary values. */
const LISTABLE = new Set([
  'AE',
  'AS',
  'AT',
  'CS',
  'DA',
  'DS',
  'DT',
  'FD',
  'FL',
  'IS',
  'LO',
  'PN',
  'SH',
  'SL',
  'SS',
  'TM',
  'UI',
  'UL',
  'UR',
  'US',
]);
/** Sequences and long texts that say what was ordered and who the patient is, which is what lists are for. */
const ALSO_LISTABLE = new Set([
  '00081032',
  '00081110',
  '00082218',
  '00104000',
  '00321064',
  '00400275',
  '00081199',
]);

/**
 * A search row without anything that could carry what an AI result says. Some PACS answer `includefield` at study and
 * series level from whatever object comes first, and every PACS can return a whole report at instance level: a list shows
 * what there is, and only a retrieval, which is judged and recorded, shows what it says. Rows of acquired images keep all.
 */
export function listableRow(row: DicomJsonObject): DicomJsonObject {
  const isImage = isPlainClass(textOf(row, SOP_CLASS_UID) ?? '');
  const isKept = ([tag, element]: readonly [string, DicomJsonElement]): boolean =>
    !isEmptyModalities(tag, element) && (isImage || isListable(tag, element));
  const entries = Object.entries(row);
  // As a rule there is nothing to leave out: the row need not be made again.
  return entries.every(isKept) ? row : Object.fromEntries(entries.filter(isKept));
}

/** An empty Modalities in Study breaks the whole study list of a common viewer; left out, it does not. */
function isEmptyModalities(tag: string, element: DicomJsonElement): boolean {
  return tag === MODALITIES_IN_STUDY && (element.Value ?? []).length === 0;
}

/** Private groups are odd (PS3.5 §7.8). */
function isListable(tag: string, element: DicomJsonElement): boolean {
  const isPrivate = Number.parseInt(tag.slice(0, 4), 16) % 2 === 1;
  return !isPrivate && (LISTABLE.has(element.vr) || ALSO_LISTABLE.has(tag));
}
