import type { Policy, Requirement } from '../domain/policy.ts';
import type { PolicyFault } from './policy-files.ts';

export type Path = readonly PropertyKey[];

/** Where a key stands: in which file, on which line, under which path of that file. */
export type Place = Omit<PolicyFault, 'message'>;

/** Where the keys below one entry stand. */
type Origin = (rest: Path) => Place;

/** Where each entry comes from, wherever in the whole it has got to. */
export type Origins = ReadonlyMap<object, Origin>;

/** The same while a whole is being put together. */
export type OriginMap = Map<object, Origin>;

/** The sections of a policy that are lists of entries. */
const SECTIONS = ['schemes', 'duties', 'dispositions', 'acts', 'attestations', 'bodyPartRules'] as const;
type Section = (typeof SECTIONS)[number];

/** The lists of requirements that a scheme has. */
export const SCHEME_LISTS = ['entry', 'award', 'continuing'] as const;
export type SchemeList = (typeof SCHEME_LISTS)[number];

type Listed = Readonly<Record<Exclude<Section, 'schemes'>, readonly object[]>> & {
  readonly schemes: readonly Readonly<Record<SchemeList, readonly Requirement[]>>[];
  readonly referenceLevels?: readonly object[];
};

/** Every entry and every requirement of one file. */
export function originsOf(lists: Listed, placeOf: (path: Path) => Place): Origins {
  const origins = new Map<object, Origin>();
  const note = (entries: readonly object[], ...path: Path): void => {
    for (const [place, entry] of entries.entries()) {
      origins.set(entry, (rest) => placeOf([...path, place, ...rest]));
    }
  };
  for (const section of SECTIONS) note(lists[section], section);
  note(lists.referenceLevels ?? [], 'referenceLevels');
  for (const [place, scheme] of lists.schemes.entries()) {
    for (const list of SCHEME_LISTS) note(scheme[list], 'schemes', place, list);
  }
  return origins;
}

/** Where a key of the whole stands, asked of the innermost entry on the way to it; undefined for a key that is in none. */
export function placeIn(policy: Omit<Policy, 'digest'>, origins: Origins, path: Path): Place | undefined {
  let node: unknown = policy;
  let found: Place | undefined;
  for (const [depth, key] of path.entries()) {
    if (typeof node !== 'object' || node === null) break;
    node = Reflect.get(node, key);
    const origin = typeof node === 'object' && node !== null ? origins.get(node) : undefined;
    if (origin !== undefined) found = origin(path.slice(depth + 1));
  }
  return found;
}

/** An entry that was made of another stands where that one does. */
export function inheritOrigin(origins: OriginMap, made: object, madeOf: object): void {
  const origin = origins.get(madeOf);
  if (origin !== undefined) origins.set(made, origin);
}
