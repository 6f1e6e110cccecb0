import { BadRequest } from '../errors.ts';
import {
  isUid,
  parseSeriesUid,
  parseSopInstanceUid,
  parseStudyUid,
  type SeriesUid,
  type SopInstanceUid,
} from '../identifiers.ts';
import type { RetrieveResource } from './dicomweb-resource.ts';
import { checkCase, onlyOne, splitQuery, type Pair } from './query-pairs.ts';
import { ANNOTATION, CHARSETS, checkPictureSize, QUALITY } from './retrieve-query.ts';

type OneObject = Required<Pick<RetrieveResource, 'study' | 'series' | 'instance'>>;

/** A retrieval by WADO-URI (PS3.18 §9), understood. */
export interface WadoUriQuery {
  /** The one object, as WADO-RS names it: whole, or as a picture. */
  readonly resource: RetrieveResource & OneObject;
  /** Media types the caller takes, lower case, in order; none where it leaves the choice to the PACS. */
  readonly contentTypes: readonly string[];
  /** Validated optional parameters by their names in §9. */
  readonly options: ReadonlyMap<string, string>;
  /** The presentation state to draw by: it is seen in the picture. */
  readonly presentation?: RetrieveResource;
}

interface Option {
  readonly shape: RegExp;
  readonly takes: string;
}

const SIZE: Option = { shape: /^[1-9][0-9]{0,4}$/, takes: 'a number of pixels' };
/** A decimal string (PS3.5 §6.2, DS). */
const DECIMAL: Option = { shape: /^-?[0-9]{1,9}(\.[0-9]{1,9})?$/, takes: 'a decimal number' };
const UID: Option = { shape: /^[0-9.]{1,64}$/, takes: 'a UID' };
const FRACTION = String.raw`(0(\.[0-9]{1,9})?|1(\.0{1,9})?|\.[0-9]{1,9})`;
const MEDIA_TYPE = String.raw`(\*/\*|(application|image|video|text|audio)/([a-z0-9.+-]{1,60}|\*))`;
const CONTENT_TYPES = new RegExp(`^${MEDIA_TYPE}(,${MEDIA_TYPE}){0,15}$`);

const OPTIONS: Readonly<Record<string, Option>> = {
  charset: { shape: CHARSETS, takes: 'names of character sets' },
  transferSyntax: { shape: /^([0-9.]{1,64}|\*)$/, takes: 'the UID of a transfer syntax' },
  annotation: { shape: ANNOTATION, takes: 'patient, technique or both' },
  rows: SIZE,
  columns: SIZE,
  region: { shape: new RegExp(`^${FRACTION}(,${FRACTION}){3}$`), takes: 'four fractions between 0 and 1' },
  windowCenter: DECIMAL,
  windowWidth: DECIMAL,
  frameNumber: { shape: /^[1-9][0-9]{0,6}$/, takes: 'the number of a frame, from 1' },
  imageQuality: { shape: QUALITY, takes: 'a whole number from 1 to 100' },
  presentationUID: UID,
  presentationSeriesUID: UID,
};
/** Each says nothing without the other. */
const TOGETHER: readonly (readonly [string, string])[] = [
  ['windowCenter', 'windowWidth'],
  ['presentationUID', 'presentationSeriesUID'],
];
const NAMES = [
  'requestType',
  'studyUID',
  'seriesUID',
  'objectUID',
  'contentType',
  'anonymize',
  ...Object.keys(OPTIONS),
];

/**
 * Parses the query of WADO-URI. `requestType` and the three UIDs come exactly once each: servers answer a query that names
 * the object alone, and a decision by study would not be about what they answer. A known name in the wrong case, or twice,
 * is refused; unknown ones are dropped. `anonymize` is refused: PACS that do not know it answer with the patient's name.
 * Throws BadRequest.
 */
export function parseWadoUriQuery(query: string): WadoUriQuery {
  const pairs = splitQuery(query);
  checkCase(pairs, NAMES);
  if (needed(pairs, 'requestType') !== 'WADO') throw new BadRequest('requestType takes WADO.');
  const study = parseStudyUid(needed(pairs, 'studyUID')) ?? malformed('studyUID');
  const object = { study, ...objectOf(needed(pairs, 'seriesUID'), needed(pairs, 'objectUID')) };
  if (onlyOne(pairs, 'anonymize') !== undefined) {
    throw new BadRequest(
      'The gateway cannot promise objects without the patient’s identity, so it gives none.',
    );
  }
  const contentTypes = contentTypesOf(onlyOne(pairs, 'contentType'));
  const options = optionsOf(pairs);
  const [state, series] = [options.get('presentationUID'), options.get('presentationSeriesUID')];
  const presentation =
    state === undefined || series === undefined
      ? {}
      : { presentation: wholeObject({ study, ...objectOf(series, state) }) };
  return { resource: resourceOf(object, contentTypes, options), contentTypes, options, ...presentation };
}

function objectOf(
  series: string,
  instance: string,
): { readonly series: SeriesUid; readonly instance: SopInstanceUid } {
  return {
    series: parseSeriesUid(series) ?? malformed('seriesUID'),
    instance: parseSopInstanceUid(instance) ?? malformed('objectUID'),
  };
}

function wholeObject(object: OneObject): RetrieveResource & OneObject {
  return { kind: 'retrieve', level: 'instance', ...object, part: 'objects', tail: [] };
}

/** A caller that takes DICOM first gets the object; every other wants to see it. */
function resourceOf(
  object: OneObject,
  contentTypes: readonly string[],
  options: WadoUriQuery['options'],
): RetrieveResource & OneObject {
  if (contentTypes[0] === 'application/dicom') return wholeObject(object);
  const frame = options.get('frameNumber');
  const tail = frame === undefined ? ['rendered'] : ['frames', frame, 'rendered'];
  return { ...wholeObject(object), part: 'rendered', tail };
}

function contentTypesOf(value: string | undefined): readonly string[] {
  if (value === undefined || value === '') return [];
  // Parameters of a type (a quality, a charset) decide nothing here, and PACS read them each in its own way.
  const types = value.split(',').map((one) => one.replace(/;.*$/, '').trim().toLowerCase());
  if (!CONTENT_TYPES.test(types.join(','))) throw new BadRequest('contentType takes media types.');
  return types;
}

function optionsOf(pairs: readonly Pair[]): WadoUriQuery['options'] {
  const options = new Map<string, string>();
  for (const [name, { shape, takes }] of Object.entries(OPTIONS)) {
    const value = onlyOne(pairs, name);
    if (value === undefined || value === '') continue;
    if (!shape.test(value)) throw new BadRequest(`${name} takes ${takes}.`);
    options.set(name, value);
  }
  for (const [one, other] of TOGETHER) {
    if (options.has(one) !== options.has(other))
      throw new BadRequest(`${one} and ${other} belong together. Give both or none.`);
  }
  checkValues(options);
  return options;
}

/** What a shape alone does not say. */
function checkValues(options: WadoUriQuery['options']): void {
  const syntax = options.get('transferSyntax') ?? '*';
  if (syntax !== '*' && !isUid(syntax)) malformed('transferSyntax');
  checkRegion(options.get('region') ?? '0,0,1,1');
  if (Number(options.get('windowWidth') ?? 1) <= 0) throw new BadRequest('windowWidth takes more than 0.');
  checkPictureSize(viewportOf(options) ?? []);
}

/** Columns and rows. Of one of them alone the other follows from the image; no more than a square is ever needed. */
function viewportOf(options: WadoUriQuery['options']): readonly number[] | undefined {
  const [rows, columns] = [options.get('rows'), options.get('columns')];
  if (rows === undefined && columns === undefined) return undefined;
  return [Number(columns ?? rows), Number(rows ?? columns)];
}

function checkRegion(region: string): void {
  const edges = region.split(',').map(Number);
  const ends = edges.slice(2);
  if (ends.some((end, side) => Math.max(...edges.slice(side, side + 1)) >= end))
    throw new BadRequest('region takes left, top, right and bottom, in this order.');
}

function needed(pairs: readonly Pair[], name: string): string {
  const value = onlyOne(pairs, name);
  if (value === undefined || value === '') throw new BadRequest(`${name} is missing.`);
  return value;
}

function malformed(name: string): never {
  throw new BadRequest(`${name} takes a UID.`);
}

/** The query as it goes to a PACS that serves WADO-URI: one spelling, a fixed order. */
export function wadoUriPairs({ resource, contentTypes, options }: WadoUriQuery): readonly Pair[] {
  const { study, series, instance } = resource;
  return [
    ['requestType', 'WADO'],
    ['studyUID', study],
    ['seriesUID', series],
    ['objectUID', instance],
    ...(contentTypes.length === 0 ? [] : [['contentType', contentTypes.join(',')] as const]),
    ...options,
  ];
}

/** The same asked for by WADO-RS: what to take, and how the picture is to look. */
export interface AsWadoRs {
  readonly accept: string;
  readonly query: readonly Pair[];
}

/**
 * What to ask a PACS that serves WADO-RS alone. An object comes as it is stored unless a transfer syntax is named. Throws
 * BadRequest for what cannot be said there: a region in fractions, a presentation state.
 */
export function asWadoRs({ resource, contentTypes, options }: WadoUriQuery): AsWadoRs {
  if (resource.part === 'objects') {
    const syntax = options.get('transferSyntax') ?? '*';
    return { accept: `multipart/related; type="application/dicom"; transfer-syntax=${syntax}`, query: [] };
  }
  for (const name of ['region', 'presentationUID']) {
    if (options.has(name))
      throw new BadRequest(`This PACS cannot do what ${name} asks for. Leave it out, or use /rendered.`);
  }
  return { accept: pictureType(contentTypes), query: pictureQuery(options) };
}

/** JPEG where nothing is said (§9.1.2.2.1), and under the name that some callers have for it. */
function pictureType([first = 'image/jpeg']: readonly string[]): string {
  return first === 'image/jpg' ? 'image/jpeg' : first;
}

function pictureQuery(options: WadoUriQuery['options']): readonly Pair[] {
  const [center, width] = [options.get('windowCenter'), options.get('windowWidth')];
  const given: readonly (readonly [string, string | undefined])[] = [
    ['charset', options.get('charset')],
    ['annotation', options.get('annotation')],
    ['quality', options.get('imageQuality')],
    ['viewport', viewportOf(options)?.join(',')],
    ['window', center === undefined ? undefined : `${center},${width},linear`],
  ];
  return given.flatMap(([name, value]): readonly Pair[] => (value === undefined ? [] : [[name, value]]));
}
