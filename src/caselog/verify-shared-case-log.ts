import type { Postgres } from '../db/open-postgres.ts';
import { openSqlite } from '../db/open-sqlite.ts';
import { copyToSqlite } from './copy-to-sqlite.ts';
import { createUnguardedTables } from './case-log-schema.ts';
import { checkSharedFormat } from './shared-schema.ts';
import { inTransaction } from './shared-transaction.ts';
import { verifyStored, type CaseLogVerdict } from './verify-case-log.ts';

interface Options {
  /** With search_path `case_log`. Not owned. */
  readonly postgres: Postgres;
  /** The folder of a node: public key and second place. */
  readonly dir: string;
  /** The log's public key from elsewhere. Without it the log can only be held against itself. */
  readonly vkey?: string;
  /** A checkpoint kept from earlier, verbatim: proves that nothing it covered was changed since. */
  readonly oldCheckpoint?: string;
}

const BEGIN_SNAPSHOT = 'begin isolation level repeatable read read only';
/** A file that SQLite makes where temporary files go, unlinks at once, and drops when it is closed, however that comes. */
const TEMPORARY_FILE = '';

/**
 * Verifies a case log in PostgreSQL, stopped or running, as verifyCaseLog does one in a folder: copies its tables, as they are, out of
 * one snapshot into a temporary file, and looks at that. Constant memory; room on the disk for the log once more. Never throws for
 * what it finds.
 */
export async function verifySharedCaseLog(options: Options): Promise<CaseLogVerdict> {
  const { postgres } = options;
  return await verifyStored(options, async (read, report) => {
    await checkSharedFormat(postgres);
    const copy = openSqlite(TEMPORARY_FILE);
    try {
      createUnguardedTables(copy);
      await inTransaction(postgres, BEGIN_SNAPSHOT, (connection) => copyToSqlite(connection, copy, report));
      return await read(copy);
    } finally {
      copy.close();
    }
  });
}
