import type {
  ModelName,
  PractitionerId,
  SeriesUid,
  SopInstanceUid,
  StudyUid,
  VersionString,
} from './identifiers.ts';

/**
 * What a person can say of a stored object that is probably AI's: that no AI made it, which exact version made it, or that AI made it
 * and nobody knows which version.
 */
export const RESULT_VERDICTS = ['not-ai', 'ai-of', 'ai-unknown'] as const;
export type ResultVerdict = (typeof RESULT_VERDICTS)[number];

/** A verdict with what belongs to it. */
export type SaidOfResult =
  | { readonly verdict: Exclude<ResultVerdict, 'ai-of'> }
  | { readonly verdict: 'ai-of'; readonly model: ModelName; readonly version: VersionString };

/** One object, by where it stands. */
export interface ResultObject {
  readonly study: StudyUid;
  readonly series: SeriesUid;
  readonly sopInstanceUid: SopInstanceUid;
}

/** What somebody said of an object, as the case log has it. The one with the highest place in the log stands. */
export interface ResultClassification extends ResultObject {
  /** Id of its entry in the case log. */
  readonly entry: string;
  /** Place of that entry. */
  readonly seq: number;
  readonly said: SaidOfResult;
  /** In the register. */
  readonly practitioner: PractitionerId;
  /** Ms since the epoch. */
  readonly saidAt: number;
  readonly reason?: string;
}

/** Puts a verdict together; undefined where a version is missing, or is one too many. */
export function saidOf(
  verdict: ResultVerdict,
  madeBy: { readonly model?: ModelName | undefined; readonly version?: VersionString | undefined },
): SaidOfResult | undefined {
  const { model, version } = madeBy;
  if (verdict === 'ai-of')
    return model === undefined || version === undefined ? undefined : { verdict, model, version };
  return model === undefined && version === undefined ? { verdict } : undefined;
}

/** A verdict as it is written; undefined for any other text. */
export function parseVerdict(text: unknown): ResultVerdict | undefined {
  return RESULT_VERDICTS.find((verdict) => verdict === text);
}
