import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** How fast work in slices goes on, on a thread that answers calls besides. */
export interface Pace {
  /** Between two slices. While nobody waits for the work it takes one part of the time in ten or less; otherwise others get a turn. */
  readonly rest: () => Promise<void>;
  /** Does something that waits for the work. */
  readonly hurried: <T>(act: () => Promise<T>) => Promise<T>;
}

interface Time {
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}

const REST_PER_WORK = 9;
/** After a slice that was itself held up by others. */
const MAX_REST_MS = 50;

/** Begins unhurried. */
export function createPace(time: Time = { nowMs: () => performance.now(), pause }): Pace {
  let waiting = 0;
  let sinceMs = time.nowMs();
  return {
    rest: async () => {
      const tookMs = time.nowMs() - sinceMs;
      await (waiting > 0 ? nextTurn() : time.pause(Math.min(tookMs * REST_PER_WORK, MAX_REST_MS)));
      sinceMs = time.nowMs();
    },
    hurried: async (act) => {
      waiting += 1;
      try {
        return await act();
      } finally {
        waiting -= 1;
      }
    },
  };
}
