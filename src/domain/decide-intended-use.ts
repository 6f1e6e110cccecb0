import type { Question } from './decision.ts';
import type { Finding } from './finding.ts';
import { namesOf } from './matter.ts';
import type { IntendedUse, ModelVersion } from './register.ts';
import type { Reason } from './reasons.ts';
import type { StudyContext } from './study-context.ts';

/**
 * Whether the study holds something the vendor means the version for: at least one of its modalities, body parts and kinds of
 * objects, and the patient's age. (A CT study that also holds a scout, or a picture of a dose report, still is a CT study;
 * which series to take is the endpoint's part.) What the vendor limits and the PACS does not say is `context-missing`.
 */
export function judgeIntendedUse(question: Question, { intendedUse }: ModelVersion): readonly Finding[] {
  const { study } = question;
  if (study === undefined) return [];
  const facts = namesOf(question);
  const compare = (limit: Limit): readonly Finding[] =>
    judgeLimit(limit).map(({ code, detail }) => ({
      code,
      facts: { ...(code === 'context-missing' ? {} : facts), ...(detail === undefined ? {} : { detail }) },
    }));
  return [...limitsOf(intendedUse, study).flatMap(compare), ...judgeAge(study, intendedUse, facts)];
}

interface Limit {
  readonly code: Reason;
  readonly name: string;
  readonly allowed: readonly string[] | undefined;
  readonly actual: readonly string[];
  /** Whether the study's own values help the reader. */
  readonly isReadable: boolean;
}

function limitsOf(use: IntendedUse, study: StudyContext): readonly Limit[] {
  return [
    {
      code: 'modality-outside-use',
      name: 'modality',
      allowed: use.modalities,
      actual: study.modalities,
      isReadable: true,
    },
    {
      code: 'body-part-outside-use',
      name: 'body part',
      allowed: use.bodyParts,
      actual: study.bodyParts,
      isReadable: true,
    },
    {
      code: 'sop-class-outside-use',
      name: 'kind of objects',
      allowed: use.sopClassUids,
      actual: study.sopClassUids,
      isReadable: false,
    },
  ];
}

function judgeLimit(limit: Limit): readonly { readonly code: Reason; readonly detail?: string }[] {
  const { allowed, actual } = limit;
  if (allowed === undefined) return [];
  if (actual.length === 0) return [{ code: 'context-missing', detail: limit.name }];
  if (actual.some((value) => allowed.includes(value))) return [];
  return [{ code: limit.code, ...(limit.isReadable ? { detail: actual.join(', ') } : {}) }];
}

/** Completed years; the lower limit is part of the use, the upper one is not. */
function judgeAge(
  { ageYears }: StudyContext,
  { minAgeYears, maxAgeYears }: IntendedUse,
  facts: ReturnType<typeof namesOf>,
): readonly Finding[] {
  if (minAgeYears === undefined && maxAgeYears === undefined) return [];
  if (ageYears === undefined) return [{ code: 'context-missing', facts: { detail: 'age' } }];
  const isTooYoung = minAgeYears !== undefined && ageYears < minAgeYears;
  const isTooOld = maxAgeYears !== undefined && ageYears >= maxAgeYears;
  if (isTooYoung) return [outside(facts, `meant from ${String(minAgeYears)} years`)];
  return isTooOld ? [outside(facts, `meant for under ${String(maxAgeYears)} years`)] : [];
}

function outside(facts: ReturnType<typeof namesOf>, detail: string): Finding {
  return { code: 'age-outside-use', facts: { ...facts, detail } };
}
