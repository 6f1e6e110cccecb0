import type { DatasetRules } from '../domain/dicom/dataset-rules.ts';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { isImageClass, isSecondaryCapture } from '../domain/dicom/sop-classes.ts';
import { IMAGE_FIELDS } from '../domain/dicom/study-fields.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { PassingAnswers } from './ports-passing.ts';

/**
 * Keeps, of metadata that pass by, the image that the gateway itself would ask for: the acquired one whose SOP Instance UID comes
 * first. Only that one is parsed. What an answer that is cut short held teaches nothing.
 */
export function learnImage(
  passing: PassingAnswers | undefined,
  study: StudyUid,
  askedAt: number,
): Pick<DatasetRules, 'onPassing' | 'onWhole'> {
  if (passing === undefined) return {};
  let first: { readonly sopInstanceUid: string; readonly bytes: Uint8Array } | undefined;
  return {
    onPassing: ({ sopInstanceUid, sopClassUid = '' }, bytes) => {
      if (sopInstanceUid === undefined || !isImageClass(sopClassUid) || isSecondaryCapture(sopClassUid))
        return;
      if (first !== undefined && sopInstanceUid.localeCompare(first.sopInstanceUid) >= 0) return;
      first = { sopInstanceUid, bytes: Uint8Array.from(bytes) };
    },
    onWhole: () => {
      if (first === undefined) return;
      const [dataset = {}] = parseDatasets(Buffer.concat([OPEN, first.bytes, CLOSE]));
      passing.learnImage(
        study,
        { sopInstanceUid: first.sopInstanceUid, dataset: imageFields(dataset) },
        askedAt,
      );
    },
  };
}

const OPEN = Buffer.from('[');
const CLOSE = Buffer.from(']');

function imageFields(dataset: DicomJsonObject): DicomJsonObject {
  return Object.fromEntries(
    IMAGE_FIELDS.flatMap((tag) => {
      const element = dataset[tag];
      return element === undefined ? [] : [[tag, element] as const];
    }),
  );
}
