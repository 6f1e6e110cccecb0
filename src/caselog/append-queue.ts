import { CaseLogUnavailable, GatewayError } from '../domain/errors.ts';
import type { Receipt } from '../domain/log-entry.ts';
import type { EntryVerdict, StampedEntry } from './writer-messages.ts';

interface Waiting {
  readonly entry: StampedEntry;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: GatewayError) => void;
}

interface Options {
  /** Writes one batch; rejects when none of it is known to be written. */
  readonly write: (entries: readonly StampedEntry[]) => Promise<readonly EntryVerdict[]>;
  readonly maxBatch: number;
  /** Callers that may wait besides the batch in flight; one more is refused at once. */
  readonly maxWaiting: number;
  /** Whether whoever waits behind a write that failed so has waited long enough, and is refused with it. */
  readonly refusesAll?: (failure: unknown) => boolean;
}

/** Callers wait here while a batch is on its way to the disk. */
export interface AppendQueue {
  readonly append: (entry: StampedEntry) => Promise<Receipt>;
  /** Resolves when nobody waits any more. */
  readonly idle: () => Promise<void>;
}

/**
 * Group commit: one batch in flight, and whoever came meanwhile makes up the next. No timer, so that a lone caller never
 * waits for company and a crowd shares each fsync.
 */
export function createAppendQueue(options: Options): AppendQueue {
  const { maxBatch, maxWaiting, refusesAll = () => false } = options;
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const failure = await writeBatch(options.write, waiting.splice(0, maxBatch));
      if (refusesAll(failure)) for (const { reject } of waiting.splice(0)) reject(unavailable(failure));
    }
    running = undefined;
  };
  return {
    append: async (entry) => {
      if (waiting.length >= maxWaiting) {
        throw new CaseLogUnavailable(
          'The case log cannot keep up: too many entries are waiting. Try again in a moment.',
        );
      }
      return await new Promise<Receipt>((resolve, reject) => {
        waiting.push({ entry, resolve, reject });
        running ??= drain();
      });
    },
    idle: async () => {
      await running;
    },
  };
}

/** Tells each caller of a batch what became of their entry. Resolves to why nothing of it was written, if so. */
async function writeBatch(write: Options['write'], batch: readonly Waiting[]): Promise<unknown> {
  let verdicts: readonly EntryVerdict[] = [];
  let failure: unknown;
  try {
    verdicts = await write(batch.map(({ entry }) => entry));
  } catch (error: unknown) {
    failure = error;
  }
  batch.forEach((caller, index) => {
    const verdict = verdicts[index];
    if (verdict?.ok === true) caller.resolve(verdict.receipt);
    else
      caller.reject(verdict === undefined ? unavailable(failure) : new GatewayError(verdict.code, verdict));
  });
  return failure;
}

function unavailable(cause: unknown): CaseLogUnavailable {
  return cause instanceof CaseLogUnavailable
    ? cause
    : new CaseLogUnavailable('The case log could not confirm the entry.', cause);
}
