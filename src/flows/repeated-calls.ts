import { heldBytes } from './held-bytes.ts';
import type { Clock } from './ports.ts';
import type { SharedCall } from './share-call.ts';

/** A call that was asked for under a key. */
export interface KeyedCall extends SharedCall {
  /** What was asked, as a digest: under one key only one thing is asked. */
  readonly asked: string;
  /** The sign-in it runs for, as a digest. */
  readonly signIn: string;
  /** Over its raw tensors, once they were read; undefined of a call without any. */
  readonly tensorDigest: () => string | undefined;
}

/** Calls of late by their keys, in this process. */
export interface RepeatedCalls {
  readonly find: (key: string) => KeyedCall | undefined;
  /** Kept while it runs, and its answer for a while after; not one that came in pieces, or is long. */
  readonly keep: (key: string, call: KeyedCall) => void;
}

interface Terms {
  readonly maxCalls: number;
  /** Of one answer; longer ones are not kept. */
  readonly maxBytes: number;
  /** Of all answers that are kept, in memory, what was parsed of them too. */
  readonly maxTotalBytes: number;
  readonly keepMs: number;
}

interface Kept extends KeyedCall {
  tensorDigest: KeyedCall['tensorDigest'];
  /** Running ones go on being kept. */
  endedAtMs: number | undefined;
  /** What its answer takes, in bytes; nothing while it runs. */
  bytes: number;
}

/** Bounded: 256 answers of at most 256 KiB each as they came, and 32 MiB in all as they are held, for ten minutes. */
const TERMS: Terms = { maxCalls: 256, maxBytes: 262_144, maxTotalBytes: 33_554_432, keepMs: 600_000 };

/** None yet. */
export function createRepeatedCalls(
  clock: Pick<Clock, 'monotonicMs'>,
  { maxCalls, maxBytes, maxTotalBytes, keepMs }: Terms = TERMS,
): RepeatedCalls {
  const calls = new Map<string, Kept>();
  const isOld = ({ endedAtMs }: Kept): boolean =>
    endedAtMs !== undefined && clock.monotonicMs() - endedAtMs >= keepMs;
  /** In the order in which they were asked for; one that still runs is dropped last. */
  const makeRoom = (): void => {
    for (const [key, call] of calls) {
      if (isOld(call) || (calls.size >= maxCalls && call.endedAtMs !== undefined)) calls.delete(key);
    }
  };
  return {
    find: (key) => {
      const call = calls.get(key);
      return call === undefined || isOld(call) ? undefined : call;
    },
    keep: (key, call) => {
      makeRoom();
      if (calls.size >= maxCalls) return;
      const kept: Kept = { ...call, endedAtMs: undefined, bytes: 0 };
      calls.set(key, kept);
      void sizeOf(call.answer, maxBytes).then((bytes) => {
        const isKept = bytes !== undefined && bytes <= maxTotalBytes;
        if (isKept) dropOldest(calls, maxTotalBytes - bytes);
        Object.assign(kept, { endedAtMs: clock.monotonicMs(), bytes: bytes ?? 0 });
        // Whatever its tensors came by is let go.
        const tensorDigest = kept.tensorDigest();
        kept.tensorDigest = () => tensorDigest;
        if (!isKept) calls.delete(key);
      });
    },
  };
}

/** Answers that are over, until the others take no more than that. */
function dropOldest(calls: Map<string, Kept>, mostBytes: number): void {
  let total = [...calls.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  for (const [key, { bytes, endedAtMs }] of calls) {
    if (total <= mostBytes) return;
    if (endedAtMs === undefined) continue;
    calls.delete(key);
    total -= bytes;
  }
}

/**
 * What an answer takes that may be kept; undefined of another. Of a failure the log knows whether it may be tried again. Never rejects:
 * whoever asked is told.
 */
async function sizeOf(answer: KeyedCall['answer'], maxBytes: number): Promise<number | undefined> {
  try {
    const released = await answer;
    if (released.kind !== 'result' || (released.length ?? Infinity) > maxBytes) return undefined;
    return heldBytes([released.body, ...(released.files ?? []), released.doseFlags]);
  } catch {
    return undefined;
  }
}
