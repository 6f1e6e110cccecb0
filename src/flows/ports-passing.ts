import type { PassingRows } from '../domain/dicom/passing-rows.ts';

/** Whoever may learn from searches that others make. */
export interface PassingSearches {
  /**
   * Looks at a search that passed by, and keeps what is as good as an answer to a question of the gateway's own. `askedAt`: when the PACS
   * was asked, ms on the monotonic clock. Never throws.
   */
  readonly learn: (passing: PassingRows, askedAt: number) => void;
}
