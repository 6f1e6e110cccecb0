import type Database from 'better-sqlite3';
import { frontierRoot } from '../domain/tree-frontier.ts';
import type { WriterPosition } from './log-head.ts';
import { planBatch, type EntryAuthor, type KnownEntry, type PlannedBatch } from './plan-batch.ts';
import { WriterFault } from './writer-fault.ts';
import type { EntryVerdict, StampedEntry } from './writer-messages.ts';

interface Written {
  readonly verdicts: readonly EntryVerdict[];
  readonly position: WriterPosition;
}

type BatchWriter = (position: WriterPosition, entries: readonly StampedEntry[]) => Written;

/** Inserts of the append path: prepared once, no query builder between a case and its record. */
function prepareStatements(database: Database.Database): Statements {
  return {
    byId: database.prepare(
      'SELECT entry.seq, entry.id, entry.kind, entry.case_id, entry.leaf FROM entry WHERE entry.id = ?',
    ),
    entry: database.prepare(
      'INSERT INTO entry (seq, id, kind, case_id, wall_us, body, leaf) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    pii: database.prepare('INSERT INTO pii (seq, label, value, salt, retain_class) VALUES (?, ?, ?, ?, ?)'),
    tile: database.prepare('INSERT INTO tile (level, idx, hash) VALUES (?, ?, ?)'),
    head: database.prepare(
      'UPDATE head SET size = ?, root = ?, epoch = ? WHERE head.size = ? AND head.epoch = ?',
    ),
  };
}

interface Statements {
  readonly byId: Database.Statement<[string], KnownEntry>;
  readonly entry: Database.Statement<[number, string, string, string | null, number, Uint8Array, Uint8Array]>;
  readonly pii: Database.Statement<[number, string, string, Uint8Array | undefined, string]>;
  readonly tile: Database.Statement<[number, number, Uint8Array]>;
  readonly head: Database.Statement<[number, Uint8Array, number, number, number]>;
}

/**
 * Writes batches at the end of the log, one transaction each. Throws WriterFault('fatal') when another writer has moved
 * the head; driver errors pass. Then nothing of the batch is in the log, unless the commit itself failed.
 */
export function createBatchWriter(database: Database.Database, author: EntryAuthor): BatchWriter {
  const sql = prepareStatements(database);
  const known = (id: string): KnownEntry | undefined => sql.byId.get(id);
  const write = database.transaction(
    (position: WriterPosition, stamped: readonly StampedEntry[]): Written => {
      const plan = planBatch({ author, from: position, known }, stamped);
      insertRows(sql, plan);
      return { verdicts: plan.verdicts, position: moveHead(sql, author.epoch, position, plan) };
    },
  );
  // Entries, tiles and head become durable together, in one commit with synchronous=FULL, before anybody is told.
  // IMMEDIATE, because a transaction that starts as a reader may be refused when it turns writer.
  return (position, entries) => write.immediate(position, entries);
}

function insertRows(sql: Statements, { entries, personal, tiles }: PlannedBatch): void {
  for (const { seq, id, kind, case_id, wall_us, body, leaf } of entries) {
    sql.entry.run(seq, id, kind, case_id, wall_us, body, leaf);
  }
  for (const { seq, label, value, salt, retain_class } of personal) {
    sql.pii.run(seq, label, value, salt, retain_class);
  }
  for (const { level, idx, hash } of tiles) sql.tile.run(level, idx, hash);
}

/** Compare and swap: only the writer that knows where the log ends may say where it ends now. */
function moveHead(
  sql: Statements,
  epoch: number,
  from: WriterPosition,
  { end }: PlannedBatch,
): WriterPosition {
  const { size } = end.frontier;
  if (size === from.frontier.size) return from;
  const moved = sql.head.run(size, frontierRoot(end.frontier), epoch, from.frontier.size, from.headEpoch);
  if (moved.changes !== 1) throw new WriterFault('fatal', 'Another writer has taken over the case log.');
  return { ...end, headEpoch: epoch };
}
