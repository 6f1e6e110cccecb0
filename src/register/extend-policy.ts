import type { Policy, Requirement, Scheme } from '../domain/policy.ts';
import { leaveOutNamed } from './leave-out-named.ts';
import { inheritOrigin, type OriginMap, type Origins, type Path, type Place } from './policy-origins.ts';
import type { PolicyExtension } from './policy-schema.ts';

type SchemeChange = PolicyExtension['schemes'][number];

/** A policy, made from one file or from several, with where its entries come from. */
export interface ComposedPolicy {
  readonly value: Omit<Policy, 'digest'>;
  readonly origins: Origins;
}

/** What an extending file says by itself. */
export interface OwnPart {
  readonly value: PolicyExtension;
  readonly origins: Origins;
  readonly placeOf: (path: Path) => Place;
}

/**
 * The policy that an extending file makes of the one it extends. What `leaveOut` names is taken away. Then an entry takes the
 * place of the one of the same name (a duty by its function, an act by its name, a requirement by its id within its scheme and
 * list; a type of evidence goes over to the attestation that names it), and entries of new names follow.
 */
export function extendPolicy(base: ComposedPolicy, own: OwnPart): ComposedPolicy {
  const { extends: _extends, leaveOut, ...said } = own.value;
  const origins = new Map([...base.origins, ...own.origins]);
  const moved = said.attestations.flatMap(({ evidence }) => evidence.map((type) => `attestations.${type}`));
  const left = leaveOutNamed(base.value, new Set([...leaveOut, ...moved]), origins);
  const value = {
    ...left,
    ...said,
    schemes: extendSchemes(left.schemes, said.schemes, origins),
    duties: overlaid(left.duties, said.duties, (one) => one.function),
    dispositions: overlaid(left.dispositions, said.dispositions, (one) => one.disposition),
    acts: overlaid(left.acts, said.acts, (one) => one.act),
    attestations: [...left.attestations, ...said.attestations],
    bodyPartRules: [...left.bodyPartRules, ...said.bodyPartRules],
    ...extendLevels(left.referenceLevels, said.referenceLevels),
  };
  return { value, origins };
}

/** Where neither has any the whole says nothing of them. */
function extendLevels(
  base: Policy['referenceLevels'],
  own: Policy['referenceLevels'],
): Pick<Policy, 'referenceLevels'> {
  if (own === undefined) return base === undefined ? {} : { referenceLevels: base };
  return { referenceLevels: overlaid(base ?? [], own, ({ id }) => id) };
}

function overlaid<T>(base: readonly T[], own: readonly T[], nameOf: (entry: T) => string): readonly T[] {
  const byName = new Map(own.map((entry) => [nameOf(entry), entry]));
  const names = new Set(base.map(nameOf));
  return [
    ...base.map((entry) => byName.get(nameOf(entry)) ?? entry),
    ...own.filter((entry) => !names.has(nameOf(entry))),
  ];
}

function extendSchemes(
  base: readonly Scheme[],
  changes: readonly SchemeChange[],
  origins: OriginMap,
): readonly Scheme[] {
  const ids = new Set(base.map(({ id }) => id));
  const changed = base.map((scheme) => {
    const change = changes.find(({ id }) => id === scheme.id);
    return change === undefined ? scheme : extendScheme(scheme, change, origins);
  });
  const added = changes.filter(({ id }) => !ids.has(id));
  return [...changed, ...added.flatMap((change) => newScheme(change, origins) ?? [])];
}

function extendScheme(scheme: Scheme, change: SchemeChange, origins: OriginMap): Scheme {
  const idOf = ({ id }: Requirement): string => id;
  const extended = {
    ...scheme,
    ...change,
    entry: overlaid(scheme.entry, change.entry, idOf),
    award: overlaid(scheme.award, change.award, idOf),
    continuing: overlaid(scheme.continuing, change.continuing, idOf),
  };
  inheritOrigin(origins, extended, scheme);
  return extended;
}

/** One that lacks a part is no scheme; `extensionFaults` says what it lacks. */
function newScheme(change: SchemeChange, origins: OriginMap): Scheme | undefined {
  const { title, professions, source, supervisedOnly = false, ...rest } = change;
  if (title === undefined || professions === undefined || source === undefined) return undefined;
  const scheme = { ...rest, title, professions, source, supervisedOnly };
  inheritOrigin(origins, scheme, change);
  return scheme;
}
