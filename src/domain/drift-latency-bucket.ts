/**
 * Upper bounds of the buckets of a DDSketch with relative accuracy 0.01: bucket i holds (g^(i-1), g^i] with
 * g = (1 + 0.01) / (1 - 0.01) = 101/99 (Masson, Rim, Lee: DDSketch, VLDB 2019, section 2.1). For whole milliseconds
 * "x <= g^i" is "x <= floor(g^i)", so that an exact table of integers replaces a logarithm, whose last bit differs
 * between machines and would make a rebuild differ from what was counted.
 */
const GAMMA_NUMERATOR = 101n;
const GAMMA_DENOMINATOR = 99n;
/** One day: longer than any call may last. */
const MAX_MS = 86_400_000;
const UPPER_BOUNDS_MS: readonly number[] = upperBounds();

function upperBounds(): readonly number[] {
  const bounds: number[] = [];
  let numerator = 1n;
  let denominator = 1n;
  let bound = 1;
  while (bound < MAX_MS) {
    bound = Number(numerator / denominator);
    bounds.push(bound);
    numerator *= GAMMA_NUMERATOR;
    denominator *= GAMMA_DENOMINATOR;
  }
  return bounds;
}

/**
 * Name of the latency bucket of a duration in whole milliseconds: the DDSketch index as a decimal number, `zero` below
 * one millisecond, `over` above a day. Buckets of the same name add up; a quantile read from them is off by 1 % at most.
 * Undefined for what is no duration (negative, fractional, not finite).
 */
export function latencyBucket(durationMs: number): string | undefined {
  if (!Number.isSafeInteger(durationMs) || durationMs < 0) return undefined;
  if (durationMs === 0) return 'zero';
  const index = UPPER_BOUNDS_MS.findIndex((bound) => durationMs <= bound);
  return index < 0 ? 'over' : String(index);
}
