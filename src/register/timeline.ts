import type { Instant } from '../domain/register.ts';
import { createCountColumn, createInstantColumn } from './number-column.ts';

/** When each change of the register was recorded. */
export interface Timeline {
  /** Takes the next change; sequences come in order. */
  readonly add: (sequence: number, recordedAt: Instant) => void;
  /** Undefined before the first change. */
  readonly recordedAt: (sequence: number) => Instant | undefined;
  /** How far the register had come by an instant: 0 before the first change. */
  readonly sequenceAt: (instant: Instant) => number;
}

/**
 * An empty timeline. Changes that were recorded together are one entry. A clock that is set back does not put a change before the
 * ones it came after: for `sequenceAt` it counts as recorded with them.
 */
export function createTimeline(): Timeline {
  const firsts = createCountColumn();
  const times = createInstantColumn();
  const reached = createInstantColumn();
  let last = 0;
  return {
    add: (sequence, recordedAt) => {
      const length = times.length();
      last = sequence;
      if (length > 0 && times.get(length - 1) === recordedAt) return;
      firsts.push(sequence);
      times.push(recordedAt);
      reached.push(length === 0 ? recordedAt : Math.max(reached.get(length - 1), recordedAt));
    },
    recordedAt: (sequence) => {
      const place = countWhile(firsts.length(), (at) => firsts.get(at) <= sequence) - 1;
      return place < 0 ? undefined : times.get(place);
    },
    sequenceAt: (instant) => {
      const count = countWhile(reached.length(), (at) => reached.get(at) <= instant);
      return count === reached.length() ? last : firsts.get(count) - 1;
    },
  };
}

/** How many places from 0 hold; those that do come first. */
function countWhile(length: number, holds: (place: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
