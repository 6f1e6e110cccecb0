import { flagDoses, type DoseFlag, type DosePolicy, type RecommendedDose } from '../domain/dose.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';

/** The doses of an answer, held against the local levels; nothing where it recommends none. */
export function flagAnswer(
  { doses }: { readonly doses?: readonly RecommendedDose[] },
  study: StudyContext | undefined,
  policy: DosePolicy,
): { readonly doseFlags?: readonly DoseFlag[] } {
  return doses === undefined || doses.length === 0 ? {} : { doseFlags: flagDoses(doses, study, policy) };
}
