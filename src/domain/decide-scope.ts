import { NO_FINDINGS, together, type Finding } from './finding.ts';
import type { Matter } from './matter.ts';
import type { Reason } from './reasons.ts';
import type { Practitioner } from './register.ts';
import { holds, holdsAll } from './walk-list.ts';

/**
 * Whether the practitioner's own scope covers the study: every modality and body part in it, and the patient's age group.
 * They answer for the whole study, so one part outside the scope is enough to deny; what the PACS does not say denies too.
 */
export function judgeScope(matter: Matter): readonly Finding[] {
  const { study, practitioner } = matter;
  if (study === undefined || practitioner === undefined) return NO_FINDINGS;
  const { modalities, bodyParts, populations } = practitioner.scope;
  const { adultFromYears } = matter.register.policy;
  return together(
    judgeList(MODALITY, modalities, study.modalities),
    judgeList(BODY_PART, bodyParts, study.bodyParts),
    judgePopulation(study.ageYears, populations, adultFromYears),
  );
}

interface Extent {
  readonly code: Reason;
  readonly name: string;
}

const MODALITY: Extent = { code: 'scope-modality', name: 'modality' };
const BODY_PART: Extent = { code: 'scope-body-part', name: 'body part' };

function judgeList(
  { code, name }: Extent,
  covered: readonly string[] | undefined,
  actual: readonly string[],
): readonly Finding[] {
  if (covered === undefined) return NO_FINDINGS;
  if (actual.length === 0) return [{ code: 'context-missing', facts: { detail: name } }];
  if (holdsAll(covered, actual)) return NO_FINDINGS;
  const outside = actual.filter((value) => !covered.includes(value));
  return [{ code, facts: { detail: outside.join(', ') } }];
}

function judgePopulation(
  ageYears: number | undefined,
  populations: Practitioner['scope']['populations'],
  adultFromYears: number,
): readonly Finding[] {
  if (populations === undefined) return NO_FINDINGS;
  if (ageYears === undefined) return [{ code: 'context-missing', facts: { detail: 'age' } }];
  const population = ageYears >= adultFromYears ? 'adult' : 'paediatric';
  return holds(populations, population)
    ? NO_FINDINGS
    : [{ code: 'scope-population', facts: { detail: population } }];
}
