// The register's lists are frozen, and on frozen lists V8 runs `for…of`, `find` and `some` five to ten times slower than a loop by
// index. A decision walks over a dozen lists, so it walks by these. test/bench/decide.bench.ts shows what that is worth.

/** The first item that fits; undefined where none does. */
export function findIn<T>(list: readonly T[], fits: (item: T) => boolean): T | undefined {
  for (let place = 0; place < list.length; place += 1) {
    const item = list[place];
    if (item !== undefined && fits(item)) return item;
  }
  return undefined;
}

/** Whether a list names a value. */
export function holds<T>(list: readonly T[], value: T | undefined): boolean {
  for (let place = 0; place < list.length; place += 1) if (list[place] === value) return true;
  return false;
}

/** What comes of a list, item by item; what is undefined is passed over. */
export function fold<T, R>(list: readonly T[], start: R, step: (soFar: R, item: T) => R): R {
  let soFar = start;
  for (let place = 0; place < list.length; place += 1) {
    const item = list[place];
    if (item !== undefined) soFar = step(soFar, item);
  }
  return soFar;
}
