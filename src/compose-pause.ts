import { setImmediate } from 'node:timers/promises';

/** Until everything else that waits has had its turn; of several that pause one goes on in each, so that many searches take no more at once. */
export function createPause(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => setImmediate());
    return last;
  };
}
