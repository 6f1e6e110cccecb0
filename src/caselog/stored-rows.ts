import type Database from 'better-sqlite3';

/** Rows read in one step: larger steps are no faster, and only grow the heap. */
const PAGE = 200;
/** Below every key; what lies below 0 is reported by reportImpossibleKeys. */
const BEFORE_ALL = -1;

export interface EntryRow {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly case_id: string | null;
  readonly wall_us: number;
  readonly body: Buffer;
  readonly leaf: Buffer;
}

export interface PersonalRow {
  readonly seq: number;
  readonly label: string;
  readonly value: string;
  readonly salt: Buffer;
  readonly retain_class: string;
}

export interface CheckpointRow {
  readonly size: number;
  readonly note: string;
}

export interface TileRow {
  readonly level: number;
  readonly idx: number;
  readonly hash: Buffer;
}

/** All entries, by seq. */
export function entryRows(database: Database.Database): Generator<EntryRow, void, undefined> {
  const page = database.prepare<[number], EntryRow>(
    `SELECT entry.seq, entry.id, entry.kind, entry.case_id, entry.wall_us, entry.body, entry.leaf
     FROM entry WHERE entry.seq > ? ORDER BY entry.seq LIMIT ${PAGE}`,
  );
  return keysetPages<EntryRow, readonly [number]>(
    [BEFORE_ALL],
    (after) => page.all(...after),
    ({ seq }) => [seq],
  );
}

/** All personal values that have not been erased, by seq and label. */
export function personalRows(database: Database.Database): Generator<PersonalRow, void, undefined> {
  const page = database.prepare<[number, string], PersonalRow>(
    `SELECT pii.seq, pii.label, pii.value, pii.salt, pii.retain_class
     FROM pii WHERE (pii.seq, pii.label) > (?, ?) ORDER BY pii.seq, pii.label LIMIT ${PAGE}`,
  );
  return keysetPages<PersonalRow, readonly [number, string]>(
    [BEFORE_ALL, ''],
    (after) => page.all(...after),
    ({ seq, label }) => [seq, label],
  );
}

/** All checkpoints, by size. */
export function checkpointRows(database: Database.Database): Generator<CheckpointRow, void, undefined> {
  const page = database.prepare<[number], CheckpointRow>(
    `SELECT checkpoint.size, checkpoint.note FROM checkpoint WHERE checkpoint.size > ? ORDER BY checkpoint.size LIMIT ${PAGE}`,
  );
  return keysetPages<CheckpointRow, readonly [number]>(
    [BEFORE_ALL],
    (after) => page.all(...after),
    ({ size }) => [size],
  );
}

/** All tiles, by level and index. */
export function tileRows(database: Database.Database): Generator<TileRow, void, undefined> {
  const page = database.prepare<[number, number], TileRow>(
    `SELECT tile.level, tile.idx, tile.hash FROM tile WHERE (tile.level, tile.idx) > (?, ?) ORDER BY tile.level, tile.idx LIMIT ${PAGE}`,
  );
  return keysetPages<TileRow, readonly [number, number]>(
    [BEFORE_ALL, BEFORE_ALL],
    (after) => page.all(...after),
    ({ level, idx }) => [level, idx],
  );
}

/** Rows in order of their key, a page at a time: memory stays the same however long the table is. */
function* keysetPages<Row, Key>(
  first: Key,
  read: (after: Key) => readonly Row[],
  keyOf: (row: Row) => Key,
): Generator<Row, void, undefined> {
  let after = first;
  for (let rows = read(after); rows.length > 0; rows = read(after)) {
    for (const row of rows) {
      yield row;
      after = keyOf(row);
    }
  }
}
