import { hash } from 'node:crypto';

/** A SHA-256 value: 32 bytes. */
export type Hash = Uint8Array;

/** Hash of the perfect subtree of `height` (2^height leaves) at position `index` of its row, from the left, from 0. */
export type NodeReader = (height: number, index: number) => Hash;

const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);

/** Leaf hash: SHA-256(0x00 ‖ body) (RFC 6962 §2.1). */
export function leafHash(body: Uint8Array): Hash {
  return hash('sha256', Buffer.concat([LEAF, body]), 'buffer');
}

/** Node hash: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1). */
export function nodeHash(left: Hash, right: Hash): Hash {
  return hash('sha256', Buffer.concat([NODE, left, right]), 'buffer');
}

/** Root of the empty tree: SHA-256 of nothing (RFC 6962 §2.1). */
export function emptyRoot(): Hash {
  return hash('sha256', '', 'buffer');
}

/** Two hashes are the same bytes. */
export function sameHash(a: Hash, b: Hash): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Largest power of two below `n`, for n ≥ 2 (the `k` of RFC 6962 §2.1). Safe above 2^32, where shifts are not. */
function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** Height of a perfect tree of `size` leaves; undefined when `size` is no power of two. */
function heightOf(size: number): number | undefined {
  const height = Math.round(Math.log2(size));
  return 2 ** height === size ? height : undefined;
}

/** MTH(D[start:end]) of RFC 6962 §2.1 for a non-empty range that starts at a multiple of its own power of two. */
function rangeHash(read: NodeReader, start: number, end: number): Hash {
  const size = end - start;
  const height = heightOf(size);
  if (height !== undefined) return read(height, start / size);
  const middle = start + splitPoint(size);
  return nodeHash(rangeHash(read, start, middle), rangeHash(read, middle, end));
}

/** Root of the first `size` leaves (RFC 6962 §2.1). Reads at most log2(size) + 1 nodes. */
export function rootAt(read: NodeReader, size: number): Hash {
  return size === 0 ? emptyRoot() : rangeHash(read, 0, size);
}

/**
 * Reads nodes of a tree whose leaf hashes are all in memory; for small logs and for whoever checks a proof by hand.
 * @public
 */
export function nodesOfLeaves(leaves: readonly Hash[]): NodeReader {
  const read: NodeReader = (height, index) => {
    if (height > 0) return nodeHash(read(height - 1, index * 2), read(height - 1, index * 2 + 1));
    const leaf = leaves[index];
    if (leaf === undefined) throw new RangeError(`the tree has no leaf ${index}`);
    return leaf;
  };
  return read;
}

/**
 * Inclusion proof of leaf `index` in the tree of `size`, from the leaf upwards (RFC 6962 §2.1.1).
 * Throws RangeError unless 0 ≤ index < size.
 * @public
 */
export function inclusionProof(read: NodeReader, index: number, size: number): readonly Hash[] {
  if (!isLeafOf(index, size)) throw new RangeError('no such leaf in a tree of this size');
  return inclusionPath(read, index, { start: 0, end: size });
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function inclusionPath(read: NodeReader, index: number, range: Range): readonly Hash[] {
  const { start, end } = range;
  if (end - start === 1) return [];
  const middle = start + splitPoint(end - start);
  return index < middle
    ? [...inclusionPath(read, index, { start, end: middle }), rangeHash(read, middle, end)]
    : [...inclusionPath(read, index, { start: middle, end }), rangeHash(read, start, middle)];
}

/**
 * Consistency proof between two sizes of one tree (RFC 6962 §2.1.2): empty when they are equal or the older is 0.
 * Throws RangeError unless 0 ≤ from ≤ to.
 * @public
 */
export function consistencyProof(read: NodeReader, from: number, to: number): readonly Hash[] {
  if (!isGrowth(from, to)) throw new RangeError('a tree only grows');
  if (from === 0 || from === to) return [];
  return consistencyPath(read, from, { start: 0, end: to }, true);
}

/** SUBPROOF of RFC 6962 §2.1.2; `whole`: the old root is this subtree itself, which the verifier already has. */
function consistencyPath(read: NodeReader, from: number, range: Range, whole: boolean): readonly Hash[] {
  const { start, end } = range;
  if (from === end) return whole ? [] : [rangeHash(read, start, end)];
  const middle = start + splitPoint(end - start);
  return from <= middle
    ? [...consistencyPath(read, from, { start, end: middle }, whole), rangeHash(read, middle, end)]
    : [...consistencyPath(read, from, { start: middle, end }, false), rangeHash(read, start, middle)];
}

/** Where a verifier stands in a row of the tree: its own index there, and that of the row's last node. */
interface Place {
  readonly fn: number;
  readonly sn: number;
}

/** One step of RFC 9162 §2.1.3.2: on which side the proof's next hash stands, and where the parent is. */
function climb(place: Place): { readonly side: 'left' | 'right'; readonly up: Place } {
  if (place.fn % 2 === 0 && place.fn !== place.sn) return { side: 'right', up: parent(place) };
  let at = place;
  while (at.fn % 2 === 0 && at.fn !== 0) at = parent(at);
  return { side: 'left', up: parent(at) };
}

function parent({ fn, sn }: Place): Place {
  return { fn: Math.floor(fn / 2), sn: Math.floor(sn / 2) };
}

/**
 * Whether the proof shows that `leaf` (a leaf hash) is entry `index` of the tree of `size` with `root`
 * (RFC 9162 §2.1.3.2). Never throws: what is malformed proves nothing.
 * @public
 */
export function verifyInclusion(claim: {
  readonly leaf: Hash;
  readonly index: number;
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
}): boolean {
  if (!isLeafOf(claim.index, claim.size)) return false;
  let place: Place = { fn: claim.index, sn: claim.size - 1 };
  let hash = claim.leaf;
  for (const sibling of claim.proof) {
    if (place.sn === 0) return false;
    const { side, up } = climb(place);
    hash = side === 'left' ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    place = up;
  }
  return place.sn === 0 && sameHash(hash, claim.root);
}

interface ConsistencyClaim {
  readonly fromSize: number;
  readonly fromRoot: Hash;
  readonly toSize: number;
  readonly toRoot: Hash;
  readonly proof: readonly Hash[];
}

/**
 * Whether the proof shows that the tree of `toSize` begins with the tree of `fromSize` (RFC 9162 §2.1.4.2).
 * From the empty tree and between equal sizes the proof must be empty. Never throws.
 * @public
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { fromSize, toSize, fromRoot, proof } = claim;
  if (!isGrowth(fromSize, toSize)) return false;
  if (fromSize === toSize) return proof.length === 0 && sameHash(fromRoot, claim.toRoot);
  if (fromSize === 0) return proof.length === 0 && sameHash(fromRoot, emptyRoot());
  const [first, ...others] = proof;
  if (first === undefined) return false;
  // Where the old tree is perfect its root is a node of the new one, and the proof leaves it out.
  return heightOf(fromSize) === undefined ? joins(claim, first, others) : joins(claim, fromRoot, proof);
}

/** Rebuilds both roots from the last node they share (`seed`) and the hashes beside its way up. */
function joins(claim: ConsistencyClaim, seed: Hash, path: readonly Hash[]): boolean {
  let place: Place = { fn: claim.fromSize - 1, sn: claim.toSize - 1 };
  while (place.fn % 2 === 1) place = parent(place);
  let [oldHash, newHash] = [seed, seed];
  for (const sibling of path) {
    if (place.sn === 0) return false;
    const { side, up } = climb(place);
    if (side === 'left') oldHash = nodeHash(sibling, oldHash);
    newHash = side === 'left' ? nodeHash(sibling, newHash) : nodeHash(newHash, sibling);
    place = up;
  }
  return place.sn === 0 && sameHash(oldHash, claim.fromRoot) && sameHash(newHash, claim.toRoot);
}

function isLeafOf(index: number, size: number): boolean {
  return isCount(index) && isCount(size) && index < size;
}

function isGrowth(from: number, to: number): boolean {
  return isCount(from) && isCount(to) && from <= to;
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}
