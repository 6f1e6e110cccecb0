/** A list of numbers of one kind that grows, without an object for each: what a register of half a million rows is made of. */
export interface NumberColumn {
  readonly length: () => number;
  /** 0 where there is none. */
  readonly get: (place: number) => number;
  readonly set: (place: number, value: number) => void;
  readonly push: (value: number) => void;
}

type Numbers = Uint32Array | Float64Array;

/** Grows by a quarter: little room is wasted, and nothing is copied often. */
const GROWTH = 1.25;
const FIRST_SIZE = 64;

/** Whole numbers below 2^32. */
export function createCountColumn(): NumberColumn {
  return growing((size) => new Uint32Array(size));
}

/** Any numbers, as instants are. */
export function createInstantColumn(): NumberColumn {
  return growing((size) => new Float64Array(size));
}

function growing(make: (size: number) => Numbers): NumberColumn {
  let values = make(FIRST_SIZE);
  let length = 0;
  return {
    length: () => length,
    get: (place) => values[place] ?? 0,
    set: (place, value) => {
      values[place] = value;
    },
    push: (value) => {
      if (length === values.length) {
        const larger = make(Math.ceil(length * GROWTH));
        larger.set(values);
        values = larger;
      }
      values[length] = value;
      length += 1;
    },
  };
}
