import { TooManyAttempts } from '../../domain/errors.ts';

/** Runs work of somebody through a gate that lets so many in at once, and so many wait. Throws TooManyAttempts for those beyond. */
export type Gate = <T>(whose: string, work: () => Promise<T>) => Promise<T>;

export interface GateBounds {
  readonly running: number;
  readonly waiting: number;
  /** Of one and the same, so that nobody alone keeps the others out. */
  readonly waitingOfOne: number;
}

interface Waiting {
  readonly whose: string;
  readonly enter: () => void;
}

const TRY_AGAIN_SECONDS = 5;

/** A gate for work that takes much memory: however many ask at once, no more of it is taken. */
export function createGate(bounds: GateBounds): Gate {
  const waiting: Waiting[] = [];
  let running = 0;
  const enter = async (whose: string): Promise<void> => {
    if (running < bounds.running) {
      running += 1;
      return;
    }
    const ofOne = waiting.filter((one) => one.whose === whose).length;
    if (waiting.length >= bounds.waiting || ofOne >= bounds.waitingOfOne)
      throw new TooManyAttempts(TRY_AGAIN_SECONDS);
    // Whoever leaves hands the place on, so the count stays.
    await new Promise<void>((resolve) => waiting.push({ whose, enter: resolve }));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next.enter();
  };
  return async (whose, work) => {
    await enter(whose);
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
