import type { Decision } from '../domain/decision.ts';
import type { EntryFacts } from '../domain/log-entry.ts';
import type { InferenceAnswer } from './ports.ts';

const MICRO = 1_000_000;

type Judged = Pick<Decision, 'modelVersion' | 'binding'>;

/**
 * What the log keeps of a result: digest, coded finding, score as an integer, and which side of the threshold it fell. A finding is
 * the vendor's text and could name somebody: only one that the register lists for this endpoint is kept.
 */
export function outputFacts(
  answer: Extract<InferenceAnswer, { kind: 'result' }>,
  { modelVersion, binding }: Judged,
): NonNullable<EntryFacts['output']> {
  const { score, finding } = answer;
  const threshold = thresholdOf(modelVersion, binding);
  const codes = (binding?.findings ?? []).filter((listed) => listed === finding);
  return {
    type: 'oip-v2',
    digest: answer.digest,
    codes,
    ...(score === undefined ? {} : { scoreMicro: Math.round(score * MICRO) }),
    ...(score === undefined || threshold === undefined ? {} : { positive: score >= threshold }),
  };
}

/** That of the endpoint where it has its own: one version may serve several functions, each with scores of another kind. */
function thresholdOf(modelVersion: Judged['modelVersion'], binding: Judged['binding']): number | undefined {
  return binding?.operatingThreshold ?? modelVersion?.operatingThreshold;
}
