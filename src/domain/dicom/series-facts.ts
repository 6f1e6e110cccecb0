import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';

/** How slices lie in the patient, by the axis that they are across. */
export const ORIENTATIONS = ['axial', 'coronal', 'sagittal'] as const;
export type Orientation = (typeof ORIENTATIONS)[number];

/** Smallest and largest, both of them seen. */
export interface Span {
  readonly min: number;
  readonly max: number;
}

/** What the PACS says of how a series was made, from some of its images; absent is what one of these leaves out. Names nobody. */
export interface SeriesFacts {
  readonly modality: string;
  readonly sliceThicknessMm?: Span;
  /** Peak kilovoltage of the tube. */
  readonly kvp?: Span;
  /** `oblique` is across no axis, `mixed` is several of them in one series. */
  readonly orientation?: Orientation | 'oblique' | 'mixed';
  /** Whether any image says that a text is burned into it. */
  readonly burnedIn?: boolean;
  /** Whether any image was made of others. */
  readonly derived?: boolean;
}

const TAGS = {
  imageType: '00080008',
  sliceThickness: '00180050',
  kvp: '00180060',
  orientation: '00200037',
  burnedIn: '00280301',
} as const;

/** Functional groups of multi-frame objects (PS3.3 §C.7.6.16): shared by all frames, and one for each. */
const GROUPS = ['52009229', '52009230'] as const;
/** Pixel Measures, Plane Orientation (Patient), CT X-Ray Details. */
const GROUP_SEQUENCES = ['00289110', '00209116', '00189325'] as const;

/**
 * What images of one series say of how it was made, as one: each value of each must fit, so a span holds all of them, and what one of
 * them leaves out is not known of the series.
 */
export function seriesFactsOf(modality: string, images: readonly DicomJsonObject[]): SeriesFacts {
  const seen = images.map(readImageFacts);
  const sliceThicknessMm = spanOf(seen.map((image) => image.sliceThicknessMm));
  const kvp = spanOf(seen.map((image) => image.kvp));
  const orientation = orientationOf(seen.map((image) => image.orientations));
  const burnedIn = anyOf(seen.map((image) => image.burnedIn));
  const derived = anyOf(seen.map((image) => image.derived));
  return {
    modality,
    ...(sliceThicknessMm === undefined ? {} : { sliceThicknessMm }),
    ...(kvp === undefined ? {} : { kvp }),
    ...(orientation === undefined ? {} : { orientation }),
    ...(burnedIn === undefined ? {} : { burnedIn }),
    ...(derived === undefined ? {} : { derived }),
  };
}

interface ImageFacts {
  /** Empty lists: it does not say, or not in a form that can be read. */
  readonly sliceThicknessMm: readonly number[];
  readonly kvp: readonly number[];
  readonly orientations: readonly (Orientation | 'oblique')[];
  readonly burnedIn: boolean | undefined;
  readonly derived: boolean | undefined;
}

function readImageFacts(image: DicomJsonObject): ImageFacts {
  const places = [image, ...GROUPS.flatMap((group) => itemsOf(image[group])).flatMap(measuresOf)];
  return {
    sliceThicknessMm: positives(places, TAGS.sliceThickness),
    kvp: positives(places, TAGS.kvp),
    orientations: readOrientations(places),
    burnedIn: readWord(image, TAGS.burnedIn, { YES: true, NO: false }),
    derived: readWord(image, TAGS.imageType, { DERIVED: true, ORIGINAL: false }),
  };
}

function measuresOf(group: DicomJsonObject): readonly DicomJsonObject[] {
  return GROUP_SEQUENCES.flatMap((sequence) => itemsOf(group[sequence]));
}

function itemsOf(element: DicomJsonElement | undefined): readonly DicomJsonObject[] {
  return valuesOf(element).filter(isItem);
}

function isItem(value: unknown): value is DicomJsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A PACS may write anything: what is no list has no values. */
function valuesOf(element: DicomJsonElement | undefined): readonly unknown[] {
  const values: unknown = element?.Value;
  return Array.isArray(values) ? values : [];
}

/** Numbers above nought; none at all where one of them is something else. */
function positives(places: readonly DicomJsonObject[], tag: string): readonly number[] {
  const numbers = places.flatMap((place) => valuesOf(place[tag])).map(numberOf);
  return numbers.every((number) => Number.isFinite(number) && number > 0) ? numbers : [];
}

/** VR DS comes as a number, or as text from a PACS that keeps its digits. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
}

function readOrientations(places: readonly DicomJsonObject[]): ImageFacts['orientations'] {
  const stated = places.map((place) => valuesOf(place[TAGS.orientation])).filter((six) => six.length > 0);
  const read = stated.map((six) => acrossOf(six.map(numberOf)));
  const known = read.filter((one) => one !== undefined);
  return known.length === read.length ? known : [];
}

/** Gantry tilt of 30° (cos 0.87) still is axial; nearer to the diagonal than 37° is across no axis. */
const LEAST_COSINE = 0.8;
/** Cosines are written with few digits. */
const TOLERANCE = 0.01;

type Direction = readonly [x: number, y: number, z: number];

/** The axis that the normal of rows and columns points along (PS3.3 §C.7.6.2.1.1); undefined for what are no two directions. */
function acrossOf(six: readonly number[]): Orientation | 'oblique' | undefined {
  if (six.length > 6) return undefined;
  const [rows, columns] = [directionOf(six.slice(0, 3)), directionOf(six.slice(3))];
  const isSquare = Math.abs(dot(rows, columns)) <= TOLERANCE;
  if (!isUnit(rows) || !isUnit(columns) || !isSquare) return undefined;
  const [x, y, z] = cross(rows, columns);
  const along = [
    ['sagittal', x],
    ['coronal', y],
    ['axial', z],
  ] as const;
  return along.find(([, cosine]) => Math.abs(cosine) >= LEAST_COSINE)?.[0] ?? 'oblique';
}

function directionOf([x = NaN, y = NaN, z = NaN]: readonly number[]): Direction {
  return [x, y, z];
}

function isUnit(direction: Direction): boolean {
  return Math.abs(Math.hypot(...direction) - 1) <= TOLERANCE;
}

function dot([ax, ay, az]: Direction, [bx, by, bz]: Direction): number {
  return ax * bx + ay * by + az * bz;
}

function cross([ax, ay, az]: Direction, [bx, by, bz]: Direction): Direction {
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}

function readWord(
  image: DicomJsonObject,
  tag: string,
  meanings: Readonly<Record<string, boolean>>,
): boolean | undefined {
  const [word] = valuesOf(image[tag]);
  return typeof word === 'string' ? new Map(Object.entries(meanings)).get(word.trim()) : undefined;
}

function spanOf(lists: readonly (readonly number[])[]): Span | undefined {
  if (lists.length === 0 || lists.some((list) => list.length === 0)) return undefined;
  const all = lists.flat();
  return {
    min: all.reduce((a, b) => Math.min(a, b)),
    max: all.reduce((a, b) => Math.max(a, b)),
  };
}

function orientationOf(lists: readonly ImageFacts['orientations'][]): SeriesFacts['orientation'] {
  if (lists.some((list) => list.length === 0)) return undefined;
  const [only, ...others] = new Set(lists.flat());
  return others.length === 0 ? only : 'mixed';
}

/** One that says yes is enough; no is said by all. */
function anyOf(said: readonly (boolean | undefined)[]): boolean | undefined {
  if (said.includes(true)) return true;
  return said.length === 0 || said.includes(undefined) ? undefined : false;
}
