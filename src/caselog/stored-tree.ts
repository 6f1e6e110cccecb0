import type Database from 'better-sqlite3';
import { CaseLogUnavailable } from '../domain/errors.ts';
import type { NodeReader } from '../domain/merkle-tree.ts';
import { nodesOfTiles } from '../domain/tree-frontier.ts';

/** Reads the log's tree from its stored leaves and tiles. Throws CaseLogUnavailable when one is missing. */
export function storedTree(database: Database.Database): NodeReader {
  const leaf = database.prepare<[number], Buffer>('SELECT entry.leaf FROM entry WHERE entry.seq = ?').pluck();
  const tile = database
    .prepare<[number, number], Buffer>('SELECT tile.hash FROM tile WHERE tile.level = ? AND tile.idx = ?')
    .pluck();
  return nodesOfTiles({
    leaf: (index) => leaf.get(index) ?? missing(`entry ${index}`),
    tile: (level, idx) => tile.get(level, idx) ?? missing(`tile level ${level} index ${idx}`),
  });
}

function missing(what: string): never {
  throw new CaseLogUnavailable(`The case log is damaged: ${what} is missing. Run \`countersign verify\`.`);
}
