import type { Register } from './open-register.ts';

interface Following {
  readonly register: Pick<Register, 'catchUp'>;
  /** From the beginning of one look to that of the next; one that took longer is followed at once. */
  readonly everyMs: number;
  /** Told why the register cannot be followed: once while the reason stays the same. Must not throw. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Keeps the register of this node up with what other nodes change: looks, waits, looks again. One look at a time; a failure is told
 * and the next look tries again. Never throws. `stop` resolves when no look is under way any more.
 */
export function followRegister({ register, everyMs, onFailure }: Following): {
  readonly stop: () => Promise<void>;
} {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let told: string | undefined;
  const tell = (error: unknown): void => {
    const reason = String(error);
    if (reason !== told) onFailure(error);
    told = reason;
  };
  const look = async (): Promise<void> => {
    const beganAt = performance.now();
    try {
      await register.catchUp();
      told = undefined;
    } catch (error: unknown) {
      tell(error);
    }
    const restMs = Math.max(0, everyMs - (performance.now() - beganAt));
    if (isStopped) return;
    timer = setTimeout(() => {
      looking = look();
    }, restMs).unref();
  };
  let looking = look();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
