import type { EntryFacts } from '../domain/log-entry.ts';
import type { ModelVersion } from '../domain/register.ts';
import type { InferenceAnswer } from './ports.ts';

const MICRO = 1_000_000;
/** A finding is the vendor's text: only a short plain phrase goes into the log, so that no name can slip in by length. */
const PLAIN_PHRASE = /^[\w .,()/-]{1,64}$/;

/** What the log keeps of a result: digest, coded finding, score as an integer, and which side of the threshold it fell. */
export function outputFacts(
  answer: Extract<InferenceAnswer, { kind: 'result' }>,
  modelVersion: ModelVersion | undefined,
): NonNullable<EntryFacts['output']> {
  const { score, finding } = answer;
  const threshold = modelVersion?.operatingThreshold;
  return {
    type: 'oip-v2',
    digest: answer.digest,
    codes: finding !== undefined && PLAIN_PHRASE.test(finding) ? [finding] : [],
    ...(score === undefined ? {} : { scoreMicro: Math.round(score * MICRO) }),
    ...(score === undefined || threshold === undefined ? {} : { positive: score >= threshold }),
  };
}
