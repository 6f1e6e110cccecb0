/** One end of a worker process. */
interface WorkerEnd {
  readonly livedMs: number;
  /** How many times in a row it had ended soon after its start, before this. */
  readonly soonBefore: number;
  /** Whether another worker takes calls meanwhile. */
  readonly othersListen: boolean;
}

/** What becomes of it: it is started again after a while, or there is no use in trying. */
export type WorkerRestart =
  { readonly kind: 'again'; readonly waitMs: number; readonly soon: number } | { readonly kind: 'give-up' };

/** Whoever lived so long was well; what ends it then is something new. */
const SOON_MS = 60_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/** So often in a row, and nothing will come of another try. */
const TRIES = 5;

/**
 * What to do about a worker that has ended. Each try waits twice as long as the one before, up to half a minute. The tries are bounded
 * only while nobody takes calls: as long as one worker shows images, the others' trouble must not end it.
 */
export function restartWorker({ livedMs, soonBefore, othersListen }: WorkerEnd): WorkerRestart {
  const soon = livedMs < SOON_MS ? soonBefore + 1 : 0;
  if (soon >= TRIES && !othersListen) return { kind: 'give-up' };
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, soon - 1), LONGEST_WAIT_MS);
  return { kind: 'again', waitMs, soon };
}
