import type Database from 'better-sqlite3';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { leafHash, sameHash } from '../domain/merkle-tree.ts';
import type { VerifierKey } from '../domain/signed-note.ts';
import { appendLeaf, EMPTY_FRONTIER, frontierRoot, type Frontier } from '../domain/tree-frontier.ts';
import type { LogVerification } from '../flows/ports.ts';
import { openCheckpoint } from './open-checkpoint.ts';

/** Entries hashed in one step. */
const PAGE = 200;

interface LeafRow {
  readonly seq: number;
  readonly body: Buffer;
  readonly leaf: Buffer;
}

interface CheckpointRow {
  readonly size: number;
  readonly note: string;
}

/** Entries recomputed and found to match so far. */
interface Verified {
  readonly frontier: Frontier;
  readonly checkpoint?: string;
  readonly problem?: string;
}

/**
 * Verifies the log as far as its newest checkpoint and remembers how far it came: each call hashes only what was
 * written since. A mismatch stays reported. Concurrent calls share one run.
 */
export function createLogVerification(
  connection: Database.Database,
  key: VerifierKey,
): () => Promise<LogVerification> {
  const newest = connection.prepare<[], CheckpointRow>(
    'SELECT checkpoint.size, checkpoint.note FROM checkpoint ORDER BY checkpoint.size DESC LIMIT 1',
  );
  const sizeOf = connection.prepare<[], number>('SELECT head.size FROM head').pluck();
  const pageOf = connection.prepare<[number, number], LeafRow>(
    'SELECT entry.seq, entry.body, entry.leaf FROM entry WHERE entry.seq >= ? AND entry.seq < ? ORDER BY entry.seq',
  );
  let verified: Verified = { frontier: EMPTY_FRONTIER };
  let running: Promise<LogVerification> | undefined;

  const catchUp = async (): Promise<LogVerification> => {
    const target = newest.get();
    if (target !== undefined && verified.problem === undefined && target.note !== verified.checkpoint) {
      verified = await verifyUpTo(pageOf, key, verified, target);
    }
    const { frontier, checkpoint, problem } = verified;
    return {
      verifiedSize: frontier.size,
      size: sizeOf.get() ?? 0,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(problem === undefined ? {} : { problem }),
    };
  };
  return () => {
    running ??= catchUp().finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function verifyUpTo(
  pageOf: Database.Statement<[number, number], LeafRow>,
  key: VerifierKey,
  from: Verified,
  target: CheckpointRow,
): Promise<Verified> {
  const opened = openCheckpoint(target.note, key);
  if (!opened.ok) return { ...from, problem: `checkpoint ${target.size} column note: ${opened.reason}` };
  const { size, root } = opened.checkpoint;
  let { frontier } = from;
  while (frontier.size < size) {
    const rows = pageOf.all(frontier.size, Math.min(size, frontier.size + PAGE));
    if (rows.length === 0) return { ...from, problem: `entry ${frontier.size}: it is missing` };
    for (const row of rows) {
      const leaf = leafHash(row.body);
      if (row.seq !== frontier.size) return { ...from, problem: `entry ${frontier.size}: it is missing` };
      if (!sameHash(leaf, row.leaf)) {
        return { ...from, problem: `entry ${row.seq} column leaf: it is not the hash of the body` };
      }
      ({ frontier } = appendLeaf(frontier, leaf));
    }
    await nextTurn();
  }
  if (!sameHash(frontierRoot(frontier), root)) {
    return { ...from, problem: `checkpoint ${size}: the entries do not have the root that was signed` };
  }
  return { frontier, checkpoint: target.note };
}
