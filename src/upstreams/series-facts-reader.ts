import type { StudyObject } from '../domain/dicom/ai-result.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { seriesFactsOf, type SeriesFacts } from '../domain/dicom/series-facts.ts';
import type { SeriesUid, StudyUid } from '../domain/identifiers.ts';
import type { PacsClient } from '../flows/ports.ts';
import type { StudyMemory } from '../flows/ports-store.ts';
import { createCachedLookup, type CacheLimits } from './cached-lookup.ts';
import { readImage } from './read-image.ts';

/** The series of a study that hold images, and those images. */
export interface ImageList {
  readonly series: readonly DicomJsonObject[];
  readonly images: readonly StudyObject[];
}

interface Options extends CacheLimits {
  readonly pacs: Pick<PacsClient, 'fetch'>;
  readonly list: (study: StudyUid, signal: AbortSignal) => Promise<ImageList>;
}

/** Tells how the series of a study were made. */
export interface SeriesFactsReader extends StudyMemory {
  /** Cached and bounded like the study's context. Throws UpstreamFault. */
  readonly seriesOf: (study: StudyUid, signal: AbortSignal) => Promise<readonly SeriesFacts[]>;
  /** The same of one series alone; none where the study holds no images in it. */
  readonly oneOf: (
    study: StudyUid,
    series: SeriesUid,
    signal: AbortSignal,
  ) => Promise<readonly SeriesFacts[]>;
}

/** A study of more series than that is looked at in those with the most images: the others are scouts and single pictures. */
const MAX_SERIES = 32;

/**
 * Reads how the series of a study were made from the metadata of at most three images of each: the first, the middle and the last by
 * UID. Rows of a search do not tell it: slice thickness, kilovoltage and the like are among what a PACS need not search by
 * (PS3.18 §10.6.3).
 */
export function createSeriesFactsReader(options: Options): SeriesFactsReader {
  const find = async (key: string, signal: AbortSignal): Promise<readonly SeriesFacts[]> =>
    await readSeriesFacts(options, parseKey(key), signal);
  const lookup = createCachedLookup(options, find);
  return {
    seriesOf: async (study, signal) => await lookup.get(study, signal),
    oneOf: async (study, series, signal) => await lookup.get(`${study} ${series}`, signal),
    forget: (study) => lookup.forget((key) => parseKey(key).study === study),
  };
}

/** All series of a study, or one. */
interface Wanted {
  readonly study: StudyUid;
  readonly series?: SeriesUid;
}

function parseKey(key: string): Wanted {
  const [study, series] = key.split(' ');
  return { study: study as StudyUid, ...(series === undefined ? {} : { series: series as SeriesUid }) };
}

async function readSeriesFacts(
  { pacs, list }: Options,
  { study, series: named }: Wanted,
  signal: AbortSignal,
): Promise<readonly SeriesFacts[]> {
  const { series, images } = await list(study, signal);
  const modalities = new Map(series.map((row) => [textOf(row, '0020000E'), textOf(row, '00080060') ?? '']));
  const wanted = images.filter(({ seriesInstanceUid }) => (named ?? seriesInstanceUid) === seriesInstanceUid);
  const bySeries = Map.groupBy(wanted, ({ seriesInstanceUid }) => seriesInstanceUid);
  const facts: SeriesFacts[] = [];
  // One series after the other: a study must not take all connections to the PACS.
  for (const [uid, all] of largestFirst(bySeries).slice(0, MAX_SERIES)) {
    const modality = modalities.get(uid);
    if (modality === undefined) continue;
    const read = samplesOf(all).map(async (image) => await readImage(pacs, study, image, signal));
    facts.push(seriesFactsOf(modality, await Promise.all(read)));
  }
  return facts;
}

type Grouped = readonly (readonly [string, readonly StudyObject[]])[];

/** By number of images, then by UID: the same whatever order the PACS lists them in. */
function largestFirst(bySeries: ReadonlyMap<string, readonly StudyObject[]>): Grouped {
  return [...bySeries].toSorted(([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1));
}

function samplesOf(images: readonly StudyObject[]): readonly StudyObject[] {
  const sorted = images.toSorted((a, b) => (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1));
  const places = new Set([0, Math.floor(sorted.length / 2), sorted.length - 1]);
  return sorted.filter((_image, place) => places.has(place));
}
