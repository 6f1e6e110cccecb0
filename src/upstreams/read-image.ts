import type { StudyObject } from '../domain/dicom/ai-result.ts';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { PacsClient } from '../flows/ports.ts';
import { askPacs } from './pacs-search.ts';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Of several images the one whose metadata are read: always the same, whatever order the PACS lists them in. */
export function firstOf(images: readonly StudyObject[]): StudyObject | undefined {
  return images.toSorted((a, b) => a.sopInstanceUid.localeCompare(b.sopInstanceUid))[0];
}

/** One image's own metadata; empty where the PACS gives none. Throws UpstreamFault. */
export async function readImage(
  pacs: Pick<PacsClient, 'fetch'>,
  study: StudyUid,
  { seriesInstanceUid, sopInstanceUid }: StudyObject,
  signal: AbortSignal,
): Promise<DicomJsonObject> {
  const segments = ['studies', study, 'series', seriesInstanceUid, 'instances', sopInstanceUid, 'metadata'];
  const [metadata] = await askPacs(pacs, { segments, maxBytes: MAX_ANSWER_BYTES }, signal);
  return metadata ?? {};
}
