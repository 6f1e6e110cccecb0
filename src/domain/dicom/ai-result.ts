import type { SeriesUid, SopInstanceUid } from '../identifiers.ts';

/**
 * What made a stored object, as the object says (AI recognition, graded). An object made by several algorithms stands
 * once for each: it is unlocked only when every one of them is.
 */
export interface AiResult {
  readonly seriesInstanceUid: SeriesUid;
  readonly sopInstanceUid: SopInstanceUid;
  /** `unreadable`: it should be looked at and cannot be, so it counts as AI. */
  readonly grade: 'definite' | 'probable' | 'unreadable';
  /** What the object says made it; absent when it says nothing. */
  readonly algorithmName?: string;
  readonly algorithmVersion?: string;
  /** When it was made, ms since the epoch; absent when unknown. */
  readonly madeAt?: number;
}

/** One object of a study. */
export interface StudyObject {
  readonly seriesInstanceUid: SeriesUid;
  readonly sopInstanceUid: SopInstanceUid;
  /** Absent when the PACS does not say. */
  readonly sopClassUid?: string;
  /** Of its series; absent when the PACS does not say. */
  readonly modality?: string;
}

/** Everything a study holds, and which of it AI made. */
export interface StudyObjects {
  /** By SOP Instance UID. */
  readonly objects: ReadonlyMap<string, StudyObject>;
  readonly aiResults: readonly AiResult[];
}
