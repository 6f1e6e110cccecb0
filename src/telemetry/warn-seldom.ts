const WARN_EVERY_MS = 60_000;

/** Passes on the first warning and then at most one a minute, whatever it says: what fails for everybody is told once. */
export function warnSeldom(
  onWarn: (message: string) => void,
  monotonicMs: () => number,
): (message: string) => boolean {
  let warnedAt = -Infinity;
  return (message) => {
    const now = monotonicMs();
    if (now - warnedAt < WARN_EVERY_MS) return false;
    warnedAt = now;
    onWarn(message);
    return true;
  };
}
