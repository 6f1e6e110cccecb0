/** Deadlines that pass when a test says so. */
interface HeldDeadlines {
  /** How long each was to be, in milliseconds. */
  readonly asked: readonly number[];
  /** For whoever waits at the end of this turn, too. */
  readonly pass: () => Promise<void>;
}

/**
 * From now on no deadline of AbortSignal.timeout passes by itself, until jest.restoreAllMocks: on a machine that stands still it would pass
 * before what has to come first.
 */
export function holdDeadlines(): HeldDeadlines {
  const asked: number[] = [];
  const deadline = new AbortController();
  jest.spyOn(AbortSignal, 'timeout').mockImplementation((delayMs) => {
    asked.push(delayMs);
    return deadline.signal;
  });
  return {
    asked,
    pass: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      deadline.abort(new DOMException('The deadline has passed.', 'TimeoutError'));
    },
  };
}
