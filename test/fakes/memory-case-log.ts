import { randomBytes } from 'node:crypto';
import { buildEntryBody, personalValues, readEntry, type Salts } from '../../src/domain/entry-body.ts';
import { CaseLogUnavailable, GatewayError } from '../../src/domain/errors.ts';
import type { EntryDraft, LogEntry, Receipt } from '../../src/domain/log-entry.ts';
import { leafHash } from '../../src/domain/merkle-tree.ts';
import type { CaseLogAppender, CaseLogReader, Clock, EntryFilter } from '../../src/flows/ports.ts';

/** How appends go: well, refused before anything is written, or written but never acknowledged (a crash in between). */
export type AppendMode = 'ok' | 'fails' | 'fails-but-written';

export interface MemoryCaseLog extends CaseLogAppender, CaseLogReader {
  /** All entries in order of seq. */
  readonly all: () => readonly LogEntry[];
  /** From now on; `from` lets the first appends pass: 0 = the next one already behaves so. */
  readonly behave: (mode: AppendMode, from?: number) => void;
  /** Runs inside the next append, after it is on record and before it is acknowledged: for what comes in between. */
  readonly onNextAppend: (action: () => void) => void;
  /** Erases the personal values of an entry. */
  readonly erase: (seq: number) => void;
}

interface Options {
  readonly clock?: Pick<Clock, 'nowMs'>;
  readonly origin?: string;
}

/**
 * A case log in memory with the real one's bodies, leaves and rules; no disk, no signatures. It throws when its caller
 * breaks the contract: an entry that cannot be written, a second intent for one case, a pointer to an entry not on record.
 */
export function createMemoryCaseLog(options: Options = {}): MemoryCaseLog {
  const entries: LogEntry[] = [];
  let mode: AppendMode = 'ok';
  let passes = 0;
  let between: (() => void) | undefined;
  const record = (draft: EntryDraft): Receipt => {
    const known = entries.find((entry) => entry.id === draft.id);
    if (known !== undefined) return repeated(known, draft);
    checkCaller(entries, draft);
    const entry = entryOf(draft, entries.length, options);
    entries.push(entry);
    return receiptOf(entry);
  };
  return {
    append: async (draft) => {
      const failing = mode !== 'ok' && passes-- <= 0;
      if (failing && mode === 'fails') throw new CaseLogUnavailable('The case log takes no entries (test).');
      const receipt = record(draft);
      const action = between;
      between = undefined;
      action?.();
      if (failing) throw new CaseLogUnavailable('The case log did not confirm the entry (test).');
      return receipt;
    },
    entries: async (filter) =>
      entries
        .toReversed()
        .filter((entry) => matches(entry, filter))
        .slice(0, filter.limit),
    range: async function* (fromSeq, toSeq, wanted) {
      const within = entries.slice(fromSeq, toSeq);
      yield* wanted?.personal === false ? within.map((entry) => ({ ...entry, personal: {} })) : within;
    },
    verification: async () => ({ verifiedSize: entries.length, size: entries.length }),
    all: () => [...entries],
    behave: (next, from = 0) => {
      mode = next;
      passes = from;
    },
    onNextAppend: (action) => {
      between = action;
    },
    erase: (seq) => {
      const entry = entries[seq];
      if (entry !== undefined) entries[seq] = { ...entry, personal: {} };
    },
  };
}

function repeated(known: LogEntry, draft: EntryDraft): Receipt {
  if (known.kind === draft.kind && known.caseId === draft.caseId) return receiptOf(known);
  throw new GatewayError('conflict', { detail: 'This id already names another entry (test).' });
}

function receiptOf({ seq, id, leaf }: LogEntry): Receipt {
  return { seq, id, leaf };
}

function entryOf(draft: EntryDraft, seq: number, options: Options): LogEntry {
  const values = personalValues(draft);
  const salts: Salts = Object.fromEntries(values.map(({ label }) => [label, randomBytes(32)]));
  const wallUs = Math.round((options.clock?.nowMs() ?? 1_767_225_600_000 + seq) * 1000);
  const log = options.origin ?? 'caselog.test/memory';
  const writer = {
    log,
    seq,
    node: 'memory',
    epoch: 1,
    wallUs,
    monoNs: '0',
    boot: 'memory',
    clk: 'ok',
    salts,
  } as const;
  const body = buildEntryBody(draft, writer);
  const personal = Object.fromEntries(values.map(({ label, value }) => [label, value]));
  return readEntry({ body, leaf: leafHash(body), personal });
}

/** What no flow may do, whatever it is testing. */
function checkCaller(entries: readonly LogEntry[], draft: EntryDraft): void {
  const intents = entries.filter((entry) => entry.kind === 'case.intent');
  if (
    draft.kind === 'case.intent' &&
    draft.caseId !== undefined &&
    intents.some((entry) => entry.caseId === draft.caseId)
  ) {
    throw new Error(`a second intent for case ${String(draft.caseId)}`);
  }
  if (draft.intent !== undefined && !entries.some((entry) => entry.id === draft.intent)) {
    throw new Error(`${draft.kind} points to an entry that is not on record: no record, no call`);
  }
}

function matches(entry: LogEntry, filter: EntryFilter): boolean {
  const { kinds, personal } = filter;
  const wanted: readonly boolean[] = [
    kinds?.includes(entry.kind) ?? true,
    filter.caseId === undefined || entry.caseId === filter.caseId,
    filter.model === undefined || entry.facts.model?.id === filter.model,
    personal === undefined || entry.personal[personal.label] === personal.value,
    isWithin(entry, filter),
  ];
  return wanted.every(Boolean);
}

function isWithin({ seq }: LogEntry, { beforeSeq = Infinity, afterSeq = -1 }: EntryFilter): boolean {
  return seq < beforeSeq && seq > afterSeq;
}
