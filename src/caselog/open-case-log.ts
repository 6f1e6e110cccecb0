import type { EntryDraft } from '../domain/log-entry.ts';
import type { Clock } from '../flows/ports.ts';
import { assembleCaseLog, type CaseLog, type CaseLogLimits } from './assemble-case-log.ts';
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

const BOOT_BYTES = 8;

interface Options {
  readonly dir: string;
  /** Absolute path of append-worker.ts or .js. */
  readonly workerFile: string;
  /** Name of this gateway node. */
  readonly node: string;
  readonly clock: Clock;
  readonly randomBytes: (n: number) => Uint8Array;
  readonly limits?: Partial<CaseLogLimits>;
  /** Called once for each change for the worse. */
  readonly onAlarm: (alarm: CaseLogAlarm) => void;
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
    const { keeper, health } = startKeeper(options);
    await keeper.open().catch((error: unknown) => {
      reader.close();
      throw error;
    });
    return assembleCaseLog(options, {
      vkey,
      origin: key.name,
      keeper,
      health,
      reader,
      release: lock.release,
    });
  } catch (error: unknown) {
    lock.release();
    throw error;
  }
}

function startKeeper(options: Options): {
  readonly keeper: LogKeeper;
  readonly health: LogHealth;
} {
  const boot = Buffer.from(options.randomBytes(BOOT_BYTES)).toString('hex');
  const health = createLogHealth(options.onAlarm);
  const settings = { dir: options.dir, node: options.node, boot };
  const link = new WorkerLink(options.workerFile, settings, (fault) => void health.report(fault));
  const stamp = (draft: EntryDraft): StampedEntry => stampEntry(options, draft);
  return { keeper: new LogKeeper({ link, health, stamp }), health };
}
