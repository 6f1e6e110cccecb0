import type { InferenceDeps } from './inference-case.ts';
import type { StreamEvent } from './ports-inference.ts';

interface Watch extends Pick<InferenceDeps, 'after'> {
  readonly everyMs: number;
  /** Throws where nothing more is wanted. */
  readonly look: () => Promise<void>;
}

/**
 * The same events; while the next one does not come, `look` is asked so often whether it is still wanted. Left early it leaves the
 * endpoint, and one that is silent is not waited for. Throws what the events throw, and what `look` throws.
 */
export async function* watchedEvents(
  events: AsyncIterable<StreamEvent>,
  watch: Watch,
): AsyncGenerator<StreamEvent, void, undefined> {
  const iterator = events[Symbol.asyncIterator]();
  let isSilent = false;
  try {
    for (;;) {
      const next = iterator.next();
      isSilent = true;
      while (!(await comesInTime(next, watch))) await watch.look();
      isSilent = false;
      const step = await next;
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    // What goes wrong in leaving is the endpoint's, and why it was left is told already.
    const left = iterator.return?.().catch(() => undefined);
    if (!isSilent) await left;
  }
}

/** Whether it is settled before it is time to look. That it failed is for whoever awaits it. */
async function comesInTime(next: Promise<unknown>, { after, everyMs }: Watch): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cancel = after(everyMs, () => {
    resolve(false);
  });
  const come = (): void => {
    resolve(true);
  };
  next.then(come, come);
  const isCome = await promise;
  cancel();
  return isCome;
}
