/** How often it is looked whether this process runs. */
const LOOK_MS = 10;
/** Late by no more than this is usual, and counts. */
const USUAL_MS = 20;

interface Moment {
  readonly atMs: number;
  /** CPU time of this process so far. */
  readonly cpuMs: number;
}

/**
 * What came of a call, and how many milliseconds it took, without those in which the machine did not let this process run: whoever waits
 * within it would not be answered sooner. Time that the process itself used up counts, also where nothing else came to its turn.
 */
export async function timedAwake<T>(
  call: () => Promise<T>,
): Promise<{ readonly value: T; readonly tookMs: number }> {
  const began = momentNow();
  let last = began;
  let stoodMs = 0;
  const look = (): void => {
    const now = momentNow();
    const lateMs = now.atMs - last.atMs - LOOK_MS;
    if (lateMs > USUAL_MS) stoodMs += Math.max(0, lateMs - (now.cpuMs - last.cpuMs));
    last = now;
  };
  const timer = setInterval(look, LOOK_MS);
  try {
    const value = await call();
    look();
    return { value, tookMs: last.atMs - began.atMs - stoodMs };
  } finally {
    clearInterval(timer);
  }
}

function momentNow(): Moment {
  const { user, system } = process.cpuUsage();
  return { atMs: performance.now(), cpuMs: (user + system) / 1_000 };
}
