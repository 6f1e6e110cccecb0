import type { Finding } from './finding.ts';
import type { Matter } from './matter.ts';
import type { Reason } from './reasons.ts';
import type { Practitioner } from './register.ts';

/**
 * Whether the practitioner's own scope covers the study: every modality and body part in it, and the patient's age group.
 * They answer for the whole study, so one part outside the scope is enough to deny; what the PACS does not say denies too.
 */
export function judgeScope(matter: Matter): readonly Finding[] {
  const { study } = matter.question;
  const { practitioner } = matter;
  if (study === undefined || practitioner === undefined) return [];
  const { modalities, bodyParts, populations } = practitioner.scope;
  const { adultFromYears } = matter.register.policy;
  return [
    ...judgeList({ code: 'scope-modality', name: 'modality', covered: modalities, actual: study.modalities }),
    ...judgeList({ code: 'scope-body-part', name: 'body part', covered: bodyParts, actual: study.bodyParts }),
    ...judgePopulation(study.ageYears, populations, adultFromYears),
  ];
}

interface Extent {
  readonly code: Reason;
  readonly name: string;
  readonly covered: readonly string[] | undefined;
  readonly actual: readonly string[];
}

function judgeList({ code, name, covered, actual }: Extent): readonly Finding[] {
  if (covered === undefined) return [];
  if (actual.length === 0) return [{ code: 'context-missing', facts: { detail: name } }];
  const outside = actual.filter((value) => !covered.includes(value));
  return outside.length === 0 ? [] : [{ code, facts: { detail: outside.join(', ') } }];
}

function judgePopulation(
  ageYears: number | undefined,
  populations: Practitioner['scope']['populations'],
  adultFromYears: number,
): readonly Finding[] {
  if (populations === undefined) return [];
  if (ageYears === undefined) return [{ code: 'context-missing', facts: { detail: 'age' } }];
  const population = ageYears >= adultFromYears ? 'adult' : 'paediatric';
  return populations.includes(population)
    ? []
    : [{ code: 'scope-population', facts: { detail: population } }];
}
