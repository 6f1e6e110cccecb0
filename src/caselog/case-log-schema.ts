import type Database from 'better-sqlite3';
import { CaseLogUnavailable } from '../domain/errors.ts';
import { CASE_INDEX } from './kind-index.ts';

/** Row shapes of the case log's database, for reading through the query builder. */
export interface CaseLogTables {
  entry: {
    seq: number;
    id: string;
    kind: string;
    case_id: string | null;
    wall_us: number;
    body: Uint8Array;
    leaf: Uint8Array;
  };
  pii: { seq: number; label: string; value: string; salt: Uint8Array; retain_class: string };
  tile: { level: number; idx: number; hash: Uint8Array };
  checkpoint: { size: number; note: string };
  head: { size: number; root: Uint8Array; epoch: number };
}

/** Raised with every change of the tables; a log of another number is refused, never guessed at. */
export const SCHEMA_VERSION = 1;

const TABLES = `
CREATE TABLE entry (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, case_id TEXT,
  wall_us INTEGER NOT NULL, body BLOB NOT NULL, leaf BLOB NOT NULL
) STRICT;
CREATE INDEX entry_by_case ON entry (case_id, seq) WHERE case_id IS NOT NULL;
CREATE TABLE pii (
  seq INTEGER NOT NULL, label TEXT NOT NULL, value TEXT NOT NULL, salt BLOB NOT NULL, retain_class TEXT NOT NULL,
  PRIMARY KEY (seq, label)
) STRICT;
CREATE INDEX pii_by_value ON pii (label, value, seq);
CREATE TABLE tile (
  level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, idx)
) STRICT;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE head (size INTEGER NOT NULL, root BLOB NOT NULL, epoch INTEGER NOT NULL) STRICT;
CREATE TABLE outbox (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, sink TEXT NOT NULL, state TEXT NOT NULL) STRICT;
`;

/** Guards against bugs, never evidence: the owner of the file can drop them. The tree and its checkpoints are evidence. */
const GUARDS = [
  ...['entry', 'tile', 'checkpoint'].flatMap((table) => [guard(table, 'UPDATE'), guard(table, 'DELETE')]),
  // Personal values can be erased, not edited.
  guard('pii', 'UPDATE'),
  guard('head', 'DELETE'),
  guard('head', 'UPDATE', 'NEW.size < OLD.size OR NEW.epoch < OLD.epoch'),
  guard('head', 'INSERT', 'EXISTS (SELECT 1 FROM head)'),
  // INSERT OR REPLACE passes the guards on DELETE where a connection forgot recursive_triggers.
  guard('entry', 'INSERT', 'EXISTS (SELECT 1 FROM entry WHERE seq = NEW.seq OR id = NEW.id)'),
  guard('tile', 'INSERT', 'EXISTS (SELECT 1 FROM tile WHERE level = NEW.level AND idx = NEW.idx)'),
  guard('checkpoint', 'INSERT', 'EXISTS (SELECT 1 FROM checkpoint WHERE size = NEW.size)'),
  guard('pii', 'INSERT', 'EXISTS (SELECT 1 FROM pii WHERE seq = NEW.seq AND label = NEW.label)'),
];

function guard(table: string, act: 'INSERT' | 'UPDATE' | 'DELETE', when?: string): string {
  const name = `${table}_refuses_${when === undefined ? '' : 'bad_'}${act.toLowerCase()}`;
  const condition = when === undefined ? '' : ` WHEN ${when}`;
  return `CREATE TRIGGER ${name} BEFORE ${act} ON ${table}${condition} BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;`;
}

/** Creates the tables without guards or rows: for a copy of a log, which may be anything. */
export function createUnguardedTables(database: Database.Database): void {
  database.exec(TABLES);
}

/** Creates the tables of a new case log, with its head at size 0. */
export function createCaseLogTables(database: Database.Database, emptyRoot: Uint8Array): void {
  createUnguardedTables(database);
  addMissingIndex(database);
  database.exec(GUARDS.join('\n'));
  database.prepare('INSERT INTO head (size, root, epoch) VALUES (0, ?, 0)').run(emptyRoot);
  database.pragma(`user_version = ${SCHEMA_VERSION}`);
}

/**
 * Makes the index that a log of an earlier release lacks: no table changes, and that release goes on reading and writing the log. Takes
 * as long as reading the log once, the first time.
 */
export function addMissingIndex(database: Database.Database): void {
  database.exec(CASE_INDEX.create);
}

/** Throws CaseLogUnavailable when the file is not a case log of exactly this release's format. */
export function checkSchemaVersion(database: Database.Database): void {
  const version = database.pragma('user_version', { simple: true });
  if (version === SCHEMA_VERSION) return;
  throw new CaseLogUnavailable(
    `The case log has format ${String(version)}; this release reads and writes format ${SCHEMA_VERSION}. Use the release that wrote it.`,
  );
}
