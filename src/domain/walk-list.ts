// The register's lists are frozen, and on frozen lists V8 runs `for…of`, `find` and `some` five to ten times slower than a loop by
// index, and makes an object for each call. A decision walks over a dozen lists, so it walks by index.
// test/bench/decide.bench.ts shows what that is worth.

/** Whether a list holds a value. */
export function holds<T>(list: readonly T[], value: T | undefined): boolean {
  for (let place = 0; place < list.length; place += 1) if (list[place] === value) return true;
  return false;
}

/** Whether a list holds at least one of these values. */
export function holdsAny<T>(list: readonly T[], values: readonly T[]): boolean {
  for (let place = 0; place < values.length; place += 1) if (holds(list, values[place])) return true;
  return false;
}

/** Whether a list holds all of these values. */
export function holdsAll<T>(list: readonly T[], values: readonly T[]): boolean {
  for (let place = 0; place < values.length; place += 1) if (!holds(list, values[place])) return false;
  return true;
}

/** What serves or governs a function, among such things. */
export function ofFunction<F, T extends { readonly function: F }>(
  list: readonly T[],
  name: F,
): T | undefined {
  for (let place = 0; place < list.length; place += 1) if (list[place]?.function === name) return list[place];
  return undefined;
}
