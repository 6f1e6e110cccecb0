import type { RateCounter } from './identity-stores.ts';

/** Addresses and accounts remembered at once; with more, those whose window ended are dropped first, then the oldest. */
const MAX_KEYS = 50_000;

/** Counts attempts in fixed windows, in memory: for a gateway of one process. */
export function createMemoryRates(monotonicMs: () => number): RateCounter {
  const windows = new Map<string, { readonly endsAt: number; count: number }>();
  return {
    hit: (key, windowMs) => {
      const now = monotonicMs();
      const window = windows.get(key);
      if (window !== undefined && now < window.endsAt) {
        window.count += 1;
        return Promise.resolve(window.count);
      }
      windows.delete(key);
      makeRoom(windows, now);
      windows.set(key, { endsAt: now + windowMs, count: 1 });
      return Promise.resolve(1);
    },
  };
}

function makeRoom(windows: Map<string, { readonly endsAt: number }>, now: number): void {
  if (windows.size < MAX_KEYS) return;
  for (const [key, { endsAt }] of windows) if (now >= endsAt) windows.delete(key);
  for (const key of windows.keys()) {
    if (windows.size < MAX_KEYS) return;
    windows.delete(key);
  }
}
