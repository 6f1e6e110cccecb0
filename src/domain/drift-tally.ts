import type { DriftCell } from './drift-cells.ts';

/** Adds increments up by cell. */
export interface DriftTally {
  readonly add: (increments: readonly DriftCell[]) => void;
  /** The cells so far, each once, in no order. */
  readonly cells: () => readonly DriftCell[];
  /** How many cells differ from these (in value, missing or surplus). */
  readonly differencesFrom: (cells: readonly DriftCell[]) => number;
}

/** An empty tally. Adding is commutative and associative (whole numbers), so pages and days merge in any order. */
export function createDriftTally(): DriftTally {
  const total = new Map<string, DriftCell>();
  return {
    add: (increments) => {
      for (const increment of increments) {
        const key = cellKey(increment);
        total.set(key, { ...increment, value: increment.value + (total.get(key)?.value ?? 0) });
      }
    },
    cells: () => [...total.values()],
    differencesFrom: (cells) => {
      const theirs = new Map(cells.map((cell) => [cellKey(cell), cell.value]));
      const surplus = [...theirs.keys()].filter((key) => !total.has(key)).length;
      return surplus + [...total].filter(([key, cell]) => theirs.get(key) !== cell.value).length;
    },
  };
}

function cellKey(cell: DriftCell): string {
  const { model, version, site, day, maker, sex, ageBand, counter, bin } = cell;
  return JSON.stringify([model, version, site, day, maker, sex, ageBand, counter, bin]);
}
