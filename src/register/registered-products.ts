import type { IsRegisteredProduct } from '../domain/ai-result-marks.ts';
import type { RegisterReader } from '../flows/ports.ts';

/**
 * Whether the register knows a maker's product: its name is that of a model, a model's title or a family (letter case does not
 * count). With the register away every product counts as known, so that a result is rather taken for AI than let through.
 */
export function registeredProducts(register: RegisterReader): IsRegisteredProduct {
  return ({ modelName }) => {
    try {
      const versions = register.snapshot().modelVersions();
      const name = modelName?.trim().toLowerCase();
      return versions.some(({ model, title, family }) =>
        [model, title, family].some((known) => known.toLowerCase() === name),
      );
    } catch {
      return true;
    }
  };
}

/** The register's sequence, for whoever remembers what it said; -1 while it is away. */
export function registerSequence(register: RegisterReader): number {
  try {
    return register.snapshot().sequence;
  } catch {
    return -1;
  }
}
