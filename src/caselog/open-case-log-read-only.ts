import type Database from 'better-sqlite3';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { openSqlite } from '../db/open-sqlite.ts';
import { CaseLogUnavailable } from '../domain/errors.ts';
import type { CaseLogReader } from '../flows/ports.ts';
import { caseLogPaths } from './case-log-paths.ts';
import { createCaseLogReader } from './case-log-reader.ts';
import { checkSchemaVersion, type CaseLogTables } from './case-log-schema.ts';
import type { CaseLogStore } from './entry-query.ts';
import { CASE_INDEX } from './kind-index.ts';
import { readVerifierKey } from './read-verifier-key.ts';

/**
 * Opens a case log for reading, whether or not a gateway is writing it. Throws CaseLogUnavailable when there is none,
 * it cannot be opened, or another release wrote it.
 */
export function openCaseLogReadOnly(options: {
  readonly dir: string;
}): CaseLogReader & { readonly close: () => void } {
  const paths = caseLogPaths(options.dir);
  const { key } = readVerifierKey(paths.verifierKey);
  const connection = openForReading(paths.database);
  return { ...createCaseLogReader(storeOf(connection), key), close: () => void connection.close() };
}

/** Coerced to text, because JSON functions take a BLOB for SQLite's own binary form. */
const MODEL = sql<string>`json_extract(CAST(entry.body AS TEXT), '$.model.id')`;

function storeOf(connection: Database.Database): CaseLogStore {
  const tables = new Kysely<CaseLogTables>({ dialect: new SqliteDialect({ database: connection }) });
  const hasIndex = connection.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?`);
  // Asked each time: a log of before gets its index when a gateway opens it for writing.
  const kindIndexes: CaseLogStore['kindIndexes'] = () =>
    Promise.resolve(hasIndex.get(CASE_INDEX.name) === undefined ? [] : [CASE_INDEX]);
  return { tables, model: MODEL, kindIndexes };
}

/** A connection that cannot write. Throws CaseLogUnavailable. */
export function openForReading(path: string): Database.Database {
  let connection: Database.Database | undefined;
  try {
    connection = openSqlite(path, { readonly: true });
    checkSchemaVersion(connection);
    return connection;
  } catch (cause: unknown) {
    connection?.close();
    if (cause instanceof CaseLogUnavailable) throw cause;
    throw new CaseLogUnavailable(
      'The database of the case log cannot be opened. Is it there, and may this user write to its folder? (Reading a live log needs a shared file beside it; copy the folder elsewhere otherwise.)',
      cause,
    );
  }
}
