import { emptyRoot, nodeHash, type Hash, type NodeReader } from './merkle-tree.ts';

/** Entries of a tile: a tile's level counts 256-fold steps, so level 1 covers 256 leaves and level 2 65 536. */
const TILE_WIDTH = 256;
/** Rows of the tree between two tile levels: 256 = 2^8. */
const TILE_HEIGHT = 8;

/** A full tile's hash: the root of the perfect subtree over 256^level leaves at position `idx` (C2SP tlog-tiles). */
export interface Tile {
  readonly level: number;
  readonly idx: number;
  readonly hash: Hash;
}

interface Node {
  readonly height: number;
  readonly hash: Hash;
}

/**
 * The right edge of a growing tree: the roots of the perfect subtrees that its size is made of, largest first
 * (one for each bit of the size). Enough to append and to know the root, without any older entry.
 */
export interface Frontier {
  readonly size: number;
  readonly nodes: readonly Node[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, nodes: [] };

/** The frontier after one more leaf, and the tiles this leaf completed (lowest level first; mostly none). */
export function appendLeaf(
  frontier: Frontier,
  leaf: Hash,
): { readonly frontier: Frontier; readonly tiles: readonly Tile[] } {
  const size = frontier.size + 1;
  const nodes = [...frontier.nodes];
  const tiles: Tile[] = [];
  let node: Node = { height: 0, hash: leaf };
  for (let left = nodes.at(-1); left?.height === node.height; left = nodes.at(-1)) {
    nodes.pop();
    node = { height: node.height + 1, hash: nodeHash(left.hash, node.hash) };
    if (node.height % TILE_HEIGHT === 0) {
      tiles.push({ level: node.height / TILE_HEIGHT, idx: size / 2 ** node.height - 1, hash: node.hash });
    }
  }
  nodes.push(node);
  return { frontier: { size, nodes }, tiles };
}

/** Root of the tree a frontier stands for (RFC 6962 §2.1). */
export function frontierRoot(frontier: Frontier): Hash {
  const [last, ...rest] = frontier.nodes.toReversed();
  return last === undefined
    ? emptyRoot()
    : rest.reduce((right, left) => nodeHash(left.hash, right), last.hash);
}

/** The frontier of the first `size` leaves, read from what is stored. */
export function frontierAt(read: NodeReader, size: number): Frontier {
  const nodes: Node[] = [];
  let covered = 0;
  for (let height = Math.floor(Math.log2(Math.max(size, 1))); height >= 0; height -= 1) {
    const width = 2 ** height;
    if (size - covered < width) continue;
    nodes.push({ height, hash: read(height, covered / width) });
    covered += width;
  }
  return { size, nodes };
}

/** Full tiles of one level in a tree of `size` leaves: idx 0 … n-1. A partial tile is never hashed upwards. */
export function fullTiles(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** Where hashes are stored: leaves, and one hash for each full tile. */
export interface TileReader {
  readonly leaf: (index: number) => Hash;
  /** Hash of a full tile; level from 1. */
  readonly tile: (level: number, idx: number) => Hash;
}

/** Reads any perfect subtree from leaves and full tiles: rows in between are hashed anew (at most 254 hashes). */
export function nodesOfTiles(tiles: TileReader): NodeReader {
  const read: NodeReader = (height, index) => {
    if (height === 0) return tiles.leaf(index);
    if (height % TILE_HEIGHT === 0) return tiles.tile(height / TILE_HEIGHT, index);
    return nodeHash(read(height - 1, index * 2), read(height - 1, index * 2 + 1));
  };
  return read;
}
