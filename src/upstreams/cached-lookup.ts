import { UpstreamFault } from '../domain/errors.ts';

/** How long and how much to keep. */
export interface CacheLimits {
  readonly nowMs: () => number;
  readonly cacheTtlMs: number;
  readonly maxEntries: number;
}

/** Asking anew again and again for what is not there must not keep the PACS busy. */
const ANEW_AT_MOST_EVERY_MS = 1000;

interface Kept<V> {
  readonly value: V;
  readonly at: number;
}

/** Looks things up through a small memory. */
export interface CachedLookup<V> {
  /** What is kept, whatever its age; undefined when nothing is. */
  readonly peek: (key: string) => V | undefined;
  /** What is kept if fresh, else looked up anew. Throws what the look-up throws, or UpstreamFault when the caller leaves. */
  readonly get: (key: string, signal: AbortSignal, options?: { readonly anew?: boolean }) => Promise<V>;
  /** Drops what is kept under the keys that fit, and what look-ups that are under way will find: they may have begun too early. */
  readonly forget: (fits: (key: string) => boolean) => void;
}

/**
 * A bounded memory in front of a look-up, by key, the least recently used leaving first. Callers who ask for the same
 * key at the same time share one look-up; it goes on when one of them leaves. Failures are not kept. `madeAt` says of a value that
 * rests on something older how old it is.
 */
export function createCachedLookup<V>(
  limits: CacheLimits,
  lookUp: (key: string, signal: AbortSignal, kept: V | undefined) => Promise<V>,
  madeAt: (value: V) => number = () => Infinity,
): CachedLookup<V> {
  const kept = new Map<string, Kept<V>>();
  const running = new Map<string, Promise<V>>();

  const start = (key: string): Promise<V> => {
    // Not the caller's signal: others may wait for the same. The client's own timeouts end it.
    const run: Promise<V> = lookUp(key, new AbortController().signal, kept.get(key)?.value)
      .then((value) => {
        // One that was told to forget it began before something changed.
        const at = Math.min(madeAt(value), limits.nowMs());
        if (running.get(key) === run) keep(kept, key, { value, at }, limits.maxEntries);
        return value;
      })
      .finally(() => {
        if (running.get(key) === run) running.delete(key);
      });
    // Every caller may have left by the time it fails; then nobody is there to hear it.
    run.catch(() => undefined);
    running.set(key, run);
    return run;
  };

  return {
    peek: (key) => kept.get(key)?.value,
    get: async (key, signal, options) => {
      const known = kept.get(key);
      const maxAgeMs =
        options?.anew === true ? Math.min(ANEW_AT_MOST_EVERY_MS, limits.cacheTtlMs) : limits.cacheTtlMs;
      if (known !== undefined && isYounger(known, maxAgeMs, limits.nowMs())) {
        keep(kept, key, known, limits.maxEntries);
        return known.value;
      }
      return await orLeave(running.get(key) ?? start(key), signal);
    },
    forget: (fits) => {
      for (const keys of [kept, running]) for (const key of [...keys.keys()].filter(fits)) keys.delete(key);
    },
  };
}

/** Age is never negative: a clock that stepped back makes what is kept stale, not everlasting. */
function isYounger(known: { readonly at: number }, maxAgeMs: number, nowMs: number): boolean {
  const age = nowMs - known.at;
  return age >= 0 && age < maxAgeMs;
}

function keep<V>(kept: Map<string, Kept<V>>, key: string, entry: Kept<V>, maxEntries: number): void {
  kept.delete(key);
  kept.set(key, entry);
  for (const oldest of kept.keys()) {
    if (kept.size <= maxEntries) return;
    kept.delete(oldest);
  }
}

async function orLeave<V>(run: Promise<V>, signal: AbortSignal): Promise<V> {
  const left = (): UpstreamFault =>
    new UpstreamFault('upstream-timeout', 'pacs', { detail: 'The caller left before the PACS answered.' });
  if (signal.aborted) throw left();
  return await new Promise<V>((resolve, reject) => {
    const leave = (): void => reject(left());
    signal.addEventListener('abort', leave, { once: true });
    run.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
