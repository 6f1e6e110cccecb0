import type { PostgresConnection } from '../db/open-postgres.ts';
import { frontierRoot } from '../domain/tree-frontier.ts';
import type { PlannedBatch } from './plan-batch.ts';
import type { SharedHead } from './shared-head.ts';
import { WriterFault } from './writer-fault.ts';

/** All that a batch adds and the move of the head, in one statement: the head is locked for as few journeys as can be. */
const INSERT = `
with added_entry as (
  insert into entry (seq, id, kind, case_id, wall_us, body, leaf)
  select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[], $7::bytea[])
), added_pii as (
  insert into pii (seq, label, value, salt, retain_class)
  select * from unnest($8::bigint[], $9::text[], $10::text[], $11::bytea[], $12::text[])
), added_tile as (
  insert into tile (level, idx, hash) select * from unnest($13::bigint[], $14::bigint[], $15::bytea[])
)
update head set size = $16, root = $17, epoch = $18 where head.size = $19 and head.root = $20 and head.epoch = $21`;

/**
 * Adds a batch after the entries that `from` counts, compare and swap: throws WriterFault('fatal') when the head is not what it was
 * a moment ago, under a lock; PostgresFault. Nothing is durable before the transaction is.
 */
export async function insertBatch(
  connection: Pick<PostgresConnection, 'query'>,
  { entries, personal, tiles, end }: PlannedBatch,
  { from, epoch }: { readonly from: SharedHead; readonly epoch: number },
): Promise<void> {
  const { rowCount } = await connection.query(INSERT, [
    ...columns(entries, ['seq', 'id', 'kind', 'case_id', 'wall_us', 'body', 'leaf']),
    ...columns(personal, ['seq', 'label', 'value', 'salt', 'retain_class']),
    ...columns(tiles, ['level', 'idx', 'hash']),
    ...[end.frontier.size, frontierRoot(end.frontier), epoch, from.size, from.root, from.epoch],
  ]);
  if (rowCount !== 1) throw new WriterFault('fatal', 'Something else has moved the head of the case log.');
}

function columns<R>(rows: readonly R[], names: readonly (keyof R)[]): readonly (readonly unknown[])[] {
  return names.map((name) => rows.map((row) => row[name]));
}
