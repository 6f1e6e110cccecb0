import type Database from 'better-sqlite3';
import type { Hash } from '../domain/merkle-tree.ts';
import type { VerifierKey } from '../domain/signed-note.ts';
import type { Checkpoint } from '../domain/tlog-checkpoint.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { checkpointRows, type CheckpointRow } from './stored-rows.ts';
import type { VerificationReport } from './verification-report.ts';

/** A checkpoint from outside the database: the second place, or one that an auditor has kept. */
export interface OutsideCheckpoint {
  readonly place: string;
  readonly note: string;
}

/** Signed statements about the log, checked as the tree reaches the size each speaks of. */
export interface SignedClaims {
  /** Checks what was signed for a tree of `size`. To be called for every size, upwards from 0. */
  readonly check: (size: number, hasRoot: (root: Hash) => boolean) => void;
  /** Reports what was signed for more entries than there are. Returns the newest size that was signed and fits. */
  readonly finish: (size: number) => number;
}

interface Claim {
  readonly place: string;
  readonly checkpoint: Checkpoint;
}

export function createSignedClaims(
  database: Database.Database,
  key: VerifierKey,
  outside: readonly OutsideCheckpoint[],
  report: VerificationReport,
): SignedClaims {
  const kept = outside.flatMap((claim) => openOutside(claim, key, report));
  const rows = checkpointRows(database);
  let next = rows.next();
  let signedSize = 0;
  let newestRow = -1;

  const checkRoot = ({ place, checkpoint }: Claim, hasRoot: (root: Hash) => boolean): void => {
    if (hasRoot(checkpoint.root)) signedSize = checkpoint.size;
    else report.add(place, `The first ${checkpoint.size} entries are not the ones that were signed.`);
  };
  return {
    check: (size, hasRoot) => {
      for (; next.done !== true && next.value.size <= size; next = rows.next()) {
        newestRow = next.value.size;
        const claim = openRow(next.value, key, report);
        if (claim !== undefined) checkRoot(claim, hasRoot);
      }
      for (const claim of kept) if (claim.checkpoint.size === size) checkRoot(claim, hasRoot);
    },
    finish: (size) => {
      for (; next.done !== true; next = rows.next()) {
        newestRow = next.value.size;
        report.add(`checkpoint ${newestRow} column size`, `The log has only ${size} entries.`);
      }
      for (const { place, checkpoint } of kept) {
        if (checkpoint.size > size)
          report.add(place, `It was signed for ${checkpoint.size} entries; the log has ${size}.`);
        else if (checkpoint.size > newestRow) {
          report.add(`checkpoint ${checkpoint.size}`, `It is missing, but there is a copy of it (${place}).`);
        }
      }
      return signedSize;
    },
  };
}

function openOutside(
  { place, note }: OutsideCheckpoint,
  key: VerifierKey,
  report: VerificationReport,
): readonly Claim[] {
  const opened = openCheckpoint(note, key);
  if (opened.ok) return [{ place, checkpoint: opened.checkpoint }];
  report.add(place, `It is no checkpoint of this log: ${opened.reason}.`);
  return [];
}

function openRow(row: CheckpointRow, key: VerifierKey, report: VerificationReport): Claim | undefined {
  const place = `checkpoint ${row.size}`;
  const opened = openCheckpoint(row.note, key);
  if (!opened.ok) {
    report.add(`${place} column note`, `It is no checkpoint of this log: ${opened.reason}.`);
    return undefined;
  }
  if (opened.checkpoint.size !== row.size) {
    report.add(`${place} column size`, `The note was signed for ${opened.checkpoint.size} entries.`);
    return undefined;
  }
  return { place, checkpoint: opened.checkpoint };
}
