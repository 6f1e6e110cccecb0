import type { StudyObjects } from '../domain/dicom/ai-result.ts';
import { collectBody } from '../domain/collect-body.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { acceptsDicomJson } from '../domain/dicom/dicomweb-media.ts';
import { searchPairs, searchWithin, type SearchQuery } from '../domain/dicom/dicomweb-query.ts';
import { upstreamSegments, type SearchResource } from '../domain/dicom/dicomweb-resource.ts';
import { BadRequest } from '../domain/errors.ts';
import { parseStudyUid, type StudyUid } from '../domain/identifiers.ts';
import { listableRow } from '../domain/dicom/listable-row.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { isImageModality, isPlainClass } from '../domain/dicom/sop-classes.ts';
import {
  checkStatus,
  singlePiece,
  withCaching,
  withoutValidators,
  type DicomwebAnswer,
} from './dicomweb-answer.ts';
import { identifyReader, type ImageReader } from './identify-person.ts';
import { judgeStoredResults, type Look } from './judge-stored-results.ts';
import type { LoginEvidence } from './ports.ts';
import { checkToken, rewrittenJson, type RetrieveDeps } from './retrieve.ts';

/** A search as the edge parsed it. */
export interface SearchInput {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly resource: SearchResource;
  readonly query: SearchQuery;
  readonly accept: string | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const STUDY = '0020000D';
const SERIES = '0020000E';
const INSTANCE = '00080018';
const SOP_CLASS = '00080016';
const MODALITY = '00080060';
/** Look-ups of different studies at the same time. */
const AT_ONCE = 4;

/**
 * Searches the PACS. A signed-in person's search is never refused: rows of AI results that are locked for them are left
 * out, down to an empty list. Study rows stay, with the PACS's own counts. An AI endpoint's token finds its one study.
 * Throws NotIdentified, BadRequest, UpstreamFault; GatewayError('not-permitted') for a token outside its study.
 */
export async function search(
  deps: RetrieveDeps,
  input: SearchInput,
  signal: AbortSignal,
): Promise<DicomwebAnswer> {
  const caller = await identifyReader(deps, input.evidence, signal);
  const { resource, requestId } = input;
  if (!acceptsDicomJson(input.accept))
    throw new BadRequest('Searches are answered as application/dicom+json. Ask for that.');
  if (resource.study !== undefined) checkToken(caller, resource.study);
  const query = pinned(caller, searchWithin(input.query, resource));
  const answer = await deps.pacs.fetch(
    {
      method: 'GET',
      segments: upstreamSegments(resource),
      query: searchPairs(query),
      headers: { accept: 'application/dicom+json' },
      decode: true,
    },
    signal,
  );
  checkStatus(answer);
  const headers = withCaching(answer.headers, true);
  if (answer.status >= 300 || answer.status === 204) return { ...answer, headers };
  const rows = parseDatasets(await collectBody(answer.body, MAX_ANSWER_BYTES)).filter((row) =>
    wasAskedFor(row, query, resource),
  );
  const readable = await keepReadable(deps, { caller, requestId }, { resource, rows }, signal);
  const bytes = rewrittenJson(deps, readable.map(listableRow));
  return {
    status: answer.status,
    headers: { ...withoutValidators(headers), 'content-length': String(bytes.length) },
    body: singlePiece(bytes),
    cancel: answer.cancel,
  };
}

/** A token's search is for its study, whatever it asks for. */
function pinned(caller: ImageReader, query: SearchQuery): SearchQuery {
  if (caller.kind === 'person') return query;
  const asked = query.matches.get(STUDY)?.split(',') ?? [caller.studyInstanceUid];
  for (const uid of asked) checkToken(caller, uid);
  return { ...query, matches: new Map([...query.matches, [STUDY, caller.studyInstanceUid]]) };
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

interface Found {
  readonly resource: SearchResource;
  readonly rows: readonly DicomJsonObject[];
}

type IsReadable = (row: DicomJsonObject) => boolean;

async function keepReadable(
  deps: RetrieveDeps,
  who: Omit<Look, 'study'>,
  found: Found,
  signal: AbortSignal,
): Promise<readonly DicomJsonObject[]> {
  const { resource, rows } = found;
  if (resource.of === 'studies') return rows;
  const isInstance = resource.of === 'instances';
  const doubtful = rows.filter((row) => !isInstance || !isPlainClass(textOf(row, SOP_CLASS) ?? ''));
  const byStudy = Map.groupBy(doubtful, (row) => studyOf(row, resource));
  const verdicts = new Map<StudyUid | undefined, IsReadable>();
  const waiting = [...byStudy];
  while (waiting.length > 0) {
    const batch = waiting.splice(0, AT_ONCE).map(async ([study, members]) => {
      verdicts.set(study, await verdictOn(deps, { ...who, study }, { isInstance, members }, signal));
    });
    await Promise.all(batch);
  }
  const isDoubtful = new Set(doubtful);
  return rows.filter((row) => !isDoubtful.has(row) || verdicts.get(studyOf(row, resource))?.(row) === true);
}

function studyOf(row: DicomJsonObject, resource: SearchResource): StudyUid | undefined {
  return resource.study ?? parseStudyUid(textOf(row, STUDY) ?? '');
}

/** Which rows of one study may be shown. Where that cannot be looked up, only what is an image by its own word. */
async function verdictOn(
  deps: RetrieveDeps,
  look: Omit<Look, 'study'> & { readonly study: StudyUid | undefined },
  rows: { readonly isInstance: boolean; readonly members: readonly DicomJsonObject[] },
  signal: AbortSignal,
): Promise<IsReadable> {
  const { study } = look;
  const known = study === undefined ? undefined : await objectsOf(deps, study, rows, signal);
  if (study === undefined || known === undefined)
    return (row) => !rows.isInstance && isImageModality(textOf(row, MODALITY) ?? 'SR');
  const judge = await judgeStoredResults(deps, { ...look, study }, known.aiResults, signal);
  const locked = judge.lockedNow();
  if (rows.isInstance) {
    return (row) => {
      const uid = textOf(row, INSTANCE) ?? '';
      return known.objects.has(uid) && !locked.has(uid);
    };
  }
  const readable = new Set(
    [...known.objects.values()]
      .filter((object) => !locked.has(object.sopInstanceUid))
      .map((object): string => object.seriesInstanceUid),
  );
  return (row) => readable.has(textOf(row, SERIES) ?? '');
}

async function objectsOf(
  deps: RetrieveDeps,
  study: StudyUid,
  rows: { readonly isInstance: boolean; readonly members: readonly DicomJsonObject[] },
  signal: AbortSignal,
): Promise<StudyObjects | undefined> {
  const series = rows.members.map((row) => textOf(row, SERIES)).filter((uid) => uid !== undefined);
  try {
    const known = await deps.aiResults.objectsOf(study, { series }, signal);
    // A PACS that lists rows and no objects cannot be asked that way: nothing is known then.
    return known.objects.size === 0 ? undefined : known;
  } catch {
    // A signed-in person's search is never refused: images are listed by what they say, AI results are not listed.
    return undefined;
  }
}
