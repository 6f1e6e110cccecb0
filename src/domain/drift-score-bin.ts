/** Scores are integers of one millionth (`scoreMicro`). */
const MICRO = 1_000_000n;

/** Odds grow by this factor from edge to edge: a spacing of ln 1.1, about 0.095, on the logit scale. */
const ODDS_NUMERATOR = 11n;
const ODDS_DENOMINATOR = 10n;
/** 126 steps either way reach logit 12, where a score is one millionth away from certain. */
const STEPS = 126;

/**
 * Lower edges of the score bins in millionths, ascending, until a baseline record brings its own.
 * Spaced evenly on the logit scale, with exact 0 and exact 1 in bins of their own and one bin for what lies above 1.
 * Equal widths on the probability scale are wrong for image networks, whose scores crowd at both ends: they hide the
 * order inside the first and last bin and with it a fall of AUROC. Quantile bins of the baseline are better still.
 * Computed in integers, so that every machine gets the same edges.
 */
export const DEFAULT_SCORE_EDGES: readonly number[] = logitEdges();

function logitEdges(): readonly number[] {
  const edges = new Set<number>([0, 1, Number(MICRO), Number(MICRO) + 1]);
  for (let step = 0; step <= STEPS; step += 1) {
    const up = ODDS_NUMERATOR ** BigInt(step);
    const total = up + ODDS_DENOMINATOR ** BigInt(step);
    // p = odds / (1 + odds), rounded to the nearest millionth.
    const edge = Number((2n * MICRO * up + total) / (2n * total));
    edges.add(edge);
    edges.add(Number(MICRO) - edge);
  }
  return [...edges].sort((a, b) => a - b);
}

/**
 * Name of the bin that holds a score: its lower edge in millionths (bin b holds edges[b] <= score < edges[b+1]), `below`
 * under the first edge, `invalid` for what is no safe integer. The name says what it holds, so that bins of different
 * sets of edges are never taken for each other by position.
 */
export function scoreBin(scoreMicro: number, edges: readonly number[]): string {
  if (!Number.isSafeInteger(scoreMicro)) return 'invalid';
  const edge = edges.findLast((one) => one <= scoreMicro);
  return edge === undefined ? 'below' : String(edge);
}
