import type { PostgresConnection } from '../db/open-postgres.ts';
import { sameHash, type Hash } from '../domain/merkle-tree.ts';
import {
  appendLeaf,
  frontierAt,
  frontierRoot,
  nodesOfTiles,
  type Frontier,
} from '../domain/tree-frontier.ts';
import type { KnownEntry } from './plan-batch.ts';
import { WriterFault } from './writer-fault.ts';

type Connection = Pick<PostgresConnection, 'query'>;

/** Where the log ends, as its one row says. */
export interface SharedHead {
  readonly size: number;
  readonly root: Hash;
  readonly epoch: number;
}

interface LookRow extends SharedHead {
  readonly seq: number | null;
  readonly id: string;
  readonly kind: string;
  readonly case_id: string | null;
  readonly leaf: Uint8Array;
}

/**
 * Begins a transaction in which nobody else moves the head: this row lock is what puts the nodes' batches in order. A node that falls
 * silent in the middle, cut off or stopped, would hold it for as long as the server believes in the connection; it is let go after 3 s.
 */
export const BEGIN_AT_HEAD = `begin; set local idle_in_transaction_session_timeout = '3s'; select head.size from head for update`;

/**
 * The head, and which of these ids the log has already. In a statement of its own: one that waits for a lock sees the rows as they
 * were before it waited. Throws PostgresFault, WriterFault('fatal') when the head is not one row.
 */
export async function readSharedHead(
  connection: Connection,
  ids: readonly string[],
): Promise<{ readonly head: SharedHead; readonly known: ReadonlyMap<string, KnownEntry> }> {
  const { rows } = await connection.query<LookRow>(
    `select head.size, head.root, head.epoch, entry.seq, entry.id, entry.kind, entry.case_id, entry.leaf
     from head left join entry on entry.id = any($1::text[])`,
    [ids],
  );
  const [head] = rows;
  if (head === undefined) throw damaged('its head is missing');
  const known = rows.flatMap(({ seq, id, kind, case_id, leaf }) =>
    seq === null ? [] : [[id, { seq, id, kind, case_id, leaf }] as const],
  );
  return { head, known: new Map(known) };
}

const PAGE = 1_000;

/** The frontier with the entries that others have added up to `size`. Throws PostgresFault, WriterFault('fatal') when one is missing. */
export async function growFrontier(connection: Connection, from: Frontier, size: number): Promise<Frontier> {
  let frontier = from;
  while (frontier.size < size) {
    const { rows } = await connection.query<{ readonly seq: number; readonly leaf: Buffer }>(
      'select entry.seq, entry.leaf from entry where entry.seq >= $1 and entry.seq < $2 order by entry.seq',
      [frontier.size, Math.min(size, frontier.size + PAGE)],
    );
    if (rows.length === 0) throw damaged(`entry ${frontier.size} is missing`);
    for (const { seq, leaf } of rows) {
      if (seq !== frontier.size) throw damaged(`entry ${frontier.size} is missing`);
      ({ frontier } = appendLeaf(frontier, leaf));
    }
  }
  return frontier;
}

/** Entries of a tile. */
const WIDTH = 256;

/**
 * The frontier of the first `size` entries, from stored leaves and tiles: at most 255 hashes of each level, those right of its last
 * full tile. Throws PostgresFault, WriterFault('fatal') when one is missing.
 */
export async function readFrontier(connection: Connection, size: number): Promise<Frontier> {
  const levels: ReadonlyMap<number, Hash>[] = [];
  for (let count = size; count > 0; count = Math.floor(count / WIDTH)) {
    levels.push(await hashesOf(connection, levels.length, Math.floor(count / WIDTH) * WIDTH));
  }
  const stored = (level: number, idx: number): Hash => {
    const hash = levels[level]?.get(idx);
    if (hash !== undefined) return hash;
    throw damaged(level === 0 ? `entry ${idx} is missing` : `tile level ${level} index ${idx} is missing`);
  };
  return frontierAt(nodesOfTiles({ leaf: (index) => stored(0, index), tile: stored }), size);
}

/** Hashes of a tile's width of leaves (level 0) or full tiles. */
async function hashesOf(
  connection: Connection,
  level: number,
  from: number,
): Promise<ReadonlyMap<number, Hash>> {
  const { rows } =
    level === 0
      ? await connection.query<HashRow>(
          'select entry.seq as idx, entry.leaf as hash from entry where entry.seq >= $1 and entry.seq < $2',
          [from, from + WIDTH],
        )
      : await connection.query<HashRow>(
          'select tile.idx, tile.hash from tile where tile.idx >= $1 and tile.idx < $2 and tile.level = $3',
          [from, from + WIDTH, level],
        );
  return new Map(rows.map(({ idx, hash }) => [idx, hash]));
}

interface HashRow {
  readonly idx: number;
  readonly hash: Hash;
}

/** Throws WriterFault('fatal') unless the head states the root of these entries. */
export function checkRoot(frontier: Frontier, head: SharedHead): void {
  if (frontier.size === head.size && sameHash(frontierRoot(frontier), head.root)) return;
  throw damaged('its head does not fit its entries');
}

function damaged(what: string): WriterFault {
  return new WriterFault('fatal', `The case log is damaged: ${what}. Run \`countersign verify\`.`);
}
