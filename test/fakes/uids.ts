import {
  parseSeriesUid,
  parseSopInstanceUid,
  parseStudyUid,
  type SeriesUid,
  type SopInstanceUid,
  type StudyUid,
} from '../../src/domain/identifiers.ts';

const known = <T>(value: T | undefined, text: string): T => {
  if (value === undefined) throw new Error(`not well-formed: ${text}`);
  return value;
};

export const studyUid = (text: string): StudyUid => known(parseStudyUid(text), text);
export const seriesUid = (text: string): SeriesUid => known(parseSeriesUid(text), text);
export const sopInstanceUid = (text: string): SopInstanceUid => known(parseSopInstanceUid(text), text);
