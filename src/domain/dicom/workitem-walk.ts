import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';
import { itemsOf } from './parse-workitem.ts';

/** An element of a dataset, and how many sequences it stands in. */
export interface FoundElement {
  readonly tag: string;
  readonly element: DicomJsonElement;
  readonly depth: number;
}

/** Every element of a dataset that was parsed, in sequences too: what may not be said must be said nowhere. */
export function everyElement(dataset: DicomJsonObject, depth = 0): readonly FoundElement[] {
  return Object.entries(dataset).flatMap(([tag, element]) => [
    { tag, element, depth },
    ...itemsOf(dataset, tag).flatMap((item) => everyElement(item, depth + 1)),
  ]);
}

/**
 * The one value of an element: some readers take the first, others the last or all, so that of several nobody knows which is meant.
 * Undefined for none, for several, and for one that is no text.
 */
export function onlyTextOf({ Value: values = [] }: DicomJsonElement): string | undefined {
  const [only, ...others] = values;
  return typeof only === 'string' && others.length === 0 ? only.trim() : undefined;
}

/** Whether it has no value at all. */
export function isEmpty({ Value: values = [] }: DicomJsonElement): boolean {
  return values.length === 0;
}
