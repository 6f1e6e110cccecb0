import { SELF_ATTESTED } from '../domain/evidence-count.ts';
import type { EvidenceType } from '../domain/evidence-types.ts';
import type { ActRule, Policy } from '../domain/policy.ts';
import { OWN_ACTS } from '../domain/register-acts.ts';
import { FINAL_DISPOSITIONS } from '../domain/words.ts';
import { givenTwice, type Contradiction } from './extension-faults.ts';
import { SCHEME_LISTS } from './policy-origins.ts';
import { requirementFaults, ROUTED_TYPES } from './requirement-faults.ts';

type Said = Omit<Policy, 'digest'>;

/**
 * What a policy says that cannot all hold: names given twice, credentials without a scheme, requirements that nobody could meet,
 * acts and attestations that are nobody's, or two people's without a second.
 */
export function contradictionsIn(policy: Said): readonly Contradiction[] {
  const { schemes, duties, dispositions, acts } = policy;
  return [
    ...givenTwice(schemes, ['schemes'], ({ id }) => id),
    ...givenTwice(duties, ['duties'], (duty) => duty.function),
    ...givenTwice(dispositions, ['dispositions'], (duty) => duty.disposition),
    ...givenTwice(acts, ['acts'], ({ act }) => act),
    ...givenTwice(policy.referenceLevels ?? [], ['referenceLevels'], ({ id }) => id),
    ...schemes.flatMap(schemeFaults),
    ...unattested(policy),
    ...credentialFaults(policy),
    ...duties.flatMap(directionFaults),
    ...finalSay(policy),
    ...acts.flatMap(actFaults),
    ...attestationFaults(policy),
  ];
}

function schemeFaults(scheme: Said['schemes'][number], place: number): readonly Contradiction[] {
  const path = ['schemes', place];
  const isListing = ({ evidence }: { readonly evidence: readonly EvidenceType[] }): boolean =>
    evidence.length === 1 && evidence[0] === 'award';
  const message = 'one requirement must ask for exactly the evidence "award"';
  return [
    ...SCHEME_LISTS.flatMap((list) => givenTwice(scheme[list], [...path, list], ({ id }) => id)),
    ...(scheme.award.some(isListing) ? [] : [{ path: [...path, 'award'], message }]),
    ...SCHEME_LISTS.flatMap((list) =>
      scheme[list].flatMap((requirement, index) =>
        requirementFaults(requirement, list, scheme).map((fault) => ({
          ...fault,
          path: [...path, list, index, ...fault.path],
        })),
      ),
    ),
  ];
}

/** What is asked for must be somebody's to enter: the person's own, an act's, or an attestation's. */
function unattested({ schemes, duties, attestations }: Said): readonly Contradiction[] {
  const attested = new Set([
    ...SELF_ATTESTED,
    ...ROUTED_TYPES,
    ...attestations.flatMap(({ evidence }) => evidence),
  ]);
  const missing = (
    types: readonly EvidenceType[],
    ...path: Contradiction['path']
  ): readonly Contradiction[] =>
    types.flatMap((type, index) =>
      attested.has(type)
        ? []
        : [
            {
              path: [...path, 'evidence', index],
              message: `${type} is asked for, and no attestation says who may enter it`,
            },
          ],
    );
  return [
    ...schemes.flatMap((scheme, place) =>
      SCHEME_LISTS.flatMap((list) =>
        scheme[list].flatMap(({ evidence }, index) => missing(evidence, 'schemes', place, list, index)),
      ),
    ),
    ...duties.flatMap(({ evidence }, place) => missing(evidence, 'duties', place)),
  ];
}

function credentialFaults({
  schemes,
  duties,
  dispositions,
  acts,
  attestations,
  truth,
}: Said): readonly Contradiction[] {
  const known = new Set(schemes.map(({ id }) => id));
  const unknown = (named: readonly string[], ...path: Contradiction['path']): readonly Contradiction[] =>
    named
      .filter((credential) => !known.has(credential))
      .map((credential) => ({
        path: [...path, 'credentials'],
        message: `${credential} is no scheme of this policy`,
      }));
  const holders = (named: readonly string[], ...path: Contradiction['path']): readonly Contradiction[] =>
    named.length > 0
      ? unknown(named, ...path)
      : [{ path: [...path, 'credentials'], message: 'no credential is left that allows it' }];
  return [
    ...duties.flatMap(({ credentials, coSigners, directions = [] }, place) => [
      ...holders(credentials, 'duties', place),
      ...unknown(coSigners?.credentials ?? [], 'duties', place, 'coSigners'),
      ...directions.flatMap((one, index) => unknown(one.credentials, 'duties', place, 'directions', index)),
    ]),
    ...dispositions.flatMap(({ credentials }, place) => holders(credentials, 'dispositions', place)),
    ...acts.flatMap(({ credentials, second }, place) => [
      ...unknown(credentials, 'acts', place),
      ...unknown(second?.credentials ?? [], 'acts', place, 'second'),
    ]),
    ...attestations.flatMap(({ credentials }, place) => unknown(credentials, 'attestations', place)),
    ...unknown(truth?.credentials ?? [], 'truth'),
  ];
}

/** A direction is about medicines, and of use to nobody who may ask anyway. */
function directionFaults(duty: Said['duties'][number], at: number): readonly Contradiction[] {
  const { directions, credentials: anyway } = duty;
  if (directions === undefined) return [];
  const path = ['duties', at, 'directions'];
  const message = 'a patient-group direction stands only under prescribing-suggestion';
  return [
    ...(duty.function === 'prescribing-suggestion' ? [] : [{ path, message }]),
    ...givenTwice(directions, path, ({ id }) => id),
    ...directions.flatMap(({ credentials }, index) =>
      credentials
        .filter((id) => anyway.includes(id))
        .map((id) => ({
          path: [...path, index, 'credentials'],
          message: `${id} may ask for every suggestion anyway`,
        })),
    ),
  ];
}

/** Who never works alone cannot have the last word on a result. */
function finalSay({ schemes, dispositions }: Said): readonly Contradiction[] {
  const supervised = new Set(schemes.filter((scheme) => scheme.supervisedOnly).map(({ id }) => id));
  return dispositions.flatMap(({ disposition, credentials }, place) =>
    credentials
      .filter((id) => FINAL_DISPOSITIONS.includes(disposition) && supervised.has(id))
      .map((id) => ({
        path: ['dispositions', place, 'credentials'],
        message: `${id} always works supervised, and "${disposition}" is a final interpretation`,
      })),
  );
}

function actFaults(rule: ActRule, place: number): readonly Contradiction[] {
  const at = (key: string, message: string): Contradiction => ({ path: ['acts', place, key], message });
  const { act, people, second } = rule;
  if (OWN_ACTS.includes(act)) {
    const isOwn = isNobody(rule) && people === 1 && second === undefined;
    const message = `${act} is one's own: it names no roles, no credentials and no second person`;
    return isOwn ? [] : [at('act', message)];
  }
  const nobody = `${act} is nobody's: name roles or credentials, or leave it out`;
  return [
    ...(isNobody(rule) ? [at('act', nobody)] : []),
    ...secondFaults(rule).map((message) => at('second', message)),
  ];
}

function secondFaults({ people, second }: ActRule): readonly string[] {
  if (second === undefined) return [];
  if (people === 1) return ['a second person stands only where `people` is 2'];
  return isNobody(second) ? ['nobody could be the second person: name roles or credentials'] : [];
}

function isNobody(who: {
  readonly roles: readonly string[];
  readonly credentials: readonly string[];
}): boolean {
  return who.roles.length === 0 && who.credentials.length === 0;
}

function attestationFaults({ attestations }: Said): readonly Contradiction[] {
  const first = new Map<EvidenceType, number>();
  return attestations.flatMap((rule, place) => {
    const at = (index: number, message: string): Contradiction => ({
      path: ['attestations', place, 'evidence', index],
      message,
    });
    const faults = rule.evidence.flatMap((type, index) => {
      if (ROUTED_TYPES.includes(type)) return [at(index, `${type} is put on record by an act of its own`)];
      if (first.has(type)) return [at(index, `${type} is given twice`)];
      first.set(type, place);
      return [];
    });
    const nobody = { path: ['attestations', place], message: 'nobody may: name roles or credentials' };
    return isNobody(rule) ? [...faults, nobody] : faults;
  });
}
