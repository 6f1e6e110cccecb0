import type { Decision } from '../domain/decision.ts';
import type { DoseFlag } from '../domain/dose.ts';
import type { EntryFacts } from '../domain/log-entry.ts';
import type { InferenceResult } from './ports-inference.ts';

const MICRO = 1_000_000;

type JudgedAnswer = Pick<InferenceResult, 'score' | 'finding' | 'digest' | 'textDigest'> & {
  /** What `flagAnswer` says of its doses. */
  readonly doseFlags?: readonly DoseFlag[];
};
type Judged = Pick<Decision, 'modelVersion' | 'binding'>;

/**
 * What the log keeps of a result: digest, coded finding, score as an integer, and which side of the threshold it fell. A finding is
 * the vendor's text and could name somebody: only one that the register lists for this endpoint is kept.
 */
export function outputFacts(
  answer: JudgedAnswer,
  { modelVersion, binding }: Judged,
): NonNullable<EntryFacts['output']> {
  const { finding, digest, textDigest, doseFlags: dose } = answer;
  const codes = (binding?.findings ?? []).filter((listed) => listed === finding);
  return {
    type: binding?.protocol ?? 'oip-v2',
    ...{ digest, codes },
    ...(textDigest === undefined ? {} : { textDigest }),
    ...(dose === undefined ? {} : { dose }),
    ...scoreFacts(answer.score, thresholdOf(modelVersion, binding)),
  };
}

function scoreFacts(
  score: number | undefined,
  threshold: number | undefined,
): Pick<NonNullable<EntryFacts['output']>, 'scoreMicro' | 'positive'> {
  if (score === undefined) return {};
  const scoreMicro = Math.round(score * MICRO);
  return threshold === undefined ? { scoreMicro } : { scoreMicro, positive: score >= threshold };
}

/** That of the endpoint where it has its own: one version may serve several functions, each with scores of another kind. */
function thresholdOf(modelVersion: Judged['modelVersion'], binding: Judged['binding']): number | undefined {
  return binding?.operatingThreshold ?? modelVersion?.operatingThreshold;
}
