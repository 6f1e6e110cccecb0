import type { AttestationRule, CoSigners, Direction, Duty, Policy, Scheme } from '../domain/policy.ts';
import { inheritOrigin, SCHEME_LISTS, type OriginMap, type SchemeList } from './policy-origins.ts';

type Said = Omit<Policy, 'digest'>;

/** Every name by which something of a policy can be left out: `schemes.rc-ai.award.dops`, `duties.view`, `attestations.cct`. */
export function namesIn(policy: Said): ReadonlySet<string> {
  return new Set([
    ...policy.schemes.flatMap((scheme) => [
      `schemes.${scheme.id}`,
      ...SCHEME_LISTS.flatMap((list) => scheme[list].map(({ id }) => `schemes.${scheme.id}.${list}.${id}`)),
    ]),
    ...policy.duties.map((one) => `duties.${one.function}`),
    ...policy.dispositions.map((one) => `dispositions.${one.disposition}`),
    ...policy.acts.map(({ act }) => `acts.${act}`),
    ...(policy.referenceLevels ?? []).map(({ id }) => `referenceLevels.${id}`),
    ...policy.attestations.flatMap(({ evidence }) => evidence.map((type) => `attestations.${type}`)),
  ]);
}

/**
 * A policy without what is named. A scheme that is left out leaves every list of credentials too; a type of evidence leaves its
 * attestation, which goes when it has no other.
 */
export function leaveOutNamed(policy: Said, named: ReadonlySet<string>, origins: OriginMap): Said {
  const stays = (name: string): boolean => !named.has(name);
  const held = <T extends Credentialed>(entry: T): T => withoutCredentials(entry, stays, origins);
  return {
    ...policy,
    schemes: policy.schemes
      .filter(({ id }) => stays(`schemes.${id}`))
      .map((scheme) => withoutRequirements(scheme, stays, origins)),
    duties: policy.duties
      .filter((one) => stays(`duties.${one.function}`))
      .map(held)
      .map((duty) => withCoSigners(duty, held, origins))
      .map((duty) => withDirections(duty, held, origins)),
    dispositions: policy.dispositions.filter((one) => stays(`dispositions.${one.disposition}`)).map(held),
    acts: policy.acts.filter(({ act }) => stays(`acts.${act}`)).map(held),
    attestations: policy.attestations
      .map((rule) => withoutEvidence(rule, stays, origins))
      .filter(({ evidence }) => evidence.length > 0)
      .map(held),
    ...(policy.truth === undefined ? {} : { truth: held(policy.truth) }),
    ...(policy.referenceLevels === undefined
      ? {}
      : { referenceLevels: policy.referenceLevels.filter(({ id }) => stays(`referenceLevels.${id}`)) }),
  };
}

type Stays = (name: string) => boolean;
interface Credentialed {
  readonly credentials: readonly string[];
}

function withoutRequirements(scheme: Scheme, stays: Stays, origins: OriginMap): Scheme {
  const list = (name: SchemeList): Scheme[SchemeList] =>
    scheme[name].filter(({ id }) => stays(`schemes.${scheme.id}.${name}.${id}`));
  const made = { ...scheme, entry: list('entry'), award: list('award'), continuing: list('continuing') };
  inheritOrigin(origins, made, scheme);
  return made;
}

function withoutCredentials<T extends Credentialed>(entry: T, stays: Stays, origins: OriginMap): T {
  const made = { ...entry, credentials: entry.credentials.filter((id) => stays(`schemes.${id}`)) };
  inheritOrigin(origins, made, entry);
  return made;
}

function withCoSigners(duty: Duty, held: (coSigners: CoSigners) => CoSigners, origins: OriginMap): Duty {
  if (duty.coSigners === undefined) return duty;
  const made = { ...duty, coSigners: held(duty.coSigners) };
  inheritOrigin(origins, made, duty);
  return made;
}

/** A direction under which nobody could be named is none. */
function withDirections(duty: Duty, held: (direction: Direction) => Direction, origins: OriginMap): Duty {
  if (duty.directions === undefined) return duty;
  const { directions: all, ...rest } = duty;
  const directions = all.map(held).filter(({ credentials }) => credentials.length > 0);
  const made = directions.length === 0 ? rest : { ...rest, directions };
  inheritOrigin(origins, made, duty);
  return made;
}

function withoutEvidence(rule: AttestationRule, stays: Stays, origins: OriginMap): AttestationRule {
  const made = { ...rule, evidence: rule.evidence.filter((type) => stays(`attestations.${type}`)) };
  inheritOrigin(origins, made, rule);
  return made;
}
