import { acceptedDatasets, datasetFormat, type DatasetFormat } from '../domain/dicom/dicomweb-media.ts';
import { searchPairs, searchWithin, type SearchQuery } from '../domain/dicom/dicomweb-query.ts';
import { upstreamSegments, type SearchResource } from '../domain/dicom/dicomweb-resource.ts';
import type { PacsProfile } from '../domain/dicom/pacs-profile.ts';
import type { PacsRequest } from './ports.ts';

/** A search as a caller words it. */
export interface WordedSearch {
  readonly resource: SearchResource;
  readonly query: SearchQuery;
  readonly accept: string | undefined;
  /** The one study that may be found, where it is one. */
  readonly within?: string | undefined;
}

/** A search as it goes to the PACS. */
export interface PreparedSearch {
  /** What the caller takes of the two; undefined for neither. */
  readonly format: DatasetFormat | undefined;
  /** Without what the address says already, and of the one study that may be found. */
  readonly query: SearchQuery;
  readonly request: PacsRequest;
  /** The same for searches that ask the PACS for the same. */
  readonly name: string;
}

/** Prepares a search. Throws BadRequest where its query and its address name different studies or series. */
export type PrepareSearch = (search: WordedSearch) => PreparedSearch;

/** A longer one is no viewer's, and is not remembered. */
const MAX_ACCEPT_LENGTH = 256;
const STUDY = '0020000D';
const JSON_ROWS = 'application/dicom+json';

/** In which words a query was asked last, and what it came to. Nothing of who asked. */
interface Known extends Omit<WordedSearch, 'query'> {
  readonly prepared: PreparedSearch;
}

/** Makes a preparer for one PACS. The same query, as an object, is prepared once for as long as it is asked in the same words. */
export function createPrepareSearch(profile?: PacsProfile): PrepareSearch {
  const known = new WeakMap<SearchQuery, Known>();
  return (search) => {
    const last = known.get(search.query);
    if (last !== undefined && isSame(last, search)) return last.prepared;
    const { resource, accept, within } = search;
    const isKept = (accept ?? '').length <= MAX_ACCEPT_LENGTH;
    const prepared = prepare(search, { profile, isKept });
    if (isKept) known.set(search.query, { resource, accept, within, prepared });
    return prepared;
  };
}

function isSame(one: Known, other: WordedSearch): boolean {
  return one.resource === other.resource && one.accept === other.accept && one.within === other.within;
}

function prepare(
  search: WordedSearch,
  { profile, isKept }: { readonly profile: PacsProfile | undefined; readonly isKept: boolean },
): PreparedSearch {
  const { resource } = search;
  const accept = acceptedDatasets(search.query.accept, search.accept);
  const format = datasetFormat(accept);
  const query = narrowed(searchWithin(search.query, resource), search.within);
  const request: PacsRequest = {
    method: 'GET',
    segments: upstreamSegments(resource),
    query: searchPairs(query, profile),
    headers: { accept: acceptOf(format, accept) },
    decode: true,
    isKept,
  };
  return { format, query, request, name: nameOf(request) };
}

function narrowed(query: SearchQuery, study: string | undefined): SearchQuery {
  return study === undefined ? query : { ...query, matches: new Map([...query.matches, [STUDY, study]]) };
}

/** The PACS is asked for JSON always; what a caller that takes neither form gets is the PACS's to say. */
function acceptOf(format: DatasetFormat | undefined, accept = JSON_ROWS): string {
  return format === undefined ? accept : JSON_ROWS;
}

/** No value holds a line end: none gets past the parser of queries. */
function nameOf({ segments, query }: PacsRequest): string {
  return `${segments.join('/')}\n${query.map(([name, value]) => `${name}=${value}`).join('\n')}`;
}
