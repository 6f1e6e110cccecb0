import { textOf, type DicomJsonObject } from './dicom-json.ts';
import type { SearchQuery } from './dicomweb-query.ts';
import type { SearchResource } from './dicomweb-resource.ts';
import { SERIES_FIELDS, STUDY_FIELDS, UNASKED_SERIES_FIELDS, UNASKED_STUDY_FIELDS } from './study-fields.ts';
import { parseStudyUid, type StudyUid } from '../identifiers.ts';

/** A search that somebody made, with the PACS's own answer to it. */
export interface PassingRows {
  readonly resource: SearchResource;
  /** As the PACS was asked. */
  readonly query: SearchQuery;
  /** As the PACS gave them, all of them. */
  readonly rows: readonly DicomJsonObject[];
  /** Whether the answer came with a Warning: the PACS may have left some out (PS3.18 §8.3.4.4). */
  readonly hasWarning: boolean;
}

/** What of it is as good as an answer to a question of the gateway's own. */
export interface StudyPieces {
  /** Rows of studies. */
  readonly studies: ReadonlyMap<StudyUid, DicomJsonObject>;
  /** All series of one study. */
  readonly series?: { readonly study: StudyUid; readonly rows: readonly DicomJsonObject[] };
}

const STUDY = '0020000D';
const SERIES = '0020000E';
const STUDY_ROW = [STUDY, ...STUDY_FIELDS, ...UNASKED_STUDY_FIELDS];
const SERIES_ROW = [SERIES, ...SERIES_FIELDS, ...UNASKED_SERIES_FIELDS];

interface Fields {
  /** What the gateway's own question asks for. */
  readonly asked: readonly string[];
  /** What it reads beside them. */
  readonly unasked: readonly string[];
}
const OF_STUDY: Fields = { asked: STUDY_FIELDS, unasked: UNASKED_STUDY_FIELDS };
const OF_SERIES: Fields = { asked: SERIES_FIELDS, unasked: UNASKED_SERIES_FIELDS };
const NOTHING: StudyPieces = { studies: new Map() };

/**
 * Takes from a passing search what says of a study exactly what the PACS would say if the gateway asked: nothing that was not asked
 * for and might be there, nothing that was compared with a caller's word (a PACS could echo it), no list that may be cut. The rest
 * teaches nothing. Values are the PACS's; the caller chose only which of them came.
 */
export function piecesOf(passing: PassingRows): StudyPieces {
  const { of } = passing.resource;
  if (of === 'studies') return { studies: studyRows(passing) };
  return of === 'series' ? seriesOf(passing) : NOTHING;
}

function studyRows({ query, rows }: PassingRows): StudyPieces['studies'] {
  const found = new Map<StudyUid, DicomJsonObject>();
  const seen = new Set<StudyUid>();
  if (STUDY_ROW.some((tag) => tag !== STUDY && query.matches.has(tag))) return found;
  for (const row of rows) {
    const study = parseStudyUid(textOf(row, STUDY) ?? '');
    if (study === undefined || seen.has(study)) continue;
    // The first row that names it counts, here as in an answer to the gateway's own question.
    seen.add(study);
    if (isAsOurs(row, query, OF_STUDY)) found.set(study, only(row, STUDY_ROW));
  }
  return found;
}

function seriesOf(passing: PassingRows): StudyPieces {
  const { resource, query, rows } = passing;
  const { study } = resource;
  if (study === undefined || rows.length === 0 || !isWhole(passing)) return NOTHING;
  const isOfStudy = (row: DicomJsonObject): boolean => (textOf(row, STUDY) ?? study) === study;
  if (!rows.every((row) => isOfStudy(row) && isAsOurs(row, query, OF_SERIES))) return NOTHING;
  return { ...NOTHING, series: { study, rows: rows.map((row) => only(row, SERIES_ROW)) } };
}

/** Whether nothing was left out: by a filter, by a page, or by the PACS. */
function isWhole({ query, hasWarning }: PassingRows): boolean {
  const { matches, limit, offset = 0 } = query;
  return matches.size === 0 && limit === undefined && offset === 0 && !hasWarning;
}

/**
 * Whether the row holds of these fields what the gateway's own question would bring, no more and no less. One that is not there must
 * have been asked for by its tag: not every PACS knows the word `all`.
 */
function isAsOurs(row: DicomJsonObject, { includeFields }: SearchQuery, fields: Fields): boolean {
  const isAsked = (tag: string): boolean => includeFields.includes(tag);
  const mayBeMore = (tag: string): boolean => tag in row && (isAsked(tag) || isAsked('all'));
  return fields.asked.every((tag) => tag in row || isAsked(tag)) && !fields.unasked.some(mayBeMore);
}

function only(row: DicomJsonObject, tags: readonly string[]): DicomJsonObject {
  return Object.fromEntries(Object.entries(row).filter(([tag]) => tags.includes(tag)));
}
