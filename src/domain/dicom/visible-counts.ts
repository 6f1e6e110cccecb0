import type { StudyObject, StudyObjects } from './ai-result.ts';
import { textOf, type DicomJsonElement, type DicomJsonObject } from './dicom-json.ts';
import { asksForCounts, isOfImages } from './search-levels.ts';
import { isImageModality, isPlainClass } from './sop-classes.ts';
import { matchesWildcard } from './wildcard-match.ts';

/** A study as somebody may see it. */
export interface SeenStudy {
  readonly study: StudyObjects;
  /** SOP Instance UIDs that are locked for them. */
  readonly locked: ReadonlySet<string>;
  /** SOP Instance UIDs of the objects that have what a search asked of objects, where it asked for more than their list tells. */
  readonly found?: ReadonlySet<string>;
}

/** What rows tell of objects that stand in no row of their own (PS3.18 Tables 10.6.3-3 to 10.6.3-5). */
const MODALITIES_IN_STUDY = '00080061';
const SOP_CLASSES_IN_STUDY = '00080062';
const STUDY_SERIES = '00201206';
const STUDY_INSTANCES = '00201208';
const SERIES_INSTANCES = '00201209';
const SERIES = '0020000E';
const COUNTS = [MODALITIES_IN_STUDY, SOP_CLASSES_IN_STUDY, STUDY_SERIES, STUDY_INSTANCES, SERIES_INSTANCES];

/** By which attributes a search can find a study or series through its objects, and which of an object they are. */
const FOUND_BY: readonly (readonly [tag: string, valueOf: (object: StudyObject) => string | undefined])[] = [
  [MODALITIES_IN_STUDY, ({ modality }) => modality],
  ['00080060', ({ modality }) => modality],
  [SOP_CLASSES_IN_STUDY, ({ sopClassUid }) => sopClassUid],
  ['00080016', ({ sopClassUid }) => sopClassUid],
  [SERIES, ({ seriesInstanceUid }) => seriesInstanceUid],
  ['00080018', ({ sopInstanceUid }) => sopInstanceUid],
];

/** Whether a row counts objects, or says what kinds there are. */
export function hasCounts(row: DicomJsonObject): boolean {
  return COUNTS.some((tag) => tag in row);
}

/** A row that counts what may be seen. Where nothing is locked it stays as the PACS gave it. */
export function visibleCounts(row: DicomJsonObject, { study, locked }: SeenStudy): DicomJsonObject {
  if (locked.size === 0 || !hasCounts(row)) return row;
  const all = [...study.objects.values()];
  const [hidden, seen] = parted(all, (object) => locked.has(object.sopInstanceUid));
  if (hidden.length === 0) return row;
  const isInSeries = (object: StudyObject): boolean => object.seriesInstanceUid === textOf(row, SERIES);
  const ofSeen = new Set(seen.map((object): string => object.seriesInstanceUid));
  const gone = new Set(
    hidden.map((object): string => object.seriesInstanceUid).filter((series) => !ofSeen.has(series)),
  );
  return changed(row, {
    [STUDY_SERIES]: (element) => fewer(element, { gone: gone.size, left: ofSeen.size }),
    [STUDY_INSTANCES]: (element) => fewer(element, { gone: hidden.length, left: seen.length }),
    [SERIES_INSTANCES]: (element) =>
      fewer(element, { gone: hidden.filter(isInSeries).length, left: seen.filter(isInSeries).length }),
    [MODALITIES_IN_STUDY]: (element) =>
      only(element, (value) => isLeft(value, [seen, hidden], ({ modality }) => modality)),
    [SOP_CLASSES_IN_STUDY]: (element) =>
      only(element, (value) => isLeft(value, [seen, hidden], ({ sopClassUid }) => sopClassUid)),
  });
}

/** A row without counts: they might be wrong. Of modalities those stay that images are made by. */
export function withoutCounts(row: DicomJsonObject): DicomJsonObject {
  const none = (): undefined => undefined;
  return changed(row, {
    [STUDY_SERIES]: none,
    [STUDY_INSTANCES]: none,
    [SERIES_INSTANCES]: none,
    [SOP_CLASSES_IN_STUDY]: none,
    [MODALITIES_IN_STUDY]: (element) => only(element, isImageModality),
  });
}

/**
 * Whether a study, or one series of it, is there at all for somebody: it holds something they may see, and the search found it by
 * nothing that is locked alone.
 */
export function isThere(
  { study, locked, found }: SeenStudy,
  series: string | undefined,
  matches: ReadonlyMap<string, string>,
): boolean {
  if (locked.size === 0) return holds(study, series);
  const [hidden, seen] = parted(objectsIn(study, series), (object) => locked.has(object.sopInstanceUid));
  if (hidden.length === 0 || seen.length === 0) return seen.length > 0;
  if (asksForCounts(matches, series === undefined ? 'studies' : 'series')) return false;
  return isAmong(seen, found) && FOUND_BY.every((by) => isFoundBy(by, matches, [seen, hidden]));
}

function isAmong(seen: readonly StudyObject[], found: SeenStudy['found']): boolean {
  return found === undefined || seen.some((object) => found.has(object.sopInstanceUid));
}

/** Of what the PACS does not say, a locked object may have anything, and an image what images have. */
function isFoundBy(
  [tag, valueOf]: (typeof FOUND_BY)[number],
  matches: ReadonlyMap<string, string>,
  [seen, hidden]: readonly [readonly StudyObject[], readonly StudyObject[]],
): boolean {
  const asked = matches.get(tag);
  if (asked === undefined) return true;
  const isMatch = matcherOf(asked);
  // What is asked in so many ways may be asked for the sake of a locked one.
  if (isMatch === undefined) return false;
  const fits = (object: StudyObject): boolean => isMatch(valueOf(object));
  const isUnsaid = (object: StudyObject): boolean => valueOf(object) === undefined;
  const isImage = (object: StudyObject): boolean =>
    isUnsaid(object) && isOfImages(tag, asked) && isPlainClass(object.sopClassUid ?? '');
  return (
    seen.some((object) => fits(object) || isImage(object)) ||
    !hidden.some((object) => fits(object) || isUnsaid(object))
  );
}

/** Most often asked, of studies with thousands. */
function holds({ objects }: StudyObjects, series: string | undefined): boolean {
  if (series === undefined) return objects.size > 0;
  for (const object of objects.values()) if (object.seriesInstanceUid === series) return true;
  return false;
}

function objectsIn({ objects }: StudyObjects, series: string | undefined): readonly StudyObject[] {
  const all = [...objects.values()];
  return series === undefined ? all : all.filter((object) => object.seriesInstanceUid === series);
}

/** No modality and no UID is longer (PS3.5 §6.2). */
const MAX_VALUE_LENGTH = 64;
/** Each is held against every object of the study. */
const MAX_PATTERNS = 16;

/** A list, and CS with its wildcards (PS3.4 §C.2.2.2.4); undefined where it names more patterns than anybody asks for. */
function matcherOf(asked: string): ((value: string | undefined) => boolean) | undefined {
  const all = new Set(asked.split(/[,\\]/));
  const patterns = [...all].filter((one) => /[*?]/.test(one));
  if (patterns.length > MAX_PATTERNS) return undefined;
  return (value) => {
    if (value === undefined || value.length > MAX_VALUE_LENGTH) return false;
    return all.has(value) || patterns.some((pattern) => matchesWildcard(value, pattern));
  };
}

function parted<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

/** A value that only hidden objects have, or could have, goes; an object of unknown modality may be any but an image. */
function isLeft(
  value: string,
  [seen, hidden]: readonly [readonly StudyObject[], readonly StudyObject[]],
  valueOf: (object: StudyObject) => string | undefined,
): boolean {
  if (seen.some((object) => valueOf(object) === value)) return true;
  return !hidden.some((object) => {
    const known = valueOf(object);
    return known === value || (known === undefined && !isImageModality(value));
  });
}

type Change = (element: DicomJsonElement) => DicomJsonElement | undefined;

function changed(row: DicomJsonObject, changes: Readonly<Record<string, Change>>): DicomJsonObject {
  const entries = Object.entries(row).flatMap(([tag, element]) => {
    const change = Object.hasOwn(changes, tag) ? changes[tag] : undefined;
    const value = change === undefined ? element : change(element);
    return value === undefined ? [] : [[tag, value] as const];
  });
  return Object.fromEntries(entries);
}

/**
 * Servers write IS as a number or as text (PS3.18 §F.2.3.1); it stays what it is. A count that is none goes. There may be more than is
 * known, which came since; and a PACS that files one study under two patients counts each row by itself.
 */
function fewer(
  element: DicomJsonElement,
  { gone, left }: { readonly gone: number; readonly left: number },
): DicomJsonElement | undefined {
  const [value] = element.Value ?? [];
  const all = Number(value ?? Number.NaN);
  if (!Number.isInteger(all)) return undefined;
  const count = Math.min(all, Math.max(all - gone, left));
  return { ...element, Value: [typeof value === 'string' ? String(count) : count] };
}

function only(element: DicomJsonElement, isKept: (value: string) => boolean): DicomJsonElement {
  const values = (element.Value ?? []).filter((value) => typeof value === 'string' && isKept(value.trim()));
  return { ...element, Value: values };
}
