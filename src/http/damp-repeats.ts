import type { Clock } from '../flows/ports.ts';

/** What to do with one more of a kind: tell it in full, with how many were not since the last time; or in short. */
export type Told = { readonly inFull: true; readonly damped: number } | { readonly inFull: false };

const MINUTE_MS = 60_000;

/** Lets one of each kind be told in full a minute: what fails for everybody fills no disk. Kinds must come from a closed set. */
export function createDamper(clock: Pick<Clock, 'monotonicMs'>): (kind: string) => Told {
  const kinds = new Map<string, { readonly toldAt: number; damped: number }>();
  return (kind) => {
    const now = clock.monotonicMs();
    const last = kinds.get(kind);
    if (last !== undefined && now - last.toldAt < MINUTE_MS) {
      last.damped += 1;
      return { inFull: false };
    }
    kinds.set(kind, { toldAt: now, damped: 0 });
    return { inFull: true, damped: last?.damped ?? 0 };
  };
}
