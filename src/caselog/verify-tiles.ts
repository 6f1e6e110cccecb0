import type Database from 'better-sqlite3';
import { sameHash } from '../domain/merkle-tree.ts';
import { fullTiles, type Tile } from '../domain/tree-frontier.ts';
import { tileRows, type TileRow } from './stored-rows.ts';
import type { VerificationReport } from './verification-report.ts';

/** Holds the tiles that recomputing just completed against the stored ones; a tile may be right in either tree. */
export function createTileCheck(
  database: Database.Database,
  report: VerificationReport,
): (completed: readonly Tile[]) => void {
  const stored = database
    .prepare<[number, number], Buffer>('SELECT tile.hash FROM tile WHERE tile.level = ? AND tile.idx = ?')
    .pluck();
  return (completed) => {
    for (const level of new Set(completed.map((tile) => tile.level))) {
      const candidates = completed.filter((tile) => tile.level === level);
      const idx = Math.max(...candidates.map((tile) => tile.idx));
      const hash = stored.get(level, idx);
      const place = placeOf({ level, idx });
      if (hash === undefined) report.add(place, 'It is missing.');
      else if (!candidates.some((tile) => sameHash(tile.hash, hash))) {
        report.add(`${place} column hash`, 'It is not the hash of the entries below it.');
      }
    }
  };
}

/** Reports stored tiles that a log of `size` entries does not have. */
export function reportStrayTiles(
  database: Database.Database,
  size: number,
  report: VerificationReport,
): void {
  for (const tile of tileRows(database)) {
    if (tile.level >= 1 && tile.idx >= 0 && tile.idx < fullTiles(size, tile.level)) continue;
    report.add(`${placeOf(tile)} column level or idx`, `A log of ${size} entries has no such tile.`);
  }
}

function placeOf({ level, idx }: Pick<TileRow, 'level' | 'idx'>): string {
  return `tile level ${level} index ${idx}`;
}
