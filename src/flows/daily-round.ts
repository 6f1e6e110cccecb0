import type { Clock } from './ports.ts';

interface Round {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly work: () => Promise<unknown>;
  /** Told why the work failed; must not throw. */
  readonly onFailure: (error: unknown) => void;
}

const DAY_MS = 86_400_000;

/**
 * Makes what does some work once a day, however often it is called: the first call does it, and after a failure the next one does it
 * again. Calls while it is being done do nothing. Never rejects.
 */
export function createDailyRound({ clock, work, onFailure }: Round): () => Promise<void> {
  let doneAt = -Infinity;
  let isAtWork = false;
  return async () => {
    if (isAtWork || clock.monotonicMs() - doneAt < DAY_MS) return;
    isAtWork = true;
    const began = clock.monotonicMs();
    try {
      await work();
      doneAt = began;
    } catch (error: unknown) {
      // Why not rethrow: nobody waits for it, and the next call tries again.
      onFailure(error);
    } finally {
      isAtWork = false;
    }
  };
}
