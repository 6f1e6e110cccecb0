import { collectBody } from '../domain/collect-body.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import type { SearchQuery } from '../domain/dicom/dicomweb-query.ts';
import type { SearchResource } from '../domain/dicom/dicomweb-resource.ts';
import { GatewayError, UpstreamFault } from '../domain/errors.ts';
import { parseSeriesUid, parseSopInstanceUid, type SeriesUid, type StudyUid } from '../domain/identifiers.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { isImageModality } from '../domain/dicom/sop-classes.ts';
import { SERIES_FIELDS, STUDY_FIELDS } from '../domain/dicom/study-fields.ts';
import type { StudyPicture } from '../ui/study-page.ts';
import type { StudyFacts } from '../ui/studies-page.ts';
import type { Flows } from './app-deps.ts';
import type { PageContext } from './page-context.ts';
import type { StudySearchFields } from './search-cookie.ts';

type Searching = Pick<Flows, 'search'>;
interface Asking extends Pick<PageContext, 'evidence' | 'requestId' | 'signal'> {
  /** Which PACS; the main one when absent or empty. */
  readonly pacs?: string;
}
interface Question {
  readonly resource: SearchResource;
  readonly query: SearchQuery;
}

const STUDIES_PER_PAGE = 25;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const TAGS = {
  studyInstanceUid: '0020000D',
  seriesInstanceUid: '0020000E',
  sopInstanceUid: '00080018',
  studyDate: '00080020',
  accessionNumber: '00080050',
  modality: '00080060',
  modalitiesInStudy: '00080061',
  studyDescription: '00081030',
  patientName: '00100010',
  patientId: '00100020',
  patientBirthDate: '00100030',
  patientSex: '00100040',
  seriesInstances: '00201209',
} as const;
/** Not every PACS returns these on its own (PS3.18 table 10.6.1-5 leaves the description out). */
const INCLUDED = [TAGS.studyDescription, TAGS.modalitiesInStudy, TAGS.patientBirthDate, TAGS.patientSex];

/**
 * A page of studies (from 1), 25 at a time, newest first within the page: QIDO-RS knows no order.
 * Throws what the search flow throws.
 */
export async function findStudies(
  flows: Searching,
  asking: Asking,
  wanted: { readonly search: StudySearchFields; readonly page: number },
): Promise<{ readonly studies: readonly StudyFacts[]; readonly hasMore: boolean }> {
  const query = {
    matches: matchesOf(wanted.search),
    includeFields: INCLUDED,
    // One more than is shown tells whether there is another page.
    limit: STUDIES_PER_PAGE + 1,
    offset: (wanted.page - 1) * STUDIES_PER_PAGE,
  };
  const { rows, found } = await ask(flows, asking, { resource: { kind: 'search', of: 'studies' }, query });
  const studies = rows.slice(0, STUDIES_PER_PAGE).flatMap(studyFacts);
  const newestFirst = studies.toSorted((a, b) => (b.date ?? '').localeCompare(a.date ?? ''));
  return { studies: newestFirst, hasMore: found > STUDIES_PER_PAGE };
}

/**
 * One study at the first PACS that has it, the main one first; undefined when none does. Throws what the search flow throws: where
 * one of several is away, only when none of the others has the study.
 */
export async function findStudy(
  flows: Searching,
  asking: Omit<Asking, 'pacs'> & { readonly morePacs: readonly string[] | undefined },
  study: StudyUid,
): Promise<{ readonly study: StudyFacts; readonly pacs: string } | undefined> {
  let fault: UpstreamFault | undefined;
  for (const pacs of ['', ...(asking.morePacs ?? [])]) {
    try {
      const found = await findStudyAt(flows, { ...asking, pacs }, study);
      if (found !== undefined) return { study: found, pacs };
    } catch (error: unknown) {
      if (!(error instanceof UpstreamFault)) throw error;
      fault ??= error;
    }
  }
  if (fault !== undefined) throw fault;
  return undefined;
}

/** Asks for all that a decision on the study needs: that passes by the readers, and is not asked for again. */
async function findStudyAt(
  flows: Searching,
  asking: Asking,
  study: StudyUid,
): Promise<StudyFacts | undefined> {
  const includeFields = [...new Set([...INCLUDED, ...STUDY_FIELDS])];
  const query = { matches: new Map([[TAGS.studyInstanceUid, study]]), includeFields };
  const { rows } = await ask(flows, asking, { resource: { kind: 'search', of: 'studies' }, query });
  return rows.flatMap(studyFacts).find((facts) => facts.studyInstanceUid === study);
}

/** The middle image of the study's largest image series. Undefined when it has none, or the PACS cannot say. */
export async function findPicture(
  flows: Searching,
  asking: Asking,
  study: StudyUid,
): Promise<StudyPicture | undefined> {
  try {
    return await lookForPicture(flows, asking, study);
  } catch (error: unknown) {
    // A picture is for orientation only: the study and what is unlocked on it are shown without one.
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

async function lookForPicture(
  flows: Searching,
  asking: Asking,
  study: StudyUid,
): Promise<StudyPicture | undefined> {
  const { rows: all } = await ask(flows, asking, {
    resource: { kind: 'search', of: 'series', study },
    query: { matches: new Map(), includeFields: [TAGS.seriesInstances, ...SERIES_FIELDS] },
  });
  const [series] = all.flatMap(imageSeries).toSorted((a, b) => b.count - a.count);
  if (series === undefined) return undefined;
  const middle = Math.floor(series.count / 2);
  const { rows: instances } = await ask(flows, asking, {
    resource: { kind: 'search', of: 'instances', study, series: series.uid },
    query: { matches: new Map(), includeFields: [], limit: 1, offset: middle },
  });
  // A PACS that does not know limit and offset answers with all of them.
  const row = instances.length > 1 ? instances[middle] : instances[0];
  const instance =
    row === undefined ? undefined : parseSopInstanceUid(textOf(row, TAGS.sopInstanceUid) ?? '');
  if (instance === undefined) return undefined;
  const href = `${doorOf(asking)}/studies/${study}/series/${series.uid}/instances/${instance}/rendered`;
  return { href, caption: series.count === 1 ? 'The image' : `One of ${series.count} images` };
}

function doorOf({ pacs = '' }: Asking): string {
  return pacs === '' ? '/dicom-web' : `/dicom-web/${pacs}`;
}

function imageSeries(row: DicomJsonObject): readonly { readonly uid: SeriesUid; readonly count: number }[] {
  const uid = parseSeriesUid(textOf(row, TAGS.seriesInstanceUid) ?? '');
  if (uid === undefined || !isImageModality(textOf(row, TAGS.modality) ?? '')) return [];
  const count = Number(textOf(row, TAGS.seriesInstances));
  return [{ uid, count: Number.isSafeInteger(count) && count > 0 ? count : 1 }];
}

/** What may be seen of what was found, and how many the PACS found. */
async function ask(
  flows: Searching,
  asking: Asking,
  question: Question,
): Promise<{ readonly rows: readonly DicomJsonObject[]; readonly found: number }> {
  const { evidence, requestId, signal, pacs = '' } = asking;
  const answer = await flows.search(
    { evidence, requestId, pacs, ...question, accept: 'application/dicom+json' },
    signal,
  );
  if (answer.status === 200) {
    const rows = parseDatasets(await collectBody(answer.body, MAX_ANSWER_BYTES));
    return { rows, found: answer.rowsFound?.() ?? rows.length };
  }
  answer.cancel();
  if (answer.status === 204 || answer.status === 404) return { rows: [], found: 0 };
  const detail = `The PACS refused the search with status ${answer.status}.`;
  throw new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
}

function matchesOf(search: StudySearchFields): ReadonlyMap<string, string> {
  const { patientId, accession, modality, date } = search;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    [TAGS.patientId, patientId],
    [TAGS.accessionNumber, accession],
    [TAGS.modalitiesInStudy, modality],
    [TAGS.studyDate, date?.replaceAll('-', '')],
  ];
  return new Map(pairs.flatMap(([tag, value]) => (value === undefined ? [] : [[tag, value] as const])));
}

/** A row as the page shows it; one without a well-formed UID cannot be opened and is left out. */
function studyFacts(row: DicomJsonObject): readonly StudyFacts[] {
  const studyInstanceUid = textOf(row, TAGS.studyInstanceUid);
  if (studyInstanceUid === undefined) return [];
  const texts = {
    date: textOf(row, TAGS.studyDate),
    description: textOf(row, TAGS.studyDescription),
    patientName: textOf(row, TAGS.patientName),
    patientId: textOf(row, TAGS.patientId),
    birthDate: textOf(row, TAGS.patientBirthDate),
    sex: textOf(row, TAGS.patientSex),
    accession: textOf(row, TAGS.accessionNumber),
  };
  const given = Object.fromEntries(
    Object.entries(texts).filter(([, text]) => text !== undefined && text !== ''),
  );
  return [{ studyInstanceUid, modalities: modalitiesOf(row), ...given }];
}

function modalitiesOf(row: DicomJsonObject): readonly string[] {
  const values = row[TAGS.modalitiesInStudy]?.Value ?? [];
  return values.filter((value) => typeof value === 'string').map((value) => value.trim());
}
