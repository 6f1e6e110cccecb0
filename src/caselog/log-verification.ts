import type { Kysely } from 'kysely';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { leafHash, sameHash } from '../domain/merkle-tree.ts';
import type { VerifierKey } from '../domain/signed-note.ts';
import { appendLeaf, EMPTY_FRONTIER, frontierRoot, type Frontier } from '../domain/tree-frontier.ts';
import type { LogVerification } from '../flows/ports.ts';
import type { CaseLogTables } from './case-log-schema.ts';
import { openCheckpoint } from './open-checkpoint.ts';

/** Entries hashed in one step. */
const PAGE = 200;

type Tables = Kysely<CaseLogTables>;
type CheckpointRow = CaseLogTables['checkpoint'];
type LeafRow = Pick<CaseLogTables['entry'], 'seq' | 'body' | 'leaf'>;

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
export function createLogVerification(tables: Tables, key: VerifierKey): () => Promise<LogVerification> {
  let verified: Verified = { frontier: EMPTY_FRONTIER };
  let running: Promise<LogVerification> | undefined;

  const catchUp = async (): Promise<LogVerification> => {
    const target = await newestCheckpoint(tables);
    if (target !== undefined && verified.problem === undefined && target.note !== verified.checkpoint) {
      verified = await verifyUpTo(tables, key, verified, target);
    }
    const { frontier, checkpoint, problem } = verified;
    const head = await tables.selectFrom('head').select('head.size').executeTakeFirst();
    return {
      verifiedSize: frontier.size,
      size: head?.size ?? 0,
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

async function newestCheckpoint(tables: Tables): Promise<CheckpointRow | undefined> {
  return await tables
    .selectFrom('checkpoint')
    .select(['checkpoint.size', 'checkpoint.note'])
    .orderBy('checkpoint.size', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function pageOf(tables: Tables, from: number, to: number): Promise<readonly LeafRow[]> {
  return await tables
    .selectFrom('entry')
    .select(['entry.seq', 'entry.body', 'entry.leaf'])
    .where('entry.seq', '>=', from)
    .where('entry.seq', '<', to)
    .orderBy('entry.seq')
    .execute();
}

async function verifyUpTo(
  tables: Tables,
  key: VerifierKey,
  from: Verified,
  target: CheckpointRow,
): Promise<Verified> {
  const opened = openCheckpoint(target.note, key);
  if (!opened.ok) return { ...from, problem: `checkpoint ${target.size} column note: ${opened.reason}` };
  const { size, root } = opened.checkpoint;
  let { frontier } = from;
  while (frontier.size < size) {
    const rows = await pageOf(tables, frontier.size, Math.min(size, frontier.size + PAGE));
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
