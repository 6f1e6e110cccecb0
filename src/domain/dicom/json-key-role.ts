import { IDENTITY_TAGS } from './dataset-rules.ts';

/** What the value under a key means to a scan. To those of identifying attributes the place in IDENTITY_TAGS is added. */
export const PLAIN = 0;
/** An address, if it is a string. */
export const ADDRESS = 1;
/** An element whose values are addresses … */
const ADDRESSED = 2;
/** … and their list. */
export const ADDRESS_LIST = 3;
/** The dataset itself. */
export const DATASET = 4;
/** An identifying attribute, its list of values, and the first of them. */
export const NAMING = 8;
export const NAME_LIST = 16;
export const NAME = 24;

const ZERO = 0x30;
const ADDRESS_TAGS = ['00081190', '0040E010'].map((tag) => Buffer.from(`"${tag}"`));
const NAMING_TAGS = IDENTITY_TAGS.map((tag) => Buffer.from(`"${tag}"`));
const BULK_DATA_URI = Buffer.from('"BulkDataURI"');
const VALUE = Buffer.from('"Value"');

/** What stands under a key (`start` to `end`, with its quotes and without escapes) of an object whose own role is `parent`. */
export function keyRole(bytes: Uint8Array, start: number, end: number, parent: number): number {
  const length = end - start;
  if (length === 10) return tagRole(bytes, start, parent);
  if (length === VALUE.length) return isAt(bytes, start, VALUE) ? listRole(parent) : PLAIN;
  return length === BULK_DATA_URI.length && isAt(bytes, start, BULK_DATA_URI) ? ADDRESS : PLAIN;
}

/** The same for a key of eight letters. */
export function tagRole(bytes: Uint8Array, start: number, parent: number): number {
  if (!isGroupOfInterest(bytes, start)) return PLAIN;
  if (ADDRESS_TAGS.some((tag) => isAt(bytes, start, tag))) return ADDRESSED;
  if (parent !== DATASET) return PLAIN;
  const index = NAMING_TAGS.findIndex((tag) => isAt(bytes, start, tag));
  return index === -1 ? PLAIN : NAMING + index;
}

/** 0008, 0020 or 0040: most attributes are of others, and need no further look. */
function isGroupOfInterest(bytes: Uint8Array, start: number): boolean {
  const [third, fourth] = [bytes[start + 3], bytes[start + 4]];
  if (third === ZERO) return fourth === 0x38;
  return fourth === ZERO && (third === 0x32 || third === 0x34);
}

function listRole(parent: number): number {
  if (parent === ADDRESSED) return ADDRESS_LIST;
  return parent >= NAMING ? parent - NAMING + NAME_LIST : PLAIN;
}

/** Whether exactly these bytes stand at a place; looked at from their end, where keys differ most. */
export function isAt(bytes: Uint8Array, start: number, expected: Uint8Array): boolean {
  for (let index = expected.length - 1; index >= 0; index -= 1) {
    if (bytes[start + index] !== expected[index]) return false;
  }
  return true;
}
