import type { Evidence } from '../domain/register.ts';

/** So many people's evidence is kept as objects: those who work now are asked about again and again. */
const PEOPLE_AT_HAND = 128;
const NONE: readonly never[] = Object.freeze([]);

/** Which rows are whose. */
export interface Chains {
  readonly add: (person: number, row: number) => void;
  readonly of: (person: number) => readonly number[];
}

/** The rows of each person, by the number of their name. */
export function createChains(): Chains {
  const chains: (number[] | undefined)[] = [];
  return {
    add: (person, row) => {
      const chain = chains[person];
      if (chain === undefined) chains[person] = [row];
      else chain.push(row);
    },
    of: (person) => chains[person] ?? NONE,
  };
}

/**
 * The rows of the people who were asked about last, as objects. Rows never change and only more come, so what is kept stays right.
 */
export function createAtHand(
  pieceAt: (row: number) => Evidence,
): (person: string, rows: readonly number[]) => readonly Evidence[] {
  const kept = new Map<string, Evidence[]>();
  return (person, rows) => {
    const pieces = kept.get(person) ?? [];
    while (pieces.length < rows.length) pieces.push(pieceAt(rows[pieces.length] ?? 0));
    kept.delete(person);
    kept.set(person, pieces);
    if (kept.size > PEOPLE_AT_HAND) {
      const [oldest] = kept.keys();
      if (oldest !== undefined) kept.delete(oldest);
    }
    return pieces;
  };
}
