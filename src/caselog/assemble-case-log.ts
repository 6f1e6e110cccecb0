import { CaseLogUnavailable } from '../domain/errors.ts';
import type { CaseLogAppender, CaseLogReader, Clock, PartState } from '../flows/ports.ts';
import { createAppendQueue } from './append-queue.ts';
import type { LogHealth } from './log-health.ts';
import type { LogKeeper } from './log-keeper.ts';
import { stampEntry } from './stamp-entry.ts';
import { faultOf } from './writer-fault.ts';

export interface CaseLogLimits {
  /** Entries of one commit. */
  readonly maxBatch: number;
  /** Callers that may wait for their commit; one more is refused. */
  readonly maxWaiting: number;
  /** A checkpoint is signed at most this long after the log has grown. */
  readonly checkpointMs: number;
}

const DEFAULT_LIMITS: CaseLogLimits = { maxBatch: 256, maxWaiting: 4096, checkpointMs: 10_000 };

/** The case log of a running gateway. */
export interface CaseLog extends CaseLogAppender, CaseLogReader {
  /** Public key for whoever verifies. */
  readonly vkey: string;
  /** Name of the log. */
  readonly origin: string;
  readonly state: () => PartState;
  /** Signs the log as it stands; the note is on disk when it is given out. Throws CaseLogUnavailable. */
  readonly signCheckpoint: () => Promise<string>;
  /** Finishes what waits, writes `node.stop`, signs a last checkpoint, gives the log free. Never throws. */
  readonly close: () => Promise<void>;
}

interface Options {
  readonly clock: Clock;
  readonly randomBytes: (n: number) => Uint8Array;
  readonly limits?: Partial<CaseLogLimits>;
}

/** An open log: who looks after its writer, how it is, who reads it. */
interface OpenLog {
  readonly vkey: string;
  readonly origin: string;
  readonly keeper: LogKeeper;
  readonly health: LogHealth;
  readonly reader: CaseLogReader & { readonly close: () => void };
  /** Gives the log free once it is closed. */
  readonly release: () => void;
}

/** Makes the case log that the gateway sees out of an open one: appending is group commit, checkpoints are signed in time. */
export function assembleCaseLog(options: Options, opened: OpenLog): CaseLog {
  const { keeper, health, reader, vkey, origin } = opened;
  const { maxBatch, maxWaiting, checkpointMs } = { ...DEFAULT_LIMITS, ...options.limits };
  const queue = createAppendQueue({ write: keeper.write, maxBatch, maxWaiting, refusesAll: isAway });
  const timer = setInterval(() => void keeper.tend(), checkpointMs).unref();
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    clearInterval(timer);
    await queue.idle();
    // Before the writer, so that the last connection can fold the write-ahead log into the database.
    reader.close();
    await keeper.close();
    opened.release();
  };
  const closedBecause = (): string | undefined =>
    closing === undefined ? health.closedBecause() : 'The gateway is stopping.';
  return {
    vkey,
    origin,
    append: async (draft) => {
      const reason = closedBecause();
      if (reason !== undefined) throw new CaseLogUnavailable(reason);
      const receipt = await queue.append(stampEntry(options, draft));
      // An export starts with its entry: what is handed out then lies under a signature that covers this very entry.
      if (draft.kind === 'export') await keeper.signCheckpoint();
      return receipt;
    },
    entries: reader.entries,
    range: reader.range,
    verification: reader.verification,
    state: () => {
      const detail = closedBecause();
      return detail === undefined ? health.state() : { part: 'case-log', ok: false, detail };
    },
    signCheckpoint: keeper.signCheckpoint,
    close: () => (closing ??= close()),
  };
}

/** Each batch would find out anew that the server does not answer, one patience after the other. */
function isAway(failure: unknown): boolean {
  return failure instanceof CaseLogUnavailable && faultOf(failure.cause).kind === 'away';
}
