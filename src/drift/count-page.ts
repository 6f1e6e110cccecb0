import { driftCells, type CountingRules, type DriftCell } from '../domain/drift-cells.ts';
import { createDriftTally, type DriftTally } from '../domain/drift-tally.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import type { CaseLogReader } from '../flows/ports.ts';
import type { AcceptanceFilter } from './create-acceptance-filter.ts';
import type { DriftCursor } from './drift-store.ts';
import { readPage } from './read-page.ts';

/** What the entries after a cursor add, or the news that the log is not the one that was counted. */
export type CountedPage =
  | {
      readonly kind: 'counted';
      readonly next: DriftCursor;
      readonly cells: readonly DriftCell[];
      /** Whether the end of the log was reached. */
      readonly isEnd: boolean;
    }
  | { readonly kind: 'other-log' };

interface Deps {
  readonly reader: Pick<CaseLogReader, 'range'>;
  readonly rules: CountingRules;
  /** Entries of a page at most. */
  readonly pageSize: number;
  /** Lets others have the thread, between slices. */
  readonly rest: () => Promise<void>;
}

/** Entries read and counted in one go: few enough that no call waits long behind them. */
const SLICE = 16;

/**
 * Counts the entries after the cursor, a slice at a time, up to a page of them: what is then to be written in one transaction, which is
 * worth more than a few entries. Throws what `readPage` throws.
 */
export async function countPage(
  { reader, rules, pageSize, rest }: Deps,
  from: DriftCursor,
  filter: AcceptanceFilter,
): Promise<CountedPage> {
  const tally = createDriftTally();
  let [next, left] = [from, pageSize];
  const counted = (isEnd: boolean): CountedPage => ({ kind: 'counted', next, cells: tally.cells(), isEnd });
  for (;;) {
    const limit = Math.min(left, SLICE);
    const slice = await readSlice(reader, { from: next, limit }, filter);
    if (slice.kind === 'other-log') return slice;
    // What comes before an entry that cannot be read is worth counting; the next page begins with it.
    if (slice.kind === 'fault') {
      if (next === from) throw slice.fault;
      return counted(false);
    }
    addEntries(tally, slice.counted, rules);
    [next, left] = [after(next, slice.entries), left - slice.entries.length];
    const isEnd = slice.entries.length < limit;
    if (isEnd || left === 0) return counted(isEnd);
    await rest();
  }
}

type Slice =
  | {
      readonly kind: 'entries';
      readonly entries: readonly LogEntry[];
      /** Those of them that count. */
      readonly counted: readonly LogEntry[];
    }
  | { readonly kind: 'fault'; readonly fault: unknown }
  | { readonly kind: 'other-log' };

async function readSlice(
  reader: Deps['reader'],
  { from, limit }: { readonly from: DriftCursor; readonly limit: number },
  filter: AcceptanceFilter,
): Promise<Slice> {
  try {
    const slice = await readPage(reader, from, limit);
    return slice.kind === 'other-log' ? slice : { ...slice, counted: await filter(slice.entries) };
  } catch (fault: unknown) {
    return { kind: 'fault', fault };
  }
}

/** Adds what these entries count for. */
export function addEntries(tally: DriftTally, entries: readonly LogEntry[], rules: CountingRules): void {
  tally.add(entries.flatMap((entry) => driftCells(entry, rules)));
}

function after(cursor: DriftCursor, entries: readonly LogEntry[]): DriftCursor {
  const last = entries.at(-1);
  return last === undefined ? cursor : { ...cursor, nextSeq: last.seq + 1, lastLeaf: last.leaf };
}
