import type { Clock } from './ports.ts';

/** Something that may change while an answer is on its way. */
export interface ReadInTime<T> {
  /** As it was read last, unless that is too long ago. Asked again and again it is read anew beside the stream. */
  readonly now: () => T | undefined;
  /** Waits for it to be read where what is known is as good as unread; else it is done at once. Never rejects. */
  readonly readAnew: () => Promise<void>;
}

/** While objects leave it is read again after so long: twice the time that reading may take before they lock. */
const ANEW_AFTER_MS = 250;
/** What was read so long ago is as good as unread. */
const STALE_AFTER_MS = 1_000;

/** Reads it, and again in the course of an answer. `read` must not reject: undefined says that it cannot be read. */
export async function readInTime<T>(
  clock: Pick<Clock, 'monotonicMs'>,
  read: () => Promise<T | undefined>,
): Promise<ReadInTime<T>> {
  // As of when it was asked for: what changed while it came may not be in it.
  const readNow = async () => ({ at: clock.monotonicMs(), value: await read() });
  let known = await readNow();
  let reading: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    known = await readNow();
    reading = undefined;
  };
  const age = (): number => clock.monotonicMs() - known.at;
  return {
    now: () => {
      if (age() >= ANEW_AFTER_MS) reading ??= begin();
      return age() < STALE_AFTER_MS ? known.value : undefined;
    },
    readAnew: async () => {
      // One that is under way may itself have been begun too long ago.
      for (let asked = 0; asked < 2 && age() >= STALE_AFTER_MS; asked += 1) await (reading ??= begin());
    },
  };
}
