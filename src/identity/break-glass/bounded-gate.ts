import { TooManyAttempts } from '../../domain/errors.ts';

/** Runs work through a gate that lets so many in at once, and so many wait. Throws TooManyAttempts for those beyond. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

const TRY_AGAIN_SECONDS = 5;

/** A gate for work that takes much memory: however many ask at once, no more of it is taken. */
export function createGate(bounds: { readonly running: number; readonly waiting: number }): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  const enter = async (): Promise<void> => {
    if (running < bounds.running) {
      running += 1;
      return;
    }
    if (waiting.length >= bounds.waiting) throw new TooManyAttempts(TRY_AGAIN_SECONDS);
    // Whoever leaves hands the place on, so the count stays.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
