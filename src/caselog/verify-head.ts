import type Database from 'better-sqlite3';
import { emptyRoot, type Hash } from '../domain/merkle-tree.ts';
import type { HeadRow } from './log-head.ts';
import type { VerificationReport } from './verification-report.ts';

/** What recomputing the entries says the head must be. */
interface Recomputed {
  readonly size: number;
  readonly hasRoot: (root: Hash) => boolean;
  /** Epoch of the newest entry; 0 in an empty log. */
  readonly epoch: number;
}

/** Holds the head row against the recomputed log. Returns the root it states. */
export function verifyHead(
  database: Database.Database,
  wanted: Recomputed,
  report: VerificationReport,
): Hash {
  const rows = database.prepare<[], HeadRow>('SELECT head.size, head.root, head.epoch FROM head').all();
  const [head, ...others] = rows;
  if (head === undefined || others.length > 0) {
    report.add('head', `It has ${rows.length} rows instead of one.`);
    return emptyRoot();
  }
  if (head.size !== wanted.size) report.add('head column size', `There are ${wanted.size} entries.`);
  if (!wanted.hasRoot(head.root)) report.add('head column root', 'It is not the root of the entries.');
  if (head.epoch !== wanted.epoch)
    report.add('head column epoch', `The newest entry is of epoch ${wanted.epoch}.`);
  return head.root;
}
