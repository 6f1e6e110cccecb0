import { CaseLogUnavailable } from '../domain/errors.ts';
import type { EntryDraft } from '../domain/log-entry.ts';
import type { CaseLogAppender, CaseLogReader, Clock, PartState } from '../flows/ports.ts';
import { createAppendQueue } from './append-queue.ts';
import { takeCaseLogLock } from './case-log-lock.ts';
import { caseLogPaths } from './case-log-paths.ts';
import { createLogHealth, type CaseLogAlarm, type LogHealth } from './log-health.ts';
import { LogKeeper } from './log-keeper.ts';
import { openCaseLogReadOnly } from './open-case-log-read-only.ts';
import { readVerifierKey } from './read-verifier-key.ts';
import { refuseNetworkDisk } from './refuse-network-disk.ts';
import { stampEntry } from './stamp-entry.ts';
import { WorkerLink } from './writer-link.ts';
import type { StampedEntry } from './writer-messages.ts';

interface Limits {
  /** Entries of one commit. */
  readonly maxBatch: number;
  /** Callers that may wait for their commit; one more is refused. */
  readonly maxWaiting: number;
  /** A checkpoint is signed at most this long after the log has grown. */
  readonly checkpointMs: number;
}

const DEFAULT_LIMITS: Limits = { maxBatch: 256, maxWaiting: 4096, checkpointMs: 10_000 };
const BOOT_BYTES = 8;

interface Options {
  readonly dir: string;
  /** Absolute path of append-worker.ts or .js. */
  readonly workerFile: string;
  /** Name of this gateway node. */
  readonly node: string;
  readonly clock: Clock;
  readonly randomBytes: (n: number) => Uint8Array;
  readonly limits?: Partial<Limits>;
  /** Called once for each change for the worse. */
  readonly onAlarm: (alarm: CaseLogAlarm) => void;
}

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

/**
 * Opens the case log for the one process that may write it, and writes `node.start`. Appending is group commit in a
 * thread of its own; a checkpoint is signed within `checkpointMs` of growth, before every export, and at the end.
 * Throws CaseLogUnavailable when there is no log (it is created once, by createCaseLog), another process has it, it is
 * damaged, or it is older than what has been signed.
 */
export async function openCaseLog(options: Options): Promise<CaseLog> {
  const paths = caseLogPaths(options.dir);
  const { vkey, key } = readVerifierKey(paths.verifierKey);
  refuseNetworkDisk(options.dir);
  const lock = takeCaseLogLock(paths.lock);
  try {
    const reader = openCaseLogReadOnly(options);
    const room = { ...startKeeper(options), reader, release: lock.release };
    await room.keeper.open().catch((error: unknown) => {
      reader.close();
      throw error;
    });
    return { ...assemble(options, room), vkey, origin: key.name };
  } catch (error: unknown) {
    lock.release();
    throw error;
  }
}

interface Room {
  readonly keeper: LogKeeper;
  readonly health: LogHealth;
  readonly reader: ReturnType<typeof openCaseLogReadOnly>;
  readonly release: () => void;
}

function startKeeper(options: Options): Pick<Room, 'keeper' | 'health'> {
  const boot = Buffer.from(options.randomBytes(BOOT_BYTES)).toString('hex');
  const health = createLogHealth(options.onAlarm);
  const settings = { dir: options.dir, node: options.node, boot };
  const link = new WorkerLink(options.workerFile, settings, (fault) => void health.report(fault));
  const stamp = (draft: EntryDraft): StampedEntry => stampEntry(options, draft);
  return { keeper: new LogKeeper({ link, health, stamp }), health };
}

function assemble(
  options: Options,
  { keeper, health, reader, release }: Room,
): Omit<CaseLog, 'vkey' | 'origin'> {
  const { maxBatch, maxWaiting, checkpointMs } = { ...DEFAULT_LIMITS, ...options.limits };
  const queue = createAppendQueue({ write: keeper.write, maxBatch, maxWaiting });
  const timer = setInterval(() => void keeper.tend(), checkpointMs).unref();
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    clearInterval(timer);
    await queue.idle();
    // Before the writer, so that the last connection can fold the write-ahead log into the database.
    reader.close();
    await keeper.close();
    release();
  };
  const closedBecause = (): string | undefined =>
    closing === undefined ? health.closedBecause() : 'The gateway is stopping.';
  return {
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
