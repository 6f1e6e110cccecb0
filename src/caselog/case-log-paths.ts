import { join } from 'node:path';

/** Files of a case log's folder. */
export interface CaseLogPaths {
  readonly database: string;
  /** Held exclusively while a gateway owns the log. */
  readonly lock: string;
  /** Space kept back for the last words on a full disk. */
  readonly ballast: string;
  /** Private: mode 0600. */
  readonly signingKey: string;
  /** The public half, to be copied to whoever verifies. */
  readonly verifierKey: string;
  /** Second place of the newest checkpoint: tells an old backup of the database from the real one. */
  readonly highestSigned: string;
}

/**
 * Where a case log keeps its files. The SQLite files must never be opened by other means in a process that has them
 * open: closing any handle of a file drops all POSIX locks of the process on it.
 */
export function caseLogPaths(dir: string): CaseLogPaths {
  return {
    database: join(dir, 'case-log.sqlite'),
    lock: join(dir, 'lock.sqlite'),
    ballast: join(dir, 'ballast'),
    signingKey: join(dir, 'signing-key'),
    verifierKey: join(dir, 'verifier-key'),
    highestSigned: join(dir, 'highest-signed'),
  };
}
