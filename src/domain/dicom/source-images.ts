import { textOf, type DicomJsonObject } from './dicom-json.ts';
import { isPlainClass } from './sop-classes.ts';

/** Images of one series in their order, one at least. */
export type SeriesImages = readonly [DicomJsonObject, ...DicomJsonObject[]];

/** The images of a study that a result can refer to, by series: as scanners write them, of one frame each; in the order of their numbers. */
export function sourceImages(metadata: readonly DicomJsonObject[]): readonly SeriesImages[] {
  const images = metadata.filter(isImage);
  return [...Map.groupBy(images, (image) => textOf(image, '0020000E')).values()]
    .map((series) => series.toSorted((a, b) => numberOf(a) - numberOf(b)))
    .filter(isSeries);
}

function isSeries(images: readonly DicomJsonObject[]): images is [DicomJsonObject, ...DicomJsonObject[]] {
  return images.length > 0;
}

/** Rows and columns of a series; undefined where its images differ, or do not say. */
export function sizeOf(
  images: SeriesImages,
): { readonly rows: number; readonly columns: number } | undefined {
  const [rows, columns] = [rowsOf(images[0]), columnsOf(images[0])];
  const isSame = images.every((image) => rowsOf(image) === rows && columnsOf(image) === columns);
  return isSame && rows > 0 && columns > 0 ? { rows, columns } : undefined;
}

function rowsOf(image: DicomJsonObject): number {
  return Number(textOf(image, '00280010'));
}

function columnsOf(image: DicomJsonObject): number {
  return Number(textOf(image, '00280011'));
}

function isImage(dataset: DicomJsonObject): boolean {
  const isOneFrame = Number(textOf(dataset, '00280008') ?? '1') === 1;
  const has = (tag: string): boolean => textOf(dataset, tag) !== undefined;
  return isPlainClass(textOf(dataset, '00080016') ?? '') && isOneFrame && has('00280010') && has('0020000E');
}

function numberOf(image: DicomJsonObject): number {
  return Number(textOf(image, '00200013') ?? '0');
}
