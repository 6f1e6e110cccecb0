import { BadRequest } from '../errors.ts';
import { checkCase, onlyOne, splitQuery, type Pair } from './query-pairs.ts';

interface Parameter {
  readonly shape: RegExp;
  readonly takes: string;
}

const DECIMAL = String.raw`-?[0-9]{1,9}(\.[0-9]{1,9})?`;
const SIZE = '[1-9][0-9]{0,4}';

/** What a list of annotations may name (PS3.18 §8.3.5.1.1). */
export const ANNOTATION = /^(patient|technique)(,(patient|technique))?$/;
/** Names of character sets, as IANA or DICOM spell them. */
export const CHARSETS = /^[A-Za-z0-9][A-Za-z0-9._:+ -]{0,63}(,[A-Za-z0-9][A-Za-z0-9._:+ -]{0,63}){0,7}$/;
/** Per cent. */
export const QUALITY = /^([1-9][0-9]?|100)$/;
/** Twice what the largest screens show. A PACS makes room for as much as is asked for, and one that has too little of it ends for everybody. */
const MAX_PICTURE_PIXELS = 8192 * 8192;

/** Parameters of retrievals (PS3.18 §8.3.3, §8.3.5). `accept` is passed on and never decided on. */
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  accept: { shape: /^[\x20-\x7e]{1,512}$/, takes: 'a media type' },
  charset: { shape: CHARSETS, takes: 'names of character sets' },
  annotation: { shape: ANNOTATION, takes: 'patient, technique or both' },
  quality: { shape: QUALITY, takes: 'a whole number from 1 to 100' },
  viewport: {
    shape: new RegExp(`^${SIZE},${SIZE}(,(${DECIMAL})?){0,4}$`),
    takes: 'width and height, and the part of the image to show',
  },
  window: {
    shape: new RegExp(`^${DECIMAL},${DECIMAL}(,(linear|linear-exact|sigmoid))?$`),
    takes: 'centre, width and function',
  },
  iccprofile: {
    shape: /^(no|yes|srgb|adobergb|rommrgb|displayp3)$/,
    takes: 'the name of a colour profile',
  },
};

/**
 * The parameters of a retrieval that go on to the PACS, in a fixed order: each at most once, in its own shape. Parameters
 * that nobody knows are dropped; tokens in the query go this way. Throws BadRequest.
 */
export function parseRetrieveQuery(query: string): readonly Pair[] {
  const pairs = splitQuery(query);
  if (pairs.length === 0) return pairs;
  checkCase(pairs, Object.keys(PARAMETERS));
  return Object.entries(PARAMETERS).flatMap(([name, { shape, takes }]): readonly Pair[] => {
    const value = onlyOne(pairs, name);
    if (value === undefined) return [];
    if (!shape.test(value)) throw new BadRequest(`${name} takes ${takes}.`);
    if (name === 'viewport') checkPictureSize(value.split(',').map(Number));
    return [[name, value]];
  });
}

/** Throws BadRequest for a picture of more pixels than anybody can look at. */
export function checkPictureSize([width = 1, height = 1]: readonly number[]): void {
  if (width * height > MAX_PICTURE_PIXELS)
    throw new BadRequest(
      `A picture has at most ${String(MAX_PICTURE_PIXELS)} pixels. Ask for a smaller one.`,
    );
}
