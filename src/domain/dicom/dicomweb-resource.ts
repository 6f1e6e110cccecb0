import { BadRequest, GatewayError } from '../errors.ts';
import { splitPacsId } from './pacs-id.ts';
import {
  parseSeriesUid,
  parseSopInstanceUid,
  parseStudyUid,
  type SeriesUid,
  type SopInstanceUid,
  type StudyUid,
} from '../identifiers.ts';

/** A search (QIDO-RS, PS3.18 §10.6): for studies, series or instances, anywhere or below a study or series. */
export interface SearchResource {
  readonly kind: 'search';
  readonly of: 'studies' | 'series' | 'instances';
  readonly study?: StudyUid;
  readonly series?: SeriesUid;
}

/** What of a study, series or instance is asked for (PS3.18 §10.4). */
export type RetrievePart = 'objects' | 'metadata' | 'rendered' | 'thumbnail' | 'frames' | 'bulkdata';

/** A retrieval (WADO-RS). */
export interface RetrieveResource {
  readonly kind: 'retrieve';
  readonly level: 'study' | 'series' | 'instance';
  readonly study: StudyUid;
  readonly series?: SeriesUid;
  readonly instance?: SopInstanceUid;
  readonly part: RetrievePart;
  /** Path segments below the UIDs, each checked; what the upstream path ends in. */
  readonly tail: readonly string[];
}

export type DicomwebResource = SearchResource | RetrieveResource;

/** What this service can do (PS3.18 §8.9), or an object that the query names (WADO-URI, PS3.18 §9). */
export type ServiceResource = { readonly kind: 'capabilities' } | { readonly kind: 'wado-uri' };

/** First path segment of every address under this door. */
const DICOMWEB_ROOT = 'dicom-web';
const USUAL_START = `/${DICOMWEB_ROOT}/`;
/** Where WADO-URI is looked for: below the root, and by itself. */
const WADO_URI = 'wado';

/** How the segments after a resource's own word look. `bulk`: any number of safe segments, as servers spell them. */
type TailShape = 'none' | 'bulk' | 'frames';

const EVERY_LEVEL: Readonly<Record<string, readonly [RetrievePart, TailShape]>> = {
  metadata: ['metadata', 'none'],
  rendered: ['rendered', 'none'],
  thumbnail: ['thumbnail', 'none'],
  bulk: ['bulkdata', 'bulk'],
  bulkdata: ['bulkdata', 'bulk'],
  pixeldata: ['bulkdata', 'none'],
};
const PARTS: Readonly<
  Record<RetrieveResource['level'], Readonly<Record<string, readonly [RetrievePart, TailShape]>>>
> = {
  study: EVERY_LEVEL,
  series: EVERY_LEVEL,
  instance: { ...EVERY_LEVEL, frames: ['frames', 'frames'] },
};
/** What may stand after a list of frames. */
const BELOW_FRAMES: Readonly<Record<string, RetrievePart>> = { rendered: 'rendered', thumbnail: 'thumbnail' };

const BULK_SEGMENT = /^[0-9A-Za-z,_-]+$/;
/** Frames are 1-based (PS3.18 §10.4.1.1.2). */
const FRAME_LIST = /^[1-9][0-9]{0,6}(,[1-9][0-9]{0,6})*$/;
const MAX_BULK_SEGMENTS = 32;
const MAX_FRAME_LIST_LENGTH = 8192;

/** Whether a request target in origin form (RFC 9112 §3.2.1) lies under this door; empty segments count for nothing. */
export function isDicomwebTarget(target: string): boolean {
  if (target.startsWith(USUAL_START)) return true;
  const [first, ...rest] = pathSegments(target);
  return first === DICOMWEB_ROOT || (first === WADO_URI && rest.length === 0);
}

/** Whether a target of the DICOMweb door is its one for WADO-URI, which stands beside the others. */
export function isWadoUriTarget(target: string): boolean {
  return !target.startsWith(USUAL_START) && pathSegments(target)[0] === WADO_URI;
}

/**
 * Parses a request target by hand, once: a URL parser would fold `..`, read `//dicom-web` as a host, and leave `..%2f`
 * for the PACS to decode. What comes out holds nothing but checked parts.
 * Throws BadRequest (escapes, dots, malformed UIDs or frames), GatewayError('not-found') for anything that is no resource.
 */
export function parseDicomwebTarget(target: string): {
  /** Which of several PACS; empty for the main one. Whether there is one of that name is not known here. */
  readonly pacs: string;
  readonly resource: DicomwebResource | ServiceResource;
  readonly query: string;
} {
  const mark = target.indexOf('?');
  const [door, ...segments] = dicomwebSegments(target);
  const { pacs, rest } = splitPacsId(door === WADO_URI ? [WADO_URI] : segments);
  return { pacs, resource: parseResource(rest), query: mark === -1 ? '' : target.slice(mark + 1) };
}

/** The segments of a target's path, each checked; the first is the door. Throws BadRequest (escapes, dots). */
export function dicomwebSegments(target: string): readonly string[] {
  return pathSegments(target).map(checkedSegment);
}

/** The path below the PACS's DICOMweb base, rebuilt from the checked parts. */
export function upstreamSegments(resource: DicomwebResource): readonly string[] {
  const study = resource.study === undefined ? [] : ['studies', resource.study];
  const series = resource.series === undefined ? [] : ['series', resource.series];
  if (resource.kind === 'search') return [...study, ...series, resource.of];
  const instance = resource.instance === undefined ? [] : ['instances', resource.instance];
  return [...study, ...series, ...instance, ...resource.tail];
}

function pathSegments(target: string): readonly string[] {
  const mark = target.search(/[?#]/);
  const path = mark === -1 ? target : target.slice(0, mark);
  return path.startsWith('/') ? path.split('/').filter((segment) => segment !== '') : [];
}

/** The comma of a list is the one character that clients escape and that has a place here. */
function checkedSegment(segment: string): string {
  const plain = segment.replaceAll(/%2c/gi, ',');
  if (plain.includes('%') || plain.includes('\\'))
    throw new BadRequest('A DICOMweb address holds no escaped characters.');
  if (plain === '.' || plain === '..') throw new BadRequest('A DICOMweb address holds no dot segments.');
  return plain;
}

function parseResource(segments: readonly string[]): DicomwebResource | ServiceResource {
  const [first, studyText, ...rest] = segments;
  if (studyText === undefined) return atRoot(first);
  if (first !== 'studies') throw notFound();
  const study = parseStudyUid(studyText) ?? malformed('Study Instance UID');
  return belowStudy(study, rest);
}

function atRoot(word: string | undefined): SearchResource | ServiceResource {
  if (word === undefined) return { kind: 'capabilities' };
  if (word === WADO_URI) return { kind: 'wado-uri' };
  if (isSearchWord(word)) return { kind: 'search', of: word };
  throw notFound();
}

function belowStudy(study: StudyUid, rest: readonly string[]): DicomwebResource {
  const [word, seriesText, ...more] = rest;
  const within = { study };
  if (seriesText === undefined && (word === 'series' || word === 'instances'))
    return { kind: 'search', of: word, ...within };
  if (word !== 'series' || seriesText === undefined) return retrieval('study', within, rest);
  const series = parseSeriesUid(seriesText) ?? malformed('Series Instance UID');
  return belowSeries({ study, series }, more);
}

function belowSeries(
  within: { readonly study: StudyUid; readonly series: SeriesUid },
  rest: readonly string[],
): DicomwebResource {
  const [word, instanceText, ...more] = rest;
  if (word !== 'instances') return retrieval('series', within, rest);
  if (instanceText === undefined) return { kind: 'search', of: 'instances', ...within };
  const instance = parseSopInstanceUid(instanceText) ?? malformed('SOP Instance UID');
  return retrieval('instance', { ...within, instance }, more);
}

function retrieval(
  level: RetrieveResource['level'],
  within: Pick<RetrieveResource, 'study' | 'series' | 'instance'>,
  tail: readonly string[],
): RetrieveResource {
  const [word, ...below] = tail;
  const base = { kind: 'retrieve', level, ...within, tail } as const;
  if (word === undefined) return { ...base, part: 'objects' };
  const known = Object.hasOwn(PARTS[level], word) ? PARTS[level][word] : undefined;
  if (known === undefined) throw notFound();
  const [part, shape] = known;
  return { ...base, part: shape === 'frames' ? parseFrames(below) : checkedTail(part, shape, below) };
}

function checkedTail(part: RetrievePart, shape: TailShape, below: readonly string[]): RetrievePart {
  const longest = shape === 'bulk' ? MAX_BULK_SEGMENTS : 0;
  if (below.length > longest || !below.every((segment) => BULK_SEGMENT.test(segment))) throw notFound();
  return part;
}

function parseFrames(below: readonly string[]): RetrievePart {
  const [list, word, ...more] = below;
  if (list === undefined || more.length > 0) throw notFound();
  if (list.length > MAX_FRAME_LIST_LENGTH || !FRAME_LIST.test(list))
    malformed('list of frames (1-based, with commas)');
  if (word === undefined) return 'frames';
  const part = Object.hasOwn(BELOW_FRAMES, word) ? BELOW_FRAMES[word] : undefined;
  if (part === undefined) throw notFound();
  return part;
}

function isSearchWord(word: string): word is SearchResource['of'] {
  return word === 'studies' || word === 'series' || word === 'instances';
}

function malformed(what: string): never {
  throw new BadRequest(`The address holds a malformed ${what}.`);
}

function notFound(): GatewayError {
  return new GatewayError('not-found', { detail: 'There is no such DICOMweb resource.' });
}
