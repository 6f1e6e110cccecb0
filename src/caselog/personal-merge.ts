import type Database from 'better-sqlite3';
import { personalRows, type PersonalRow } from './stored-rows.ts';
import type { VerificationReport } from './verification-report.ts';
import { reportStray } from './verify-entry.ts';

/** Personal rows, read alongside the entries in the same order. */
export interface PersonalMerge {
  /** Rows of this entry. To be called with rising seq; rows passed over belong to no entry and are reported. */
  readonly of: (seq: number) => readonly PersonalRow[];
  /** Reports rows after the last entry. */
  readonly finish: () => void;
}

export function createPersonalMerge(database: Database.Database, report: VerificationReport): PersonalMerge {
  const rows = personalRows(database);
  let next = rows.next();
  const takeWhile = (wanted: (row: PersonalRow) => boolean): readonly PersonalRow[] => {
    const taken: PersonalRow[] = [];
    for (; next.done !== true && wanted(next.value); next = rows.next()) taken.push(next.value);
    return taken;
  };
  const skipWhile = (wanted: (row: PersonalRow) => boolean): void => {
    for (; next.done !== true && wanted(next.value); next = rows.next()) reportStray(next.value, report);
  };
  return {
    of: (seq) => {
      skipWhile((row) => row.seq < seq);
      return takeWhile((row) => row.seq === seq);
    },
    finish: () => skipWhile(() => true),
  };
}
