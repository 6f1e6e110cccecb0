import fc from 'fast-check';
import { createHash } from 'node:crypto';
import {
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  nodesOfLeaves,
  rootAt,
  sameHash,
  verifyConsistency,
  verifyInclusion,
  type Hash,
} from '../../src/domain/merkle-tree.ts';

const hex = (hash: Hash): string => Buffer.from(hash).toString('hex');
const unhex = (text: string): Hash => Buffer.from(text, 'hex');

/** The customary Certificate Transparency test leaves. */
const BODIES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const LEAVES = BODIES.map((body) => leafHash(unhex(body)));
const read = nodesOfLeaves(LEAVES);

describe('hashes (RFC 6962 §2.1)', () => {
  test.each([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('golden root of %d leaves', (size, root) => {
    expect(hex(rootAt(read, size))).toBe(root);
  });

  test('leaf and node hash are set apart by their first byte', () => {
    const [left = emptyRoot(), right = emptyRoot()] = LEAVES;
    expect(hex(leafHash(unhex('2021')))).toBe(
      '07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7',
    );
    expect(hex(nodeHash(left, right))).not.toBe(hex(leafHash(Buffer.concat([left, right]))));
  });

  test('hashes are the same only byte for byte', () => {
    expect(sameHash(unhex('00ff'), unhex('00ff'))).toBe(true);
    expect(sameHash(unhex('00ff'), unhex('00fe'))).toBe(false);
    expect(sameHash(unhex('00ff'), unhex('00'))).toBe(false);
  });

  test('a leaf that is not there is an error', () => {
    expect(() => read(0, 8)).toThrow(RangeError);
  });
});

/** MTH, PATH and PROOF written as RFC 6962 §2.1 defines them, over slices: slow, and independent of the code under test. */
const sha = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const split = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1);
function mth(leaves: readonly Hash[]): Hash {
  const [only] = leaves;
  if (only === undefined) return sha();
  if (leaves.length === 1) return only;
  const k = split(leaves.length);
  return sha(Uint8Array.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}
function path(m: number, leaves: readonly Hash[]): readonly Hash[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}
function proof(m: number, leaves: readonly Hash[], whole = true): readonly Hash[] {
  if (m === leaves.length) return whole ? [] : [mth(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...proof(m, leaves.slice(0, k), whole), mth(leaves.slice(k))]
    : [...proof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
}

const MANY = Array.from({ length: 300 }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));
const nodes = nodesOfLeaves(MANY);
const ROOTS = Array.from({ length: 301 }, (_, size) => mth(MANY.slice(0, size)));
const rootOf = (size: number): Hash => ROOTS[size] ?? emptyRoot();
const leafOf = (index: number): Hash => MANY[index] ?? emptyRoot();
const sizes = (from: number): number[] => Array.from({ length: 301 - from }, (_, index) => from + index);

describe('against the definition, for every size from 0 to 300', () => {
  test('roots', () => {
    for (const size of sizes(0)) expect(hex(rootAt(nodes, size))).toBe(hex(rootOf(size)));
  });

  test('inclusion of first, last and spread leaves', () => {
    for (const size of sizes(1)) {
      for (const index of new Set([
        0,
        size - 1,
        Math.floor(size / 2),
        (size * 7) % size,
        (size * 31 + 17) % size,
      ])) {
        const given = inclusionProof(nodes, index, size);
        expect(given.map(hex)).toEqual(path(index, MANY.slice(0, size)).map(hex));
        const claim = { leaf: leafOf(index), index, size, root: rootOf(size), proof: given };
        expect(verifyInclusion(claim)).toBe(true);
      }
    }
  });

  test('consistency from spread older sizes', () => {
    for (const to of sizes(1)) {
      for (const from of new Set([
        1,
        to,
        Math.ceil(to / 2),
        ((to * 13) % to) + 1,
        ((to * 29 + 5) % to) + 1,
      ])) {
        const given = consistencyProof(nodes, from, to);
        expect(given.map(hex)).toEqual(proof(from, MANY.slice(0, to)).map(hex));
        const claim = {
          fromSize: from,
          fromRoot: rootOf(from),
          toSize: to,
          toRoot: rootOf(to),
          proof: given,
        };
        expect(verifyConsistency(claim)).toBe(true);
      }
    }
  });

  test('every pair of sizes up to 40, and every leaf of them', () => {
    for (const to of sizes(0).filter((size) => size <= 40)) {
      for (let from = 0; from <= to; from += 1) {
        const claim = {
          fromSize: from,
          fromRoot: rootOf(from),
          toSize: to,
          toRoot: rootOf(to),
          proof: consistencyProof(nodes, from, to),
        };
        expect(verifyConsistency(claim)).toBe(true);
        if (from === to) continue;
        const inclusion = { leaf: leafOf(from), index: from, size: to, root: rootOf(to) };
        expect(verifyInclusion({ ...inclusion, proof: inclusionProof(nodes, from, to) })).toBe(true);
      }
    }
  });
});

describe('what must not verify', () => {
  const claim = { leaf: leafOf(3), index: 3, size: 8, root: rootOf(8), proof: inclusionProof(nodes, 3, 8) };
  test.each([
    ['another index', { ...claim, index: 2 }],
    ['another size', { ...claim, size: 16 }],
    ['another leaf', { ...claim, leaf: leafOf(4) }],
    ['another root', { ...claim, root: rootOf(7) }],
    ['a hash missing', { ...claim, proof: claim.proof.slice(0, -1) }],
    ['a hash too many', { ...claim, proof: [...claim.proof, leafOf(0)] }],
    ['hashes in another order', { ...claim, proof: claim.proof.toReversed() }],
    ['an index beyond the size', { ...claim, index: 8 }],
    ['a negative index', { ...claim, index: -1 }],
    ['an index that is no whole number', { ...claim, index: 3.5 }],
    ['a size that is no number', { ...claim, size: NaN }],
    ['the empty tree', { ...claim, index: 0, size: 0, proof: [] }],
  ])('inclusion: %s', (_name, wrong) => {
    expect(verifyInclusion(claim)).toBe(true);
    expect(verifyInclusion(wrong)).toBe(false);
  });

  const growth = {
    fromSize: 3,
    fromRoot: rootOf(3),
    toSize: 7,
    toRoot: rootOf(7),
    proof: consistencyProof(nodes, 3, 7),
  };
  test.each([
    ['no proof for different sizes', { ...growth, proof: [] }],
    ['a hash missing', { ...growth, proof: growth.proof.slice(0, -1) }],
    ['a hash too many', { ...growth, proof: [...growth.proof, leafOf(0)] }],
    ['another old root', { ...growth, fromRoot: rootOf(4) }],
    ['another new root', { ...growth, toRoot: rootOf(8) }],
    ['another old size', { ...growth, fromSize: 2 }],
    ['a tree that shrank', { ...growth, fromSize: 7, toSize: 3 }],
    ['a size that is no whole number', { ...growth, fromSize: 2.5 }],
    ['equal sizes, different roots', { ...growth, fromSize: 7, proof: [] }],
    ['equal sizes with a proof', { ...growth, fromSize: 7, fromRoot: rootOf(7), proof: [leafOf(0)] }],
    ['from empty with a proof', { ...growth, fromSize: 0, fromRoot: emptyRoot() }],
    ['from empty with another root than the empty one', { ...growth, fromSize: 0, proof: [] }],
  ])('consistency: %s', (_name, wrong) => {
    expect(verifyConsistency(growth)).toBe(true);
    expect(verifyConsistency(wrong)).toBe(false);
  });

  test('property: changing any bit of a proof breaks it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), fc.nat(255), (size, a, b, bit) => {
        const index = a % size;
        const good = inclusionProof(nodes, index, size);
        const at = b % good.length;
        const bad = good.map((hash, i) =>
          i === at ? hash.map((byte, j) => (j === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)) : hash,
        );
        const wrong = { leaf: leafOf(index), index, size, root: rootOf(size), proof: bad };
        expect(verifyInclusion(wrong)).toBe(false);
      }),
    );
  });

  test('property: a log that changed one entry is not consistent with what it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 299 }), fc.nat(), fc.nat(), (to, a, b) => {
        const from = (a % to) + 1;
        const changed = b % from;
        const forged = nodesOfLeaves(MANY.map((leaf, index) => (index === changed ? leafHash(leaf) : leaf)));
        const claim = {
          fromSize: from,
          fromRoot: rootOf(from),
          toSize: to,
          toRoot: rootAt(forged, to),
          proof: consistencyProof(forged, from, to),
        };
        expect(verifyConsistency(claim)).toBe(false);
      }),
    );
  });

  test.each([
    [() => inclusionProof(nodes, 8, 8)],
    [() => inclusionProof(nodes, -1, 8)],
    [() => inclusionProof(nodes, 0, 0)],
    [() => consistencyProof(nodes, 9, 8)],
    [() => consistencyProof(nodes, 1, 1.5)],
  ])('no proof is made for what cannot be (%#)', (make) => {
    expect(make).toThrow(RangeError);
  });
});
