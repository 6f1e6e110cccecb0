import type { KeepReadableDeps } from './keep-readable.ts';
import type { Clock } from './ports.ts';

interface Deps extends Pick<KeepReadableDeps, 'after'> {
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/**
 * One moment for many waits of one answer: what one of them takes is gone for the next. When nothing is left, the moment is over before
 * it begins.
 */
export function sharedMoment({ after, clock }: Deps): KeepReadableDeps['after'] {
  let spentMs = 0;
  return (ms, act) => {
    if (spentMs >= ms) {
      act();
      return () => undefined;
    }
    const began = clock.monotonicMs();
    const cancel = after(ms - spentMs, () => {
      spentMs = ms;
      act();
    });
    return () => {
      cancel();
      spentMs += clock.monotonicMs() - began;
    };
  };
}
