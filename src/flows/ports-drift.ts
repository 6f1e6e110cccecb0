import type { DriftCell } from '../domain/drift-cells.ts';

/** Counts what stands in the log. */
export interface DriftCounter {
  /** Lets the counters catch up with the log. Never throws; a failure is one WARN and a metric (counters can be rebuilt). */
  readonly count: () => void;
}

/** What was counted. */
export interface DriftReader {
  /** Rows of one model (or all), half-open range of days. Catches up with the log first. */
  readonly read: (filter: {
    readonly model?: string;
    readonly version?: string;
    readonly fromDay?: string;
    readonly toDay?: string;
  }) => Promise<readonly DriftCell[]>;
}
