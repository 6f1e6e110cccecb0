import fc from 'fast-check';
import { leafHash, nodesOfLeaves, rootAt, type Hash } from '../../src/domain/merkle-tree.ts';
import {
  appendLeaf,
  EMPTY_FRONTIER,
  frontierAt,
  frontierRoot,
  fullTiles,
  nodesOfTiles,
  type Frontier,
  type Tile,
} from '../../src/domain/tree-frontier.ts';

/** Enough for two full tiles on level 2 and a part of a third. */
const COUNT = 2 * 65_536 + 700;
const LEAVES = Array.from({ length: COUNT }, (_, index) => leafHash(Buffer.from(String(index))));
const leafAt = (index: number): Hash => LEAVES[index] ?? EMPTY;
const EMPTY = rootAt(nodesOfLeaves([]), 0);
const hex = (hash: Hash): string => Buffer.from(hash).toString('hex');

function grow(size: number, from: Frontier = EMPTY_FRONTIER): { frontier: Frontier; tiles: Tile[] } {
  let frontier = from;
  const tiles: Tile[] = [];
  for (let index = from.size; index < size; index += 1) {
    const next = appendLeaf(frontier, leafAt(index));
    frontier = next.frontier;
    tiles.push(...next.tiles);
  }
  return { frontier, tiles };
}

describe('frontier', () => {
  test('has the root of the tree for every size from 0 to 300', () => {
    let frontier = EMPTY_FRONTIER;
    const nodes = nodesOfLeaves(LEAVES);
    for (let size = 0; size <= 300; size += 1) {
      expect(hex(frontierRoot(frontier))).toBe(hex(rootAt(nodes, size)));
      frontier = appendLeaf(frontier, leafAt(size)).frontier;
    }
  });

  test('appending leaves the frontier it started from as it was', () => {
    const before = grow(7).frontier;
    const root = hex(frontierRoot(before));
    appendLeaf(before, leafAt(7));
    expect(before.size).toBe(7);
    expect(hex(frontierRoot(before))).toBe(root);
  });
});

describe('tiles', () => {
  const { tiles } = grow(COUNT);
  const stored = new Map(tiles.map(({ level, idx, hash }) => [`${level}/${idx}`, hash]));
  const nodes = nodesOfTiles({
    leaf: leafAt,
    tile: (level, idx) => stored.get(`${level}/${idx}`) ?? missing(),
  });
  const missing = (): never => {
    throw new Error('a tile that is not full was read');
  };

  test('each full tile is given out once, and no other', () => {
    const perLevel = [1, 2, 3].map((level) =>
      tiles.filter((tile) => tile.level === level).map(({ idx }) => idx),
    );
    expect(perLevel).toEqual([
      Array.from({ length: fullTiles(COUNT, 1) }, (_, idx) => idx),
      Array.from({ length: fullTiles(COUNT, 2) }, (_, idx) => idx),
      [],
    ]);
    expect([fullTiles(COUNT, 1), fullTiles(COUNT, 2), fullTiles(255, 1), fullTiles(256, 1)]).toEqual([
      514, 2, 0, 1,
    ]);
  });

  test('a tile is the root over the 256 hashes below it', () => {
    const below = nodesOfLeaves(LEAVES.slice(256, 512));
    expect(hex(nodes(8, 1))).toBe(hex(rootAt(below, 256)));
  });

  test('a frontier read back from tiles goes on as if it had never stopped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: COUNT }), fc.integer({ min: 0, max: 600 }), (size, more) => {
        const back = frontierAt(nodes, size);
        expect(hex(frontierRoot(back))).toBe(hex(rootAt(nodes, size)));
        const end = Math.min(COUNT, size + more);
        expect(hex(frontierRoot(grow(end, back).frontier))).toBe(hex(rootAt(nodes, end)));
      }),
      { numRuns: 60 },
    );
  });

  test.each([0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 131_072, COUNT])(
    'root at %d from tiles',
    (size) => {
      expect(hex(rootAt(nodes, size))).toBe(hex(frontierRoot(grow(size).frontier)));
    },
  );
});
