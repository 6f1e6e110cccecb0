import type { StoredRecord } from './record-store.ts';

const DIGEST_DIGITS = 16;

/** Entity tag of a record's state: which change it was, and what it says. What is set back to earlier words has another tag. */
export function etagOf({ sequence, digest }: Pick<StoredRecord, 'sequence' | 'digest'>): string {
  const start = 'sha256:'.length;
  return `${String(sequence)}-${digest.slice(start, start + DIGEST_DIGITS)}`;
}
