import {
  acceptedDatasets,
  askedTransferSyntax,
  datasetsAccept,
  multipartBoundary,
  onePictureRange,
  singlePartType,
  takesType,
} from '../domain/dicom/dicomweb-media.ts';
import { upstreamSegments, type RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { typeOfBytes } from '../domain/dicom/type-of-bytes.ts';
import { SeveralParts, unwrapMultipart } from '../domain/dicom/unwrap-multipart.ts';
import { asWadoRs, wadoUriPairs, type WadoUriQuery } from '../domain/dicom/wado-uri-query.ts';
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

/** As the PACS spell it that give films this way. */
const PIXEL_DATA = ['bulk', '7fe00010'];
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
const FILM = 'video/mp4';

/**
 * Asks the PACS for what was retrieved, in its own dialect. A caller that wants something by itself gets it by itself, also
 * from a PACS that gives multiparts only; where there is nothing to be had that way, or several parts, the PACS's first word stands. Throws
 * BadRequest for a WADO-URI that this PACS cannot be asked, UpstreamFault.
 */
export async function fetchRetrieval(
  deps: FetchDeps,
  input: FetchInput,
  signal: AbortSignal,
): Promise<PacsAnswer> {
  const { wadoUri } = input;
  if (wadoUri !== undefined) return await fetchByWadoUri(deps, { ...input, wadoUri }, signal);
  const answer = await firstWord(deps, input, signal);
  const asked = singlePartOf(input);
  if (asked !== undefined) {
    if (!NOT_TAKEN.includes(answer.status)) return await unwrapped(answer, input.headers['accept']);
    return await instead(answer, () => partOf(deps, input, asked, signal));
  }
  if (answer.status < 400 || !mayBeFilm(input)) return answer;
  return await instead(answer, () => filmOf(deps, input, signal));
}

/** What the PACS says. A piece of a multipart cannot be looked through: in its stead the whole is asked for. */
async function firstWord({ pacs }: FetchDeps, input: FetchInput, signal: AbortSignal): Promise<PacsAnswer> {
  const answer = await pacs.fetch(requestFor(input), signal);
  const hasRange = answer.status === 206 && input.headers['range'] !== undefined;
  if (!hasRange || !/^multipart\/related\b/i.test(answer.headers['content-type'] ?? '')) return answer;
  answer.cancel();
  return await pacs.fetch(requestFor({ ...input, headers: withoutPartial(input.headers) }), signal);
}

/** What is found another way, or the first answer. */
async function instead(first: PacsAnswer, find: () => Promise<PacsAnswer | undefined>): Promise<PacsAnswer> {
  first.cancel();
  return (await find()) ?? first;
}

/** The same asked for as a multipart; undefined where that is refused too, or brings several parts. */
async function partOf(
  { pacs }: FetchDeps,
  input: FetchInput,
  asked: string,
  signal: AbortSignal,
): Promise<PacsAnswer | undefined> {
  const request = requestFor(input);
  const headers = { ...withoutPartial(request.headers), accept: multipartFor(input, asked) };
  const parts = await pacs.fetch({ ...request, headers, decode: true }, signal);
  if (parts.status < 400) return await onlyPart(parts, input.headers['accept']);
  parts.cancel();
  return undefined;
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

function requestFor(input: FetchInput): PacsRequest {
  const { resource, query, headers } = input;
  const request = { method: 'GET', segments: upstreamSegments(resource), query } as const;
  if (resource.part === 'metadata') {
    const [, named] = query.find(([name]) => name === 'accept') ?? [];
    const accept = datasetsAccept(acceptedDatasets(named, headers['accept']));
    return { ...request, query: [], headers: { accept }, decode: true };
  }
  const isPicture = resource.part === 'rendered' || resource.part === 'thumbnail';
  const asked = isPicture ? { ...headers, accept: onePictureRange(headers['accept']) } : headers;
  if (resource.level !== 'instance') return { ...request, headers: withoutPartial(asked), decode: true };
  // Unpacked here, so that addresses in part headers can be rewritten; a range of packed bytes could not be.
  if (headers['range'] !== undefined && mayComeAlone(input))
    return { ...request, headers: asked, decode: false };
  const { range: _range, 'if-range': _ifRange, ...whole } = asked;
  return { ...request, headers: whole, decode: true };
}

/** Whether it may come by itself, so that a range of it is one of its own bytes. What by default is a multipart must be asked for so. */
function mayComeAlone(input: FetchInput): boolean {
  const { resource, headers } = input;
  const isMultipart = (headers['accept'] ?? '').toLowerCase().includes('multipart/');
  if (resource.part === 'frames' || resource.part === 'objects') return singlePartOf(input) !== undefined;
  return !isMultipart;
}

function withoutPartial(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !PARTIAL.includes(name)));
}

/** Whether an object is to be seen whole, by somebody who also takes films: that is how viewers play them. */
function mayBeFilm({ resource, query, headers }: FetchInput): boolean {
  if (resource.level !== 'instance' || resource.tail.join('/') !== 'rendered' || query.length > 0)
    return false;
  const range = onePictureRange(headers['accept']);
  return range === '*/*' || range.startsWith('video/');
}

/** The film that an object holds, from a PACS that cannot render it: its pixel data are the file (PS3.5 §8.2.5). Undefined for any other object. */
async function filmOf(
  { pacs }: FetchDeps,
  { resource, headers }: FetchInput,
  signal: AbortSignal,
): Promise<PacsAnswer | undefined> {
  const segments = [...upstreamSegments({ ...resource, tail: [] }), ...PIXEL_DATA];
  const asked = { ...withoutPartial(headers), accept: `multipart/related; type="${OCTETS}"` };
  const parts = await pacs.fetch(
    { method: 'GET', segments, query: [], headers: asked, decode: true },
    signal,
  );
  const film = parts.status === 200 ? await onlyPart(parts, FILM) : undefined;
  if (film?.headers['content-type'] === FILM) return film;
  parts.cancel();
  return undefined;
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

/** The one part of a multipart answer; undefined where several show before the first byte has left. Throws UpstreamFault. */
async function onlyPart(answer: PacsAnswer, accept: string | undefined): Promise<PacsAnswer | undefined> {
  try {
    return await unwrapped(answer, accept);
  } catch (error: unknown) {
    if (error instanceof SeveralParts) return undefined;
    throw error;
  }
}

/** The one part of a multipart answer; any other answer as it is. Throws SeveralParts, UpstreamFault. */
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
