import type { Finding } from './finding.ts';
import type { Matter } from './matter.ts';
import type { Reason } from './reasons.ts';

/**
 * Whether the practitioner's own scope covers the study: every modality and body part in it, and the patient's age group.
 * They answer for the whole study, so one part outside the scope is enough to deny; what the PACS does not say denies too.
 */
export function judgeScope(matter: Matter): readonly Finding[] {
  const { study } = matter.question;
  const { practitioner } = matter;
  if (study === undefined || practitioner === undefined) return [];
  const { modalities, bodyParts } = practitioner.scope;
  return [
    ...judgeList({ code: 'scope-modality', name: 'modality', covered: modalities, actual: study.modalities }),
    ...judgeList({ code: 'scope-body-part', name: 'body part', covered: bodyParts, actual: study.bodyParts }),
    ...judgePopulation(matter),
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

function judgePopulation({ question, practitioner, register }: Matter): readonly Finding[] {
  const populations = practitioner?.scope.populations;
  if (populations === undefined) return [];
  const age = question.study?.ageYears;
  if (age === undefined) return [{ code: 'context-missing', facts: { detail: 'age' } }];
  const population = age >= register.policy.adultFromYears ? 'adult' : 'paediatric';
  return populations.includes(population)
    ? []
    : [{ code: 'scope-population', facts: { detail: population } }];
}
