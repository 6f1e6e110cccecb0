import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { isJsonType, XML_PARTS, type DatasetFormat } from '../domain/dicom/dicomweb-media.ts';
import type { SearchQuery } from '../domain/dicom/dicomweb-query.ts';
import type { SearchResource } from '../domain/dicom/dicomweb-resource.ts';
import { GatewayError, UpstreamFault } from '../domain/errors.ts';
import { parseStudyUid, type StudyUid } from '../domain/identifiers.ts';
import { listableRow } from '../domain/dicom/listable-row.ts';
import { xmlParts } from '../domain/dicom/native-dicom-model.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { beginningOf } from './beginning-of.ts';
import {
  checkStatus,
  singlePiece,
  withCaching,
  withoutValidators,
  type DicomwebAnswer,
} from './dicomweb-answer.ts';
import { identifyReader, type ImageReader } from './identify-reader.ts';
import { keepReadable } from './keep-readable.ts';
import { learnInParts } from './learn-in-parts.ts';
import type { LoginEvidence, PacsAnswer } from './ports.ts';
import type { ReadAnswer } from './repeated-answers.ts';
import { checkToken, rewrittenJson, type RetrieveDeps } from './retrieve.ts';
import { sharedMoment } from './shared-moment.ts';
import { streamRows, type RowRules } from './stream-rows.ts';

/** A search as the edge parsed it. */
export interface SearchInput {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** Which of several PACS; the main one when absent or empty. */
  readonly pacs?: string;
  readonly resource: SearchResource;
  readonly query: SearchQuery;
  readonly accept: string | undefined;
}

type Rows = readonly DicomJsonObject[];

/** What is done with the rows of a long answer. */
interface Handling extends Pick<RowRules, 'format' | 'newName'> {
  readonly learn: (rows: Rows) => void;
  readonly judge: (rows: Rows, by: RetrieveDeps) => Promise<Rows>;
}

const STUDY = '0020000D';
const SERIES = '0020000E';
const INSTANCE = '00080018';

/**
 * Searches the PACS. A signed-in person's search is never refused: rows of AI results that are locked for them are left
 * out, down to an empty list, and the others do not count them. Pages are the PACS's own, so one may come back shorter. An AI
 * endpoint finds its case's one study.
 * Throws NotIdentified, BadRequest, UpstreamFault; GatewayError('not-permitted') for an AI endpoint outside its study.
 */
export async function search(
  deps: RetrieveDeps,
  input: SearchInput,
  signal: AbortSignal,
): Promise<DicomwebAnswer> {
  const { resource, requestId, evidence, pacs } = input;
  const caller = await identifyReader(deps, { evidence, study: studyAsked(input), pacs }, signal);
  if (resource.study !== undefined) checkToken(caller, resource.study);
  const { format, query, request, name } = deps.prepareSearch({ ...input, within: onlyStudyOf(caller) });
  checkStudiesAsked(caller, input.query);
  const askedAt = deps.clock.monotonicMs();
  const answer = await deps.pacs.fetch(request, signal);
  checkStatus(answer);
  checkSearch(answer);
  checkForm(format, answer);
  const headers = withCaching(answer.headers, true);
  if (answer.status >= 300 || answer.status === 204) return { ...answer, headers };
  noteRead(deps, caller, input);
  const begun = await beginningOf(answer.body);
  const hasWarning = answer.status !== 200 || answer.headers['warning'] !== undefined;
  const learn = (rows: Rows): void => deps.passing?.learn({ resource, query, rows, hasWarning }, askedAt);
  const judge = (rows: Rows, by: RetrieveDeps): Promise<Rows> => {
    const asked = rows.filter(
      (row) => wasAskedFor(row, query, resource) && isOfItsStudy(caller, row, resource),
    );
    return keepReadable(by, { caller, requestId }, { resource, query, rows: asked }, signal);
  };
  if (begun.whole === undefined) {
    const long = { ...answer, headers, body: begun.body };
    const handling = { learn: learnInParts(resource, learn), judge };
    return await longAnswer(deps, long, { ...handling, format: format ?? 'json', newName: requestId });
  }
  const found = deps.repeated.read(name, begun.whole);
  learn(found.rows);
  const bytes = writtenOf(deps, found, await judge(found.rows, deps));
  return { ...inFormat(format ?? 'json', { ...answer, headers }, bytes), rowsFound: () => found.rows.length };
}

/** A long answer goes through in parts; all of them together wait no longer for counts than a short one. */
async function longAnswer(
  deps: RetrieveDeps,
  answer: PacsAnswer,
  { learn, judge, ...form }: Handling,
): Promise<DicomwebAnswer> {
  const inOneMoment = { ...deps, after: sharedMoment(deps) };
  return await streamRows(answer, {
    ...form,
    judge: (rows) => {
      learn(rows);
      return judge(rows, inOneMoment);
    },
    write: (rows) => rewrittenJson(deps, rows.map(listableRow)),
  });
}

/** Rows as they go out. All rows of an answer are written once for as long as the PACS repeats itself. */
function writtenOf(deps: RetrieveDeps, found: ReadAnswer, readable: readonly DicomJsonObject[]): Uint8Array {
  const { rows } = found;
  const isAll = readable.length === rows.length && readable.every((row, at) => row === rows[at]);
  if (isAll && found.written !== undefined) return found.written;
  const bytes = rewrittenJson(deps, readable.map(listableRow));
  if (isAll) found.written = bytes;
  return bytes;
}

/** Some PACS give JSON also to a caller that does not name it, as RFC 9110 §12.5.1 lets them; another form cannot be looked through. */
function checkForm(format: DatasetFormat | undefined, answer: PacsAnswer): void {
  const isEmpty = answer.status >= 300 || answer.status === 204;
  if (format !== undefined || isEmpty || isJsonType(answer.headers['content-type'])) return;
  answer.cancel();
  throw new GatewayError('not-acceptable', {
    detail: `Searches are answered as application/dicom+json or as ${XML_PARTS}. Ask for one of these.`,
  });
}

/** XML is made of what may be shown. */
function inFormat(
  format: DatasetFormat,
  { status, headers, cancel }: PacsAnswer,
  json: Uint8Array,
): DicomwebAnswer {
  const { bytes, ...named } =
    format === 'json' ? { bytes: json, contentType: undefined } : xmlParts(parseDatasets(json));
  return {
    status,
    headers: {
      ...withoutValidators(headers),
      ...(named.contentType === undefined ? {} : { 'content-type': named.contentType }),
      'content-length': String(bytes.length),
    },
    body: singlePiece(bytes),
    cancel,
  };
}

/** The gateway asks with its own login: a PACS that refuses that refuses nobody's search but the gateway's. */
function checkSearch(answer: PacsAnswer): void {
  if (answer.status !== 403) return;
  answer.cancel();
  throw new UpstreamFault('upstream-bad-answer', 'pacs', {
    detail: 'The PACS does not let the gateway search. Tell IT: its login needs that right.',
  });
}

/** The one study that is asked for, where it is one. */
function studyAsked({ resource, query }: SearchInput): StudyUid | undefined {
  return resource.study ?? parseStudyUid(query.matches.get(STUDY) ?? '');
}

/** A token's search is for its study. */
function onlyStudyOf(caller: ImageReader): string | undefined {
  return caller.kind === 'person' ? undefined : caller.studyInstanceUid;
}

/** And names no other. */
function checkStudiesAsked(caller: ImageReader, { matches }: SearchQuery): void {
  if (caller.kind === 'person') return;
  for (const uid of matches.get(STUDY)?.split(',') ?? []) checkToken(caller, uid);
}

/** What a PACS lists for an AI endpoint without saying of which study it is may be of another. */
function isOfItsStudy(caller: ImageReader, row: DicomJsonObject, { study }: SearchResource): boolean {
  return caller.kind === 'person' || study !== undefined || textOf(row, STUDY) === caller.studyInstanceUid;
}

/** People who search have seen no image; what an AI endpoint reads of its study stands in its case, whatever it is. */
function noteRead({ accesses }: RetrieveDeps, caller: ImageReader, { requestId, pacs }: SearchInput): void {
  const study = caller.kind === 'person' ? undefined : parseStudyUid(caller.studyInstanceUid);
  if (study === undefined) return;
  const look = { caller, study, requestId };
  accesses.note(look, { headers: {}, ...(pacs === undefined ? {} : { pacs }) });
}

/** The PACS may ignore a filter; the UIDs asked for are held against the rows once more. */
function wasAskedFor(row: DicomJsonObject, query: SearchQuery, resource: SearchResource): boolean {
  const asked = (tag: string, fixed: string | undefined): readonly string[] | undefined =>
    fixed === undefined ? query.matches.get(tag)?.split(',') : [fixed];
  const pairs = [
    [textOf(row, STUDY), asked(STUDY, resource.study)],
    [textOf(row, SERIES), asked(SERIES, resource.series)],
    [textOf(row, INSTANCE), asked(INSTANCE, undefined)],
  ] as const;
  return pairs.every(([is, wanted]) => is === undefined || wanted === undefined || wanted.includes(is));
}
