import { openSqlite } from '../db/open-sqlite.ts';
import { CaseLogUnavailable } from '../domain/errors.ts';

export interface CaseLogLock {
  readonly release: () => void;
}

/**
 * Takes the log for this process: an exclusive transaction on a second, tiny database file, so that readers of the log
 * itself are not in the way. The operating system frees it when the process ends, however it ends.
 * Throws CaseLogUnavailable at once when another process has it.
 */
export function takeCaseLogLock(path: string): CaseLogLock {
  const database = openLockFile(path);
  try {
    database.pragma('busy_timeout = 0');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause: unknown) {
    database.close();
    throw new CaseLogUnavailable(
      'Another gateway process has this case log open. Stop it first, or ask it: a log has one writer.',
      cause,
    );
  }
  return { release: () => void database.close() };
}

function openLockFile(path: string): ReturnType<typeof openSqlite> {
  try {
    return openSqlite(path, { mustExist: true });
  } catch (cause: unknown) {
    throw new CaseLogUnavailable(
      'There is no case log here, or its lock cannot be opened. A log is created once, with `countersign init`.',
      cause,
    );
  }
}
