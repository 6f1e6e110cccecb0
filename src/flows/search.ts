import { collectBody } from '../domain/collect-body.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { datasetFormat, XML_PARTS, type DatasetFormat } from '../domain/dicom/dicomweb-media.ts';
import { searchPairs, searchWithin, type SearchQuery } from '../domain/dicom/dicomweb-query.ts';
import { upstreamSegments, type SearchResource } from '../domain/dicom/dicomweb-resource.ts';
import { GatewayError, UpstreamFault } from '../domain/errors.ts';
import { listableRow } from '../domain/dicom/listable-row.ts';
import { xmlParts } from '../domain/dicom/native-dicom-model.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import {
  checkStatus,
  singlePiece,
  withCaching,
  withoutValidators,
  type DicomwebAnswer,
} from './dicomweb-answer.ts';
import { identifyReader, type ImageReader } from './identify-person.ts';
import { keepReadable } from './keep-readable.ts';
import type { LoginEvidence, PacsAnswer } from './ports.ts';
import { checkToken, rewrittenJson, type RetrieveDeps } from './retrieve.ts';

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

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const STUDY = '0020000D';
const SERIES = '0020000E';
const INSTANCE = '00080018';

/**
 * Searches the PACS. A signed-in person's search is never refused: rows of AI results that are locked for them are left
 * out, down to an empty list, and the others do not count them. Pages are the PACS's own, so one may come back shorter. An AI
 * endpoint's token finds its one study.
 * Throws NotIdentified, BadRequest, UpstreamFault; GatewayError('not-permitted') for a token outside its study.
 */
export async function search(
  deps: RetrieveDeps,
  input: SearchInput,
  signal: AbortSignal,
): Promise<DicomwebAnswer> {
  const caller = await identifyReader(deps, input.evidence, signal);
  const { resource, requestId } = input;
  const format = checkedFormat(input.accept);
  if (resource.study !== undefined) checkToken(caller, resource.study);
  const query = pinned(caller, searchWithin(input.query, resource));
  const askedAt = deps.clock.monotonicMs();
  const answer = await deps.pacs.fetch(
    {
      method: 'GET',
      segments: upstreamSegments(resource),
      query: searchPairs(query, deps.profile),
      headers: { accept: 'application/dicom+json' },
      decode: true,
    },
    signal,
  );
  checkStatus(answer);
  checkSearch(answer);
  const headers = withCaching(answer.headers, true);
  if (answer.status >= 300 || answer.status === 204) return { ...answer, headers };
  const found = parseDatasets(await collectBody(answer.body, MAX_ANSWER_BYTES));
  const hasWarning = answer.status !== 200 || answer.headers['warning'] !== undefined;
  deps.passing?.learn({ resource, query, rows: found, hasWarning }, askedAt);
  const rows = found.filter((row) => wasAskedFor(row, query, resource));
  const readable = await keepReadable(deps, { caller, requestId }, { resource, query, rows }, signal);
  const bytes = rewrittenJson(deps, readable.map(listableRow));
  return { ...inFormat(format, { ...answer, headers }, bytes), rowsFound: found.length };
}

function checkedFormat(accept: string | undefined): DatasetFormat {
  const format = datasetFormat(accept);
  if (format !== undefined) return format;
  throw new GatewayError('not-acceptable', {
    detail: `Searches are answered as application/dicom+json or as ${XML_PARTS}. Ask for one of these.`,
  });
}

/** The PACS is asked for JSON always; XML is made of what may be shown. */
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
