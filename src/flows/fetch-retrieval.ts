import {
  askedTransferSyntax,
  datasetFormat,
  multipartBoundary,
  onePictureRange,
  singlePartType,
  takesType,
  XML_PARTS,
} from '../domain/dicom/dicomweb-media.ts';
import { upstreamSegments, type RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { typeOfBytes } from '../domain/dicom/type-of-bytes.ts';
import { unwrapMultipart } from '../domain/dicom/unwrap-multipart.ts';
import { asWadoRs, wadoUriPairs, type WadoUriQuery } from '../domain/dicom/wado-uri-query.ts';
import { GatewayError } from '../domain/errors.ts';
import { withoutValidators } from './dicomweb-answer.ts';
import type { PacsAnswer, PacsClient, PacsRequest } from './ports.ts';

/** Where a PACS serves WADO-URI. */
export interface WadoUriDoor {
  /** Its base is what lies above that address. */
  readonly pacs: Pick<PacsClient, 'fetch'>;
  readonly segments: readonly string[];
}

/** What asking needs. */
export interface FetchDeps {
  readonly pacs: Pick<PacsClient, 'fetch'>;
  /** Absent where WADO-URI is to be answered by WADO-RS. */
  readonly wadoUri?: WadoUriDoor | undefined;
}

/** A retrieval, judged already. */
export interface FetchInput {
  readonly resource: RetrieveResource;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The caller's headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Set where the caller asked by WADO-URI. */
  readonly wadoUri?: WadoUriQuery;
}

/** Would make the PACS answer with a part, or with nothing, of what is read whole here. */
const PARTIAL = [
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
];
/** What PACS answer to an Accept header that they do not know: some say 400 to all of them. */
const NOT_TAKEN = [400, 406, 415];
const OCTETS = 'application/octet-stream';

/**
 * Asks the PACS for what was retrieved, in its own dialect. A caller that wants something by itself gets it by itself, also
 * from a PACS that gives multiparts only. Throws GatewayError('not-acceptable') when it takes nothing that can be given,
 * BadRequest for a WADO-URI that this PACS cannot be asked, UpstreamFault.
 */
export async function fetchRetrieval(
  deps: FetchDeps,
  input: FetchInput,
  signal: AbortSignal,
): Promise<PacsAnswer> {
  const { wadoUri } = input;
  if (wadoUri !== undefined) return await fetchByWadoUri(deps, { ...input, wadoUri }, signal);
  const request = requestFor(input);
  const answer = await deps.pacs.fetch(request, signal);
  const asked = singlePartOf(input);
  if (asked === undefined) return answer;
  if (!NOT_TAKEN.includes(answer.status)) return await unwrapped(answer, input.headers['accept']);
  answer.cancel();
  const accept = multipartFor(input, asked);
  return await unwrapped(
    await deps.pacs.fetch(
      { ...request, headers: { ...withoutPartial(request.headers), accept }, decode: true },
      signal,
    ),
    input.headers['accept'],
  );
}

async function fetchByWadoUri(
  { pacs, wadoUri: door }: FetchDeps,
  input: FetchInput & { readonly wadoUri: WadoUriQuery },
  signal: AbortSignal,
): Promise<PacsAnswer> {
  const { resource, headers, wadoUri } = input;
  const decode = headers['range'] === undefined;
  if (door !== undefined) {
    const query = wadoUriPairs(wadoUri);
    return await door.pacs.fetch({ method: 'GET', segments: door.segments, query, headers, decode }, signal);
  }
  const { accept, query } = asWadoRs(wadoUri);
  const request = { method: 'GET', segments: upstreamSegments(resource), query } as const;
  if (resource.part !== 'objects')
    return await pacs.fetch({ ...request, headers: { ...headers, accept }, decode }, signal);
  return await unwrapped(
    await pacs.fetch({ ...request, headers: { ...withoutPartial(headers), accept }, decode: true }, signal),
  );
}

function requestFor({ resource, query, headers }: FetchInput): PacsRequest {
  const request = { method: 'GET', segments: upstreamSegments(resource), query } as const;
  if (resource.part === 'metadata') {
    return { ...request, query: [], headers: { accept: metadataAccept(headers['accept']) }, decode: true };
  }
  const isPicture = resource.part === 'rendered' || resource.part === 'thumbnail';
  const asked = isPicture ? { ...headers, accept: onePictureRange(headers['accept']) } : headers;
  // Unpacked here, so that addresses in part headers can be rewritten; a range of packed bytes could not be.
  if (resource.level === 'instance') {
    return { ...request, headers: asked, decode: headers['range'] === undefined };
  }
  return { ...request, headers: withoutPartial(asked), decode: true };
}

function metadataAccept(accept: string | undefined): string {
  const format = datasetFormat(accept);
  if (format === undefined) {
    throw new GatewayError('not-acceptable', {
      detail: `Metadata are given as application/dicom+json or as ${XML_PARTS}. Ask for one of these.`,
    });
  }
  return format === 'json' ? 'application/dicom+json' : XML_PARTS;
}

function withoutPartial(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !PARTIAL.includes(name)));
}

/** The type that a caller wants one thing in by itself: bulk data, one frame, one object. */
function singlePartOf({ resource, headers }: FetchInput): string | undefined {
  const { level, part, tail } = resource;
  if (level !== 'instance') return undefined;
  const isOne =
    part === 'bulkdata' || part === 'objects' || (part === 'frames' && tail[1]?.includes(',') === false);
  return isOne ? singlePartType(headers['accept']) : undefined;
}

/** The same in the form that every PACS knows. Bulk data have no type of their own there. */
function multipartFor({ resource, headers }: FetchInput, asked: string): string {
  const type = resource.part === 'bulkdata' || asked.includes('*') ? OCTETS : asked;
  const syntax = askedTransferSyntax(headers['accept']);
  const multipart = `multipart/related; type="${type}"`;
  return syntax === undefined ? multipart : `${multipart}; transfer-syntax=${syntax}`;
}

/** The one part of a multipart answer; any other answer as it is. Throws UpstreamFault for several parts. */
async function unwrapped(answer: PacsAnswer, accept?: string): Promise<PacsAnswer> {
  const boundary = multipartBoundary(answer.headers['content-type']);
  const coding = answer.headers['content-encoding'] ?? 'identity';
  if (answer.status !== 200 || boundary === undefined || coding !== 'identity') return answer;
  try {
    const { contentType, body } = await unwrapMultipart(answer.body, boundary);
    const first = await body.next();
    const beginning = first.done === true ? new Uint8Array() : first.value;
    const type = isOctets(contentType) ? namedType(beginning, accept) : contentType;
    const headers = { ...withoutValidators(answer.headers), 'content-type': type };
    return { ...answer, headers, body: continued(beginning, body) };
  } catch (error: unknown) {
    answer.cancel();
    throw error;
  }
}

/** What the bytes are, where the caller takes that; octets otherwise. */
function namedType(beginning: Uint8Array, accept: string | undefined): string {
  const known = typeOfBytes(beginning);
  return known !== undefined && takesType(accept, known) ? known : OCTETS;
}

function isOctets(contentType: string): boolean {
  return contentType === '' || contentType.toLowerCase().startsWith(OCTETS);
}

async function* continued(
  beginning: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (beginning.length > 0) yield beginning;
  yield* rest;
}
