import type { StudyObjects } from '../domain/dicom/ai-result.ts';
import { isPlainClass } from '../domain/dicom/sop-classes.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { ResultsIndex, StoredResult } from './ports-store.ts';

/** One object as an answer shows it. */
export interface ObjectIdentity {
  readonly sopInstanceUid?: string;
  readonly sopClassUid?: string;
}

/** Objects of a study that are in an answer and were not there, or could not be looked at, before. */
export interface LateObjects {
  /** To be called when the PACS has begun to answer: whatever it shows that came through here stands in the index by then. */
  readonly look: () => Promise<void>;
  /** An acquired image by its class, and no AI result by the index. Nothing is before `look`. */
  readonly isPlain: (object: ObjectIdentity) => boolean;
  /** Whether the index has results of the study, or of one series of it, that were not there when it was looked through. */
  readonly areResults: (known: StudyObjects, series: string | undefined) => boolean;
}

/** Judges the late objects of a study. What has no UID may be any of the study's. */
export function createLateObjects(index: ResultsIndex, study: StudyUid): LateObjects {
  let results: ReadonlyMap<string, StoredResult> | undefined;
  return {
    look: async () => {
      const seen = (await index.among([study])).results.get(study) ?? [];
      results = new Map(seen.map((result) => [result.sopInstanceUid, result]));
    },
    isPlain: ({ sopInstanceUid, sopClassUid }) => {
      if (results === undefined || !isPlainClass(sopClassUid ?? '')) return false;
      return sopInstanceUid === undefined ? results.size === 0 : !results.has(sopInstanceUid);
    },
    areResults: ({ objects }, asked) =>
      [...(results?.values() ?? [])].some(
        ({ sopInstanceUid, series }) => !objects.has(sopInstanceUid) && (asked ?? series) === series,
      ),
  };
}
