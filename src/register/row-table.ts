/** Rows of whole numbers below 2^32, all of one width, in one piece of memory. */
export interface RowTable {
  readonly length: () => number;
  readonly get: (row: number, field: number) => number;
  readonly set: (row: number, field: number, value: number) => void;
  /** Adds a row of zeros and gives its number. */
  readonly add: () => number;
}

/** Grows by a quarter: little room is wasted, and nothing is copied often. */
const GROWTH = 1.25;
const FIRST_ROWS = 32;

/** An empty table. */
export function createRowTable(width: number): RowTable {
  let values = new Uint32Array(FIRST_ROWS * width);
  let length = 0;
  return {
    length: () => length,
    get: (row, field) => values[row * width + field] ?? 0,
    set: (row, field, value) => {
      values[row * width + field] = value;
    },
    add: () => {
      if ((length + 1) * width > values.length) {
        const larger = new Uint32Array(Math.ceil(length * GROWTH) * width);
        larger.set(values);
        values = larger;
      }
      length += 1;
      return length - 1;
    },
  };
}
