import type { StudyContext } from './dicom/study-context.ts';
import { NO_FINDINGS, together, type Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import type { ModelVersion } from './register.ts';
import type { Reason } from './reasons.ts';
import { judgeSeries } from './judge-series.ts';
import { holdsAny } from './walk-list.ts';

/**
 * Whether the study holds something the vendor means the version for: at least one of its modalities, body parts and kinds of
 * objects, and the patient's age; and, where the vendor limits how the images were made, one series that is within all of it. (A CT
 * study that also holds a scout, or a picture of a dose report, still is a CT study; which series to take is the endpoint's part.) What
 * the vendor limits and the PACS does not say is `context-missing`. Where the call names a series, that one is the input: its modality
 * counts, and how it was made.
 */
export function judgeIntendedUse(matter: Matter, { intendedUse }: ModelVersion): readonly Finding[] {
  const { study } = matter;
  if (study === undefined) return NO_FINDINGS;
  const { modalities, bodyParts, sopClassUids } = intendedUse;
  const ofModality = judgeLimit(matter, MODALITY, { allowed: modalities, actual: modalitiesOf(study) });
  return together(
    // Of a study that holds nothing of the kind no series is in question.
    ofModality.length > 0 ? ofModality : judgeSeries(matter, intendedUse),
    judgeLimit(matter, BODY_PART, { allowed: bodyParts, actual: study.bodyParts }),
    judgeLimit(matter, SOP_CLASS, { allowed: sopClassUids, actual: study.sopClassUids }),
    judgeAge(matter, intendedUse, study.ageYears),
  );
}

function modalitiesOf({ modalities, series = [], seriesNamed }: StudyContext): readonly string[] {
  return seriesNamed === true ? series.map(({ modality }) => modality) : modalities;
}

interface Limit {
  readonly code: Reason;
  readonly name: string;
  /** Whether the study's own values help the reader. */
  readonly isReadable: boolean;
}

const MODALITY: Limit = { code: 'modality-outside-use', name: 'modality', isReadable: true };
const BODY_PART: Limit = { code: 'body-part-outside-use', name: 'body part', isReadable: true };
const SOP_CLASS: Limit = { code: 'sop-class-outside-use', name: 'kind of objects', isReadable: false };

function judgeLimit(
  matter: Matter,
  { code, name, isReadable }: Limit,
  values: { readonly allowed: readonly string[] | undefined; readonly actual: readonly string[] },
): readonly Finding[] {
  const { allowed, actual } = values;
  if (allowed === undefined) return NO_FINDINGS;
  if (actual.length === 0) return [{ code: 'context-missing', facts: { detail: name } }];
  if (holdsAny(allowed, actual)) return NO_FINDINGS;
  const detail = isReadable ? { detail: actual.join(', ') } : {};
  return [{ code, facts: { ...namesOf(matter), ...detail } }];
}

/** Completed years; the lower limit is part of the use, the upper one is not. */
function judgeAge(
  matter: Matter,
  { minAgeYears = -Infinity, maxAgeYears = Infinity }: ModelVersion['intendedUse'],
  ageYears: number | undefined,
): readonly Finding[] {
  if (minAgeYears === -Infinity && maxAgeYears === Infinity) return NO_FINDINGS;
  if (ageYears === undefined) return [{ code: 'context-missing', facts: { detail: 'age' } }];
  if (!(ageYears >= minAgeYears)) return [outside(matter, `meant from ${String(minAgeYears)} years`)];
  if (!(ageYears < maxAgeYears)) return [outside(matter, `meant for under ${String(maxAgeYears)} years`)];
  return NO_FINDINGS;
}

function outside(matter: Matter, detail: string): Finding {
  return { code: 'age-outside-use', facts: { ...namesOf(matter), detail } };
}
