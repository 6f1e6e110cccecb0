import { SALT_BYTES } from '../domain/commitment.ts';
import { personalValues } from '../domain/entry-body.ts';
import type { EntryDraft } from '../domain/log-entry.ts';
import type { Clock } from '../flows/ports.ts';
import type { StampedEntry } from './writer-messages.ts';

interface Deps {
  readonly clock: Clock;
  readonly randomBytes: (n: number) => Uint8Array;
}

const US_PER_MS = 1000;
const NS_PER_MS = 1_000_000;

/** Adds to a draft the time of now and a fresh salt for each personal value. */
export function stampEntry({ clock, randomBytes }: Deps, draft: EntryDraft): StampedEntry {
  const values = personalValues(draft);
  // Asked for at once: each asking costs more than the bytes do. Parts of one buffer, which is what crosses to the append thread.
  const bytes = randomBytes(SALT_BYTES * values.length);
  const saltAt = (at: number): Uint8Array => bytes.subarray(at * SALT_BYTES, (at + 1) * SALT_BYTES);
  return {
    draft,
    wallUs: Math.round(clock.nowMs() * US_PER_MS),
    monoNs: String(Math.round(clock.monotonicMs() * NS_PER_MS)),
    salts: Object.fromEntries(values.map(({ label }, at) => [label, saltAt(at)])),
  };
}
