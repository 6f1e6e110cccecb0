import type { IsRegisteredProduct } from '../domain/dicom/ai-result-marks.ts';
import { makersByRules, type RecogniseResult } from '../domain/dicom/recognise-result.ts';
import type { ModelVersion } from '../domain/register.ts';
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

/**
 * Which versions make objects that look like this, by their recognition rules. With the register away the rules it had last hold:
 * to take every object without a mark for AI would lock scanned letters too.
 */
export function recognisedResults(register: RegisterReader): RecogniseResult {
  let last: readonly ModelVersion[] = [];
  return (look) => {
    try {
      last = register.snapshot().modelVersions();
    } catch {
      // Whether the register can be read is for its alarm to say.
    }
    return makersByRules(last, look);
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
