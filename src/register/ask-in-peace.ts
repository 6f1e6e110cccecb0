import { inTime } from './in-time.ts';

/** How long those wait who show images. */
export interface Patience {
  readonly monotonicMs: () => number;
  /** How long a question may take. */
  readonly patienceMs: number;
}

/** After it did not answer, what is asked is left in peace for so long: nobody waits for it again and again. */
const PEACE_MS = 1_000;

/** Asks what may be away or slow: undefined where it does not answer in time, and for a second after that. */
export function createPeacefulAsker({
  monotonicMs,
  patienceMs,
}: Patience): <T>(ask: () => Promise<T>) => Promise<T | undefined> {
  let peaceUntil = -Infinity;
  return async (ask) => {
    if (monotonicMs() < peaceUntil) return undefined;
    try {
      return await inTime(ask(), patienceMs);
    } catch {
      // Whoever asked locks what hangs on it meanwhile.
      peaceUntil = monotonicMs() + PEACE_MS;
      return undefined;
    }
  };
}
