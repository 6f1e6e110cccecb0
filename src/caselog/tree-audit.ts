import { leafHash, sameHash, type Hash } from '../domain/merkle-tree.ts';
import {
  appendLeaf,
  EMPTY_FRONTIER,
  frontierRoot,
  type Frontier,
  type Tile,
} from '../domain/tree-frontier.ts';

/** The log's tree as its bodies make it, and, once a stored leaf disagrees, also as its leaf column makes it. */
export interface TreeAudit {
  /** Adds an entry; says which tiles it completed, in each of the trees. */
  readonly append: (entry: {
    readonly seq: number;
    readonly body: Uint8Array;
    readonly leaf: Hash;
  }) => readonly Tile[];
  /** Whether a root is that of one of the trees. */
  readonly hasRoot: (root: Hash) => boolean;
  /** Entries whose body and leaf disagree, and which of the two was changed, judged by the root of the head. */
  readonly disagreements: (headRoot: Hash) => { readonly seqs: readonly number[]; readonly column: string };
}

const MAX_KEPT = 100;

/**
 * Recomputes a log's tree entry by entry. Where body and leaf of an entry disagree, one of the two was changed; keeping
 * both trees tells which, and keeps one changed byte from making everything after it look wrong.
 */
export function createTreeAudit(): TreeAudit {
  let ofBodies: Frontier = EMPTY_FRONTIER;
  let ofLeaves: Frontier | undefined;
  const seqs: number[] = [];

  return {
    append: ({ seq, body, leaf }) => {
      const hash = leafHash(body);
      if (!sameHash(hash, leaf)) {
        ofLeaves ??= ofBodies;
        if (seqs.length < MAX_KEPT) seqs.push(seq);
      }
      const bodies = appendLeaf(ofBodies, hash);
      ofBodies = bodies.frontier;
      if (ofLeaves === undefined) return bodies.tiles;
      const leaves = appendLeaf(ofLeaves, leaf);
      ofLeaves = leaves.frontier;
      return [...bodies.tiles, ...leaves.tiles];
    },
    hasRoot: (root) => isRootOf(ofBodies, root) || isRootOf(ofLeaves, root),
    disagreements: (headRoot) => ({ seqs, column: changedColumn(headRoot, ofBodies, ofLeaves) }),
  };
}

function isRootOf(tree: Frontier | undefined, root: Hash): boolean {
  return tree !== undefined && sameHash(frontierRoot(tree), root);
}

function changedColumn(headRoot: Hash, ofBodies: Frontier, ofLeaves: Frontier | undefined): string {
  if (isRootOf(ofBodies, headRoot)) return 'leaf';
  return isRootOf(ofLeaves, headRoot) ? 'body' : 'body or leaf';
}
