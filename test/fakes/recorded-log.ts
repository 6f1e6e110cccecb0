import { createHash } from 'node:crypto';
import type { CaseId } from '../../src/domain/identifiers.ts';
import type { EntryFacts, EntryKind, LogEntry } from '../../src/domain/log-entry.ts';
import type { CaseLogReader, EntryFilter } from '../../src/flows/ports.ts';

/** 1 July 2026, 12:00 UTC, in microseconds. */
export const NOON_US = Date.UTC(2026, 6, 1, 12) * 1000;

interface Drafted {
  readonly kind: EntryKind;
  readonly facts: EntryFacts;
  readonly wallUs?: number;
  readonly caseId?: CaseId;
  /** Id of the entry that opened the case: `e-<seq>`. */
  readonly intent?: string;
}

/** An entry as a reader gives it, with a leaf that depends on where it stands and what it says. */
export function recordedEntry(seq: number, { wallUs = NOON_US, ...drafted }: Drafted): LogEntry {
  const body = Buffer.from(JSON.stringify({ seq, ...drafted, wallUs }));
  const leaf = createHash('sha256').update(body).digest('hex');
  return { seq, id: `e-${seq}`, ...drafted, node: 'n1', boot: 'b1', wallUs, personal: {}, leaf, body };
}

export interface RecordedLog extends Pick<CaseLogReader, 'range' | 'entries'> {
  readonly add: (...drafts: readonly Drafted[]) => void;
  /** The next entry from this seq on fails to be read, until `mend`. */
  readonly breakAt: (seq: number) => void;
  /** This entry is left out without a word. */
  readonly loseEntry: (seq: number) => void;
  readonly mend: () => void;
  /** Another history: the log as it was at an older size. */
  readonly restoreTo: (size: number) => void;
  readonly size: () => number;
  /** How often `entries` was asked. */
  readonly lookups: () => number;
}

/** A log of given entries, read the way counters read it; ranges beyond its end stop there. */
export function createRecordedLog(...drafts: readonly Drafted[]): RecordedLog {
  const entries: LogEntry[] = [];
  let broken = Infinity;
  let [lost, lookups] = [-1, 0];
  const add = (...more: readonly Drafted[]): void => {
    for (const draft of more) entries.push(recordedEntry(entries.length, draft));
  };
  add(...drafts);
  return {
    add,
    breakAt: (seq) => void (broken = seq),
    loseEntry: (seq) => void (lost = seq),
    mend: () => {
      broken = Infinity;
      lost = -1;
    },
    restoreTo: (size) => void entries.splice(size),
    size: () => entries.length,
    lookups: () => lookups,
    entries: async (filter) => {
      lookups += 1;
      const found = entries.filter((entry) => isAskedFor(entry, filter));
      if (found.some(({ seq }) => seq >= broken)) throw new Error('disk I/O error');
      return await Promise.resolve(found.toReversed().slice(0, filter.limit));
    },
    async *range(fromSeq, toSeq) {
      for (const entry of entries.slice(fromSeq, toSeq)) {
        await Promise.resolve();
        if (entry.seq >= broken) throw new Error('disk I/O error');
        if (entry.seq !== lost) yield entry;
      }
    },
  };
}

/** As far as counters ask. */
function isAskedFor(entry: LogEntry, { caseId, kinds, beforeSeq = Infinity, ...more }: EntryFilter): boolean {
  if (more.model !== undefined || more.personal !== undefined || more.afterSeq !== undefined)
    throw new Error('this log finds cases only');
  return entry.caseId === caseId && kinds?.includes(entry.kind) !== false && entry.seq < beforeSeq;
}
