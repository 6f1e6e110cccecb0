import type { Instant } from '../domain/register.ts';

/** A policy that was taken into use. */
export interface TakenPolicy {
  /** Its place among all that were taken, from 1. */
  readonly place: number;
  /** `sha256:<hex>` over its text. */
  readonly digest: string;
  readonly takenAt: Instant;
}

/** The policies that were taken into use, with their texts. All calls throw RegisterUnavailable. */
export interface PolicyTexts {
  /** The one in force; undefined before the first. */
  readonly newest: () => Promise<TakenPolicy | undefined>;
  /**
   * Keeps the text and that it was taken, in one step, durable when it resolves. `place` must be the one after the newest, or the
   * newest's own with the same digest: then nothing is kept twice. Resolves to false, and nothing is kept, where another node has
   * taken another policy at that place.
   */
  readonly keep: (
    taken: TakenPolicy & {
      readonly id: string;
      readonly version: string;
      readonly text: string;
      /** Seq of its entry in the case log. */
      readonly logSeq: number;
    },
  ) => Promise<boolean>;
}
