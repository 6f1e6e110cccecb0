import Database from 'better-sqlite3';

/** First SQLite without the WAL-reset corruption bug (3.7.0 – 3.51.2, concurrent connections around a checkpoint). */
const MIN_SQLITE = [3, 51, 3] as const;

export class SqliteRefused extends Error {
  override readonly name = 'SqliteRefused';
}

interface OpenOptions {
  readonly readonly?: boolean;
  /** Refuse to create the file. */
  readonly mustExist?: boolean;
}

/**
 * Opens a SQLite file so that a commit is on the disk when it returns: WAL, synchronous FULL set and read back
 * (the driver's build defaults WAL to NORMAL), recursive triggers on (else `INSERT OR REPLACE` passes abort triggers).
 * Throws SqliteRefused when the library is too old or a setting does not hold; driver errors (missing file) pass as `cause`.
 */
export function openSqlite(path: string, options: OpenOptions = {}): Database.Database {
  const database = connect(path, options);
  try {
    checkVersion(database);
    if (options.readonly !== true) setPragmas(database);
    database.pragma('busy_timeout = 5000');
  } catch (error: unknown) {
    database.close();
    throw error;
  }
  return database;
}

function connect(path: string, options: OpenOptions): Database.Database {
  try {
    return new Database(path, {
      readonly: options.readonly ?? false,
      fileMustExist: options.mustExist ?? options.readonly ?? false,
    });
  } catch (cause: unknown) {
    throw new SqliteRefused(`cannot open database file ${path}`, { cause });
  }
}

function checkVersion(database: Database.Database): void {
  const version = String(database.prepare('select sqlite_version()').pluck().get());
  const parts = version.split('.').map(Number);
  for (const [index, wanted] of MIN_SQLITE.entries()) {
    const have = parts[index] ?? 0;
    if (have > wanted) return;
    if (have < wanted) throw new SqliteRefused(`SQLite ${version} is too old: 3.51.3 or later is needed`);
  }
}

function setPragmas(database: Database.Database): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('recursive_triggers = ON');
  database.pragma('foreign_keys = ON');
  const synchronous = database.pragma('synchronous', { simple: true });
  if (synchronous !== 2) throw new SqliteRefused(`synchronous is ${String(synchronous)}, not FULL`);
}
