import type { Policy } from '../domain/policy.ts';
import { namesIn } from './leave-out-named.ts';
import { SCHEME_LISTS, type Path } from './policy-origins.ts';
import type { PolicyExtension } from './policy-schema.ts';

/** What contradicts itself, by the path of its key. */
export interface Contradiction {
  readonly path: Path;
  readonly message: string;
}

type SchemeChange = PolicyExtension['schemes'][number];

/** What an extending file gets wrong about the one it extends: names given twice or not there, schemes that are not whole. */
export function extensionFaults(
  extension: PolicyExtension,
  base: Omit<Policy, 'digest'>,
): readonly Contradiction[] {
  const { id, schemes, duties, dispositions, acts, leaveOut } = extension;
  const names = namesIn(base);
  const known = new Set(base.schemes.map((scheme) => scheme.id));
  return [
    ...(id === base.id
      ? [{ path: ['id'], message: `${id} is the policy it extends: give it a name of its own` }]
      : []),
    ...leaveOut.flatMap((name, place) =>
      names.has(name) ? [] : [{ path: ['leaveOut', place], message: `there is no ${name} in ${base.id}` }],
    ),
    ...givenTwice(schemes, ['schemes'], (scheme) => scheme.id),
    ...givenTwice(duties, ['duties'], (duty) => duty.function),
    ...givenTwice(dispositions, ['dispositions'], (duty) => duty.disposition),
    ...givenTwice(acts, ['acts'], ({ act }) => act),
    ...givenTwice(extension.referenceLevels ?? [], ['referenceLevels'], (level) => level.id),
    ...schemes.flatMap((scheme, place) => [
      ...SCHEME_LISTS.flatMap((list) => givenTwice(scheme[list], ['schemes', place, list], (one) => one.id)),
      ...(known.has(scheme.id) ? [] : lacking(scheme, place)),
    ]),
  ];
}

/** Two entries of one name would leave it open which of them holds. */
export function givenTwice<T>(
  entries: readonly T[],
  path: Path,
  nameOf: (entry: T) => string,
): readonly Contradiction[] {
  const names = entries.map(nameOf);
  return names.flatMap((name, place) =>
    names.indexOf(name) === place ? [] : [{ path: [...path, place], message: `${name} is given twice` }],
  );
}

const WANTED = ['title', 'professions', 'source', 'entry', 'award'] as const;

function lacking(scheme: SchemeChange, place: number): readonly Contradiction[] {
  const isThere = (key: (typeof WANTED)[number]): boolean => {
    const said = scheme[key];
    return said !== undefined && said.length > 0;
  };
  return WANTED.filter((key) => !isThere(key)).map((key) => ({
    path: ['schemes', place, key],
    message: `${scheme.id} is a new scheme and needs this`,
  }));
}
