export interface DriftCounter {
  /** Lets the counters catch up with the log. Never throws; a failure is one WARN and a metric (counters can be rebuilt). */
  readonly count: () => void;
}

/** One counter cell. */
export interface DriftRow {
  readonly model: string;
  readonly version: string;
  readonly site: string;
  /** Study day in the policy's time zone, ISO date. */
  readonly day: string;
  readonly maker: string;
  readonly sex: string;
  readonly ageBand: string;
  /** e.g. `volume`, `positive`, `refused`, `failed`, `score`, `latency`. */
  readonly counter: string;
  /** Histogram bin, reason code or failure kind; empty where the counter has none. */
  readonly bin: string;
  readonly value: number;
}

export interface DriftReader {
  /** Rows of one model (or all), half-open range of days. Catches up with the log first. */
  readonly read: (filter: {
    readonly model?: string;
    readonly version?: string;
    readonly fromDay?: string;
    readonly toDay?: string;
  }) => Promise<readonly DriftRow[]>;
}
