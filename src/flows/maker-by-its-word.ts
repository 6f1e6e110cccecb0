import type { NamedAlgorithm } from '../domain/dicom/dataset-algorithms.ts';
import { parseModelName, parseVersion } from '../domain/identifiers.ts';
import type { Machine } from '../domain/principal.ts';
import type { RegisterReader } from './ports.ts';

/** A version that a machine stores results of. */
type Bound = Machine['models'][number];

/** Who made an object: one version; none that can be told; or `another`, which its machine does not store results of. */
export type Maker =
  | { readonly kind: 'one'; readonly madeBy: Bound }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'another' };

/**
 * Which of its machine's versions made an object: the one that it names, by the model's name or its title in the register; where it names
 * none, the machine's only one. One that names several of them was made by more than the index can tell: by none that is known.
 * Throws RegisterUnavailable where titles are asked for.
 */
export function makerByItsWord(
  register: RegisterReader,
  object: {
    readonly storer: { readonly models: Machine['models'] };
    readonly algorithms: readonly NamedAlgorithm[];
  },
): Maker {
  const { algorithms, storer } = object;
  const isOf = (algorithm: NamedAlgorithm, bound: Bound): boolean => names(register, algorithm, bound);
  if (!algorithms.every((algorithm) => storer.models.some((bound) => isOf(algorithm, bound))))
    return { kind: 'another' };
  if (algorithms.some(({ isUntold }) => isUntold)) return { kind: 'unknown' };
  const [only, ...others] = storer.models.filter((bound) =>
    algorithms.every((algorithm) => isOf(algorithm, bound)),
  );
  return only === undefined || others.length > 0 ? { kind: 'unknown' } : { kind: 'one', madeBy: only };
}

/** A name or a version that stands by itself need only not be another's. */
function names(register: RegisterReader, { name, version }: NamedAlgorithm, bound: Bound): boolean {
  if (version !== undefined && version !== bound.version) return false;
  return name === undefined || name === bound.model || name === titleOf(register, bound);
}

function titleOf(register: RegisterReader, bound: Bound): string | undefined {
  const [model, version] = [parseModelName(bound.model), parseVersion(bound.version)];
  if (model === undefined || version === undefined) return undefined;
  return register.snapshot().modelVersion(model, version)?.title;
}
