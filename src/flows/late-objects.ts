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
  /** To be called when the PACS has begun to answer: whatever came through here for this study stands in the index by then. */
  readonly look: () => Promise<void>;
  /**
   * To be called right before objects are judged: each is found in whatever study it came, for a PACS moves objects and keeps their UIDs.
   * What was asked for last counts, so that memory is bounded by what is judged at once.
   */
  readonly lookUp: (sopInstanceUids: readonly string[]) => Promise<void>;
  /** An acquired image by its class, and no AI result by the index. Nothing is that was not looked up, or has no UID to be looked up by. */
  readonly isPlain: (object: ObjectIdentity) => boolean;
  /** Whether the index has results of the study, or of one series of it, that were not there when it was looked through. */
  readonly areResults: (known: StudyObjects, series: string | undefined) => boolean;
}

/**
 * Longer than any upload takes: what came through here and is still not in its study then was refused by the PACS, deleted, or moved to
 * another study.
 */
const MAY_COME_MS = 60 * 60_000;

/** Judges the late objects of a study. Never throws. */
export function createLateObjects(index: ResultsIndex, study: StudyUid, nowMs: () => number): LateObjects {
  let results: readonly StoredResult[] = [];
  let lookedUp: ReadonlySet<string> = new Set();
  let stored: ReadonlySet<string> = new Set();
  return {
    look: async () => {
      const seen = await index.among([study]);
      results = seen.results.get(study) ?? [];
    },
    lookUp: async (uids) => {
      const seen = await index.among([], uids);
      const all = [...[...seen.results.values()].flat(), ...seen.elsewhere];
      lookedUp = new Set(uids);
      stored = new Set(all.map((result): string => result.sopInstanceUid));
    },
    isPlain: ({ sopInstanceUid = '', sopClassUid = '' }) =>
      isPlainClass(sopClassUid) && lookedUp.has(sopInstanceUid) && !stored.has(sopInstanceUid),
    areResults: ({ objects }, asked) =>
      results.some(
        ({ sopInstanceUid, series, keptAt }) =>
          !objects.has(sopInstanceUid) && (asked ?? series) === series && nowMs() - keptAt < MAY_COME_MS,
      ),
  };
}

/** UIDs of those that would pass by their class, if there are any. */
export function uidsToLookUp(objects: readonly ObjectIdentity[]): readonly string[] {
  return objects.flatMap(({ sopInstanceUid, sopClassUid = '' }) =>
    sopInstanceUid !== undefined && isPlainClass(sopClassUid) ? [sopInstanceUid] : [],
  );
}
