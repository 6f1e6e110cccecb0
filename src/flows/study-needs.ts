import { statesSeriesLimits } from '../domain/judge-series.ts';
import type { ModelVersion } from '../domain/register.ts';

/** What else of a study is asked of the PACS, because a decision looks at it. */
export interface StudyNeeds {
  /** How its series were made: a few more questions to the PACS, kept like the rest. */
  readonly series: boolean;
}

/** What deciding about these versions needs; versions that state no limit of a series cost the PACS nothing more. */
export function studyNeeds(versions: readonly (ModelVersion | undefined)[]): StudyNeeds {
  return { series: versions.some((known) => known !== undefined && statesSeriesLimits(known.intendedUse)) };
}
