import type { StudyUid } from '../identifiers.ts';
import type { SeriesFacts } from './series-facts.ts';

/**
 * What the gateway knows about a study, read from the PACS and never from the caller's word. Every field that the PACS
 * leaves out is absent here; what absence means is for `decide` to say.
 */
export interface StudyContext {
  readonly studyInstanceUid: StudyUid;
  /** Modalities of its series, e.g. `CT`, `MR` (PS3.3 C.7.3.1.1.1), sorted, without those of non-image series (SR, SEG, KO, PR, DOC). */
  readonly modalities: readonly string[];
  /** Body Part Examined values, upper case (PS3.16 Annex L), or mapped by policy from descriptions; sorted. */
  readonly bodyParts: readonly string[];
  /** Study, series and procedure descriptions; they feed the policy's body-part mapping and nothing else. Never logged. */
  readonly descriptions: readonly string[];
  readonly ageYears?: number;
  readonly sex?: 'M' | 'F' | 'O';
  readonly sopClassUids: readonly string[];
  readonly instanceCount: number;
  /** How its series with images were made; only where it was asked for. */
  readonly series?: readonly SeriesFacts[];
  /** Whether that is of the one series alone which the call names; none where the study has no images in it. */
  readonly seriesNamed?: true;
  readonly manufacturer?: string;
  readonly institutionName?: string;
  readonly stationName?: string;
  /** The site the Trust counts apart, mapped from study attributes in config; absent means unknown, which denies. */
  readonly site?: string;
  /** Which of several PACS holds it; absent for the main one. */
  readonly pacs?: string;
  /** True when the PACS holding it is marked a simulator. */
  readonly simulator: boolean;
  /** Identifying values: they reach the case log only as salted commitments, and nothing else. */
  readonly identifying: {
    readonly patientId?: string;
    readonly accessionNumber?: string;
  };
}

/** Age bands in which cases are counted; coarse on purpose (a slice must not identify anyone). */
export const AGE_BANDS = ['0-15', '16-39', '40-64', '65-79', '80+', 'unknown'] as const;
export type AgeBand = (typeof AGE_BANDS)[number];

/** The age band of an age in completed years. */
export function ageBandOf(ageYears: number | undefined): AgeBand {
  if (ageYears === undefined) return 'unknown';
  if (ageYears < 16) return '0-15';
  if (ageYears < 40) return '16-39';
  if (ageYears < 65) return '40-64';
  return ageYears < 80 ? '65-79' : '80+';
}
