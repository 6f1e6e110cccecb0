import { createHash } from 'node:crypto';
import type { EntryFacts, EntryKind, LogEntry } from '../../src/domain/log-entry.ts';
import type { CaseLogReader } from '../../src/flows/ports.ts';

/** 1 July 2026, 12:00 UTC, in microseconds. */
export const NOON_US = Date.UTC(2026, 6, 1, 12) * 1000;

interface Drafted {
  readonly kind: EntryKind;
  readonly facts: EntryFacts;
  readonly wallUs?: number;
}

/** An entry as a reader gives it, with a leaf that depends on where it stands and what it says. */
export function recordedEntry(seq: number, { kind, facts, wallUs = NOON_US }: Drafted): LogEntry {
  const body = Buffer.from(JSON.stringify({ seq, kind, facts, wallUs }));
  const leaf = createHash('sha256').update(body).digest('hex');
  return { seq, id: `e-${seq}`, kind, node: 'n1', boot: 'b1', wallUs, facts, personal: {}, leaf, body };
}

export interface RecordedLog extends Pick<CaseLogReader, 'range'> {
  readonly add: (...drafts: readonly Drafted[]) => void;
  /** The next entry from this seq on fails to be read, until `mend`. */
  readonly breakAt: (seq: number) => void;
  /** This entry is left out without a word. */
  readonly loseEntry: (seq: number) => void;
  readonly mend: () => void;
  /** Another history: the log as it was at an older size. */
  readonly restoreTo: (size: number) => void;
  readonly size: () => number;
}

/** A log of given entries, read the way counters read it; ranges beyond its end stop there. */
export function createRecordedLog(...drafts: readonly Drafted[]): RecordedLog {
  const entries: LogEntry[] = [];
  let broken = Infinity;
  let lost = -1;
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
    async *range(fromSeq, toSeq) {
      for (const entry of entries.slice(fromSeq, toSeq)) {
        await Promise.resolve();
        if (entry.seq >= broken) throw new Error('disk I/O error');
        if (entry.seq !== lost) yield entry;
      }
    },
  };
}
