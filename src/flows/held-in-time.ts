import type { AiResult } from '../domain/dicom/ai-result.ts';
import type { HeldResults } from '../domain/held-results.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { Clock, RegisterReader } from './ports.ts';
import type { HoldsIndex } from './ports-store.ts';
import { readInTime, type ReadInTime } from './read-in-time.ts';

/** What knowing of holds needs. */
export interface HeldInTimeDeps {
  readonly register: RegisterReader;
  readonly clock: Clock;
  /** What waits for an answer; asked for only where the policy holds what AI stored. */
  readonly holds: HoldsIndex;
}

/**
 * What of a study's results waits for somebody's answer in the course of an answer of ours. Undefined, and nothing is asked, where there is
 * none or the policy holds nothing. Never throws.
 */
export async function heldInTime(
  { register, clock, holds }: HeldInTimeDeps,
  study: StudyUid,
  found: readonly AiResult[],
): Promise<ReadInTime<HeldResults> | undefined> {
  if (found.length === 0 || !isHolding(register)) return undefined;
  const uids = [...new Set(found.map(({ sopInstanceUid }) => sopInstanceUid))];
  return await readInTime(clock, () => holds.of(study, uids));
}

function isHolding(register: RegisterReader): boolean {
  try {
    return register.snapshot().policy.storedResults === 'held';
  } catch {
    // A register that cannot be read locks every result anyhow.
    return false;
  }
}
