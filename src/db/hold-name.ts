import { setTimeout as pause } from 'node:timers/promises';
import { takeAdvisoryLock, type AdvisoryLock } from './advisory-lock.ts';
import type { Postgres } from './open-postgres.ts';

/** A name that one process at a time may have, held for as long as this one runs. */
export interface HeldName {
  /** Whether the name is ours, or nobody can be asked: false once another had it at `tries` looks in a row. */
  readonly claimed: Promise<boolean>;
  /** Another process has it, and is known to run. */
  readonly isTaken: () => boolean;
  /** Gives it back. Never throws. */
  readonly release: () => Promise<void>;
}

interface HoldOptions {
  readonly postgres: Pick<Postgres, 'connect'>;
  readonly name: string;
  readonly tryEveryMs: number;
  /**
   * For so many looks in a row somebody may have it without being another process: the server lets go of a connection that was cut
   * off, our own of before, only after a while.
   */
  readonly tries: number;
  /** After how many more looks it is told again. */
  readonly tellEvery: number;
  /** Told when another is known to have it, and again while it has. Must not throw. */
  readonly onTaken: () => void;
}

/**
 * Takes a name and keeps it: a connection that is lost is made anew, and the name taken again, until it is released. While the server
 * does not answer nobody else can take it either. Never throws.
 */
export function holdName(options: HoldOptions): HeldName {
  const { postgres, name, tryEveryMs, tries, tellEvery, onTaken } = options;
  const stopping = new AbortController();
  const { promise: claimed, resolve: claim } = Promise.withResolvers<boolean>();
  let refusals = 0;

  const look = async (): Promise<void> => {
    const lock = await take(postgres, name);
    if (lock === 'away') claim(true);
    else if (lock !== undefined) {
      refusals = 0;
      claim(true);
      await untilLost(lock, stopping.signal);
    } else {
      refusals += 1;
      if (refusals >= tries) claim(false);
      if (refusals >= tries && (refusals - tries) % tellEvery === 0) onTaken();
    }
  };
  const keep = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look();
      await pause(tryEveryMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };
  const keeping = keep();
  return {
    claimed,
    isTaken: () => refusals >= tries,
    release: async () => {
      stopping.abort();
      await keeping;
    },
  };
}

async function take(
  postgres: Pick<Postgres, 'connect'>,
  name: string,
): Promise<AdvisoryLock | 'away' | undefined> {
  try {
    return await takeAdvisoryLock(postgres, { name });
  } catch {
    return 'away';
  }
}

/** Resolves when the lock is lost, or at the stop; either way it is given back. */
async function untilLost({ lost, release }: AdvisoryLock, stop: AbortSignal): Promise<void> {
  const over = AbortSignal.any([lost, stop]);
  if (!over.aborted) {
    await new Promise<void>((resolve) => {
      over.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  await release();
}
