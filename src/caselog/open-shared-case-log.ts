import { checkPostgres, PostgresRefused, type Postgres } from '../db/open-postgres.ts';
import { CaseLogUnavailable } from '../domain/errors.ts';
import type { EntryDraft } from '../domain/log-entry.ts';
import type { Clock } from '../flows/ports.ts';
import { assembleCaseLog, type CaseLog, type CaseLogLimits } from './assemble-case-log.ts';
import { caseLogPaths } from './case-log-paths.ts';
import { createLogHealth, type CaseLogAlarm } from './log-health.ts';
import { LogKeeper } from './log-keeper.ts';
import { openSharedCaseLogReadOnly } from './open-shared-case-log-read-only.ts';
import { readVerifierKey } from './read-verifier-key.ts';
import { createSharedLink } from './shared-link.ts';
import { SharedLogWriter } from './shared-log-writer.ts';
import { checkSharedFormat } from './shared-schema.ts';
import { readSigningKey } from './signing-key.ts';
import { stampEntry } from './stamp-entry.ts';
import { faultOf } from './writer-fault.ts';
import type { StampedEntry } from './writer-messages.ts';

const BOOT_BYTES = 8;

interface Options {
  /** With search_path `case_log`. Not owned: whoever opened it ends it, after the log is closed. */
  readonly postgres: Postgres;
  /** Where reads go, so that however many of them never hold up a case; the same when absent. */
  readonly reading?: Postgres;
  /** This node's own folder: the log's keys, and the newest checkpoint that it knows of. */
  readonly dir: string;
  /** Name of this gateway node. */
  readonly node: string;
  readonly clock: Clock;
  readonly randomBytes: (n: number) => Uint8Array;
  readonly limits?: Partial<CaseLogLimits>;
  /**
   * For a node that shows images whatever becomes of the log: also resolves while the server is away, and the log opens by itself once
   * it is there; and when the log must not be continued, which `state()` then says. Appends throw CaseLogUnavailable all that time.
   */
  readonly opensLater?: boolean;
  /** Called once for each change for the worse. */
  readonly onAlarm: (alarm: CaseLogAlarm) => void;
}

/**
 * Opens the case log in PostgreSQL for one of the nodes that write it, and writes `node.start`. Each append is acknowledged once it is
 * committed there, in sequence with those of all nodes. While the server is away appends throw CaseLogUnavailable, and go on by
 * themselves. Throws CaseLogUnavailable when there is no log (it is created once, by createSharedCaseLog), or the server would not keep
 * what it is given; and, unless it `opensLater`, when the server is away, or the log is damaged, older than what has been signed, or
 * not of this node's key.
 */
export async function openSharedCaseLog(options: Options): Promise<CaseLog> {
  const { postgres, dir, node, onAlarm, opensLater = false } = options;
  const paths = caseLogPaths(dir);
  const { vkey, key } = readVerifierKey(paths.verifierKey);
  const signer = readSigningKey(paths.signingKey);
  if (signer.vkey !== vkey) {
    throw new CaseLogUnavailable(`The two keys in ${dir} do not belong together. Copy both from one node.`);
  }
  await refuseOther(postgres).catch((error: unknown) => {
    if (!opensLater || faultOf(error).kind !== 'away') throw unavailable(error);
  });
  const boot = Buffer.from(options.randomBytes(BOOT_BYTES)).toString('hex');
  const { highestSigned } = paths;
  const link = createSharedLink(async () => {
    await refuseUnsafe(postgres);
    return await SharedLogWriter.open({ postgres, signer, highestSigned, node, boot });
  });
  const health = createLogHealth(onAlarm, 'shared');
  const stamp = (draft: EntryDraft): StampedEntry => stampEntry(options, draft);
  const keeper = new LogKeeper({ link, health, stamp, isShared: true, opensLater });
  await keeper.open();
  const reader = openSharedCaseLogReadOnly({ postgres: options.reading ?? postgres, dir });
  return assembleCaseLog(options, {
    vkey,
    origin: key.name,
    keeper,
    health,
    reader,
    release: () => undefined,
  });
}

/** Throws CaseLogUnavailable for a server that is away, or would lose what it says it has written. */
export async function checkServer(postgres: Postgres): Promise<void> {
  await refuseUnsafe(postgres).catch((error: unknown) => {
    throw unavailable(error);
  });
}

/** Throws CaseLogUnavailable for a server that would lose what it says it has written; PostgresFault. */
async function refuseUnsafe(postgres: Postgres): Promise<void> {
  try {
    await checkPostgres(postgres);
  } catch (error: unknown) {
    throw error instanceof PostgresRefused ? new CaseLogUnavailable(`${error.message}.`, error) : error;
  }
}

/** A wrong address, whatever the log is like: no node of it was ever here. Throws CaseLogUnavailable, PostgresFault. */
async function refuseOther(postgres: Postgres): Promise<void> {
  await refuseUnsafe(postgres);
  await checkSharedFormat(postgres);
}

function unavailable(error: unknown): CaseLogUnavailable {
  return error instanceof CaseLogUnavailable ? error : new CaseLogUnavailable(faultOf(error).detail, error);
}
