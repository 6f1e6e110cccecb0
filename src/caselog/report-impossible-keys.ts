import type Database from 'better-sqlite3';
import type { VerificationReport } from './verification-report.ts';

/** Keys count from 0, and stay below what a double holds exactly (2^53 - 1). */
const KEYS: readonly (readonly [table: string, column: string])[] = [
  ['entry', 'seq'],
  ['pii', 'seq'],
  ['tile', 'level'],
  ['tile', 'idx'],
  ['checkpoint', 'size'],
];

/**
 * Reports rows whose key the gateway could never have written. A walk by key cannot see them all, so they are looked for apart.
 * True when there are none.
 */
export function reportImpossibleKeys(database: Database.Database, report: VerificationReport): boolean {
  let isClean = true;
  for (const [table, column] of KEYS) {
    const count = Number(
      database
        .prepare(
          `SELECT count(*) FROM ${table}
           WHERE typeof(${table}.${column}) <> 'integer' OR ${table}.${column} NOT BETWEEN 0 AND 9007199254740991`,
        )
        .pluck()
        .get(),
    );
    if (count === 0) continue;
    isClean = false;
    report.add(`${table} column ${column}`, `${count} rows have a key that no gateway writes.`);
  }
  return isClean;
}
