import type { SeriesUid } from '../domain/identifiers.ts';
import { limitsOneSeries, statesSeriesLimits } from '../domain/judge-series.ts';
import type { ModelVersion } from '../domain/register.ts';

/** What else of a study is asked of the PACS, because a decision looks at it. */
export interface StudyNeeds {
  /** How its series were made: a few more questions to the PACS, kept like the rest. */
  readonly series: boolean;
  /** Of this one alone. */
  readonly named?: SeriesUid;
}

/** What deciding about these versions needs; versions that state no limit of a series cost the PACS nothing more. */
export function studyNeeds(versions: readonly (ModelVersion | undefined)[]): StudyNeeds {
  return { series: versions.some((known) => known !== undefined && statesSeriesLimits(known.intendedUse)) };
}

/** The same for a call that names the series which is its input. */
export function seriesNeeds(known: ModelVersion | undefined, named: SeriesUid): StudyNeeds {
  return { series: known !== undefined && limitsOneSeries(known.intendedUse), named };
}
