import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import type { SearchResource } from '../domain/dicom/dicomweb-resource.ts';
import { parseStudyUid, type StudyUid } from '../domain/identifiers.ts';

type Learn = (rows: readonly DicomJsonObject[]) => void;

/** More are not kept in mind for long, so what comes behind them teaches nothing. */
const MAX_STUDIES = 1024;
const STUDY = '0020000D';

/**
 * Learns from an answer that comes some rows at a time what would be learnt from it whole: of each study its first row. A list of series
 * is of use only when it is whole, and teaches nothing here.
 */
export function learnInParts({ of }: SearchResource, learn: Learn): Learn {
  const seen = new Set<StudyUid>();
  return (rows) => {
    if (of !== 'studies' || seen.size >= MAX_STUDIES) return;
    const studies = rows.map((row) => parseStudyUid(textOf(row, STUDY) ?? ''));
    const isNew = (study: StudyUid | undefined): boolean => study !== undefined && !seen.has(study);
    learn(rows.filter((_row, at) => isNew(studies[at])));
    for (const study of studies) if (study !== undefined) seen.add(study);
  };
}
