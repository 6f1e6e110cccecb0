import type Database from 'better-sqlite3';
import { sameHash } from '../domain/merkle-tree.ts';
import { frontierAt, frontierRoot } from '../domain/tree-frontier.ts';
import type { LogEnd } from './plan-batch.ts';
import { storedTree } from './stored-tree.ts';
import { WriterFault } from './writer-fault.ts';

export interface HeadRow {
  readonly size: number;
  readonly root: Buffer;
  readonly epoch: number;
}

/** Where a writer stands: what is known to be committed. */
export interface WriterPosition extends LogEnd {
  /** Epoch in the head row. */
  readonly headEpoch: number;
}

/**
 * Where the log stands, derived anew from stored leaves and tiles and held against the head row: a root is never taken
 * on trust before something is signed. Throws WriterFault('fatal') when they disagree.
 */
export function readHead(database: Database.Database): WriterPosition {
  const head = database.prepare<[], HeadRow>('SELECT head.size, head.root, head.epoch FROM head').get();
  const newest = database
    .prepare<[], { seq: number; wall_us: number }>(
      'SELECT entry.seq, entry.wall_us FROM entry ORDER BY entry.seq DESC LIMIT 1',
    )
    .get();
  if (head === undefined || head.size !== (newest?.seq ?? -1) + 1) {
    throw new WriterFault(
      'fatal',
      'The case log is damaged: its head does not fit its newest entry. Run `countersign verify`.',
    );
  }
  const frontier = frontierAt(storedTree(database), head.size);
  if (!sameHash(frontierRoot(frontier), head.root)) {
    throw new WriterFault(
      'fatal',
      'The case log is damaged: its head does not fit its entries. Run `countersign verify`.',
    );
  }
  return { frontier, headEpoch: head.epoch, lastWallUs: newest?.wall_us ?? -Infinity };
}
