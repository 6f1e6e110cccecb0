import { carriedFacts } from '../domain/carried-facts.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EntryDraft, EntryKind, LogEntry } from '../domain/log-entry.ts';
import { endingId, hasEndedOtherwise } from './case-ending.ts';
import type { CaseLogAppender, CaseLogReader, Clock } from './ports.ts';
import type { DriftCounter } from './ports-drift.ts';

interface Deps {
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
  readonly caseLog: CaseLogAppender;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly drift: DriftCounter;
  /** Whether this process is still working on the case. */
  readonly isInFlight: (caseId: CaseId) => boolean;
  /** Whether the case is that of a workitem, which is ended with it: it may be open for days. None is where absent. */
  readonly isAwaited?: (caseId: CaseId) => Promise<boolean>;
  /** Whether an intent was written by this node, in this run or an earlier one. */
  readonly isOurs: (intent: Pick<LogEntry, 'node'>) => boolean;
}

interface Terms {
  /** An intent that was first seen so long ago gets no outcome any more, by whatever node works on it. */
  readonly patienceMs: number;
  /** How many intents and endings the first look goes back (default 2000): what is older was seen by an earlier one. */
  readonly maxEntries?: number;
}

/** Closes cases that were begun and never ended, because the process that worked on them is gone. */
export interface OrphanWatch {
  /**
   * For the start, when this node works on nothing: closes what it left behind itself, whenever that was. Resolves to how many were
   * closed. Throws CaseLogUnavailable.
   */
  readonly atStart: () => Promise<number>;
  /** For every minute: closes what has been open for too long, whoever began it. The same otherwise. */
  readonly again: () => Promise<number>;
}

const ENDINGS: readonly EntryKind[] = ['case.outcome', 'case.orphan'];
const KINDS: readonly EntryKind[] = ['case.intent', ...ENDINGS];
const PAGE_SIZE = 200;
const MAX_ENTRIES = 2_000;

interface Open {
  readonly intent: LogEntry;
  /** When this process saw it first: clocks of other nodes, and changes of ours, say nothing about its age. */
  readonly sinceMs: number;
}

/**
 * Watches the log for intents without an ending: each is remembered from when it was first seen, so that no crowd of later cases hides
 * it. One that is closed gets an entry `case.orphan` under the id of its ending, so that nodes which find it at once write it once, and a
 * result that comes later is not let out.
 * Calls must not overlap.
 */
export function createOrphanWatch(deps: Deps, { patienceMs, maxEntries = MAX_ENTRIES }: Terms): OrphanWatch {
  const open = new Map<string, Open>();
  let seen = -1;

  const look = async (): Promise<void> => {
    const [newest] = await deps.caseLogReader.entries({ afterSeq: seen, limit: 1 });
    if (newest === undefined) return;
    const fresh = await entriesAfter(deps, [seen, newest.seq], seen < 0 ? maxEntries : Infinity);
    const sinceMs = deps.clock.monotonicMs();
    for (const entry of fresh.toReversed()) {
      if (entry.intent !== undefined) open.delete(entry.intent);
      else if (entry.caseId !== undefined) open.set(entry.id, { intent: entry, sinceMs });
    }
    // To the end of the log, not to the newest case: what lies between is not read again.
    seen = newest.seq;
  };
  const closeThose = async (isLeft: (one: Open) => boolean): Promise<number> => {
    await look();
    let closed = 0;
    // Oldest first, as they would have ended.
    for (const [id, one] of open) {
      if (isWorkedOn(deps, one.intent) || !isLeft(one)) continue;
      if (await isAwaited(deps, one.intent)) continue;
      closed += (await closeAsOrphan(deps, one.intent)) ? 1 : 0;
      open.delete(id);
    }
    if (closed > 0) deps.drift.count();
    return closed;
  };
  return {
    atStart: () => closeThose(({ intent }) => deps.isOurs(intent)),
    again: () => closeThose(({ sinceMs }) => deps.clock.monotonicMs() - sinceMs >= patienceMs),
  };
}

function isWorkedOn({ isInFlight }: Deps, { caseId }: LogEntry): boolean {
  return caseId !== undefined && isInFlight(caseId);
}

async function isAwaited({ isAwaited: ask }: Deps, { caseId }: LogEntry): Promise<boolean> {
  return caseId !== undefined && ask !== undefined && (await ask(caseId));
}

/** Intents and endings after one place of the log and up to another, newest first; an ending always stands above its intent. */
async function entriesAfter(
  deps: Deps,
  [seen, newest]: readonly [number, number],
  max: number,
): Promise<readonly LogEntry[]> {
  const found: LogEntry[] = [];
  while (found.length < max) {
    const limit = Math.min(PAGE_SIZE, max - found.length);
    const beforeSeq = found.at(-1)?.seq ?? newest + 1;
    const page = await deps.caseLogReader.entries({ kinds: KINDS, afterSeq: seen, beforeSeq, limit });
    found.push(...page);
    if (page.length < limit) break;
  }
  return found;
}

/** False when the case has ended after all, between our reading of the log and now. */
async function closeAsOrphan(deps: Deps, intent: LogEntry): Promise<boolean> {
  const { caseId } = intent;
  if (caseId === undefined) return false;
  const endings = await deps.caseLogReader.entries({ caseId, kinds: ENDINGS, limit: 1 });
  if (endings.length > 0) return false;
  try {
    await deps.caseLog.append(orphanEntry(intent, caseId));
    return true;
  } catch (error: unknown) {
    if (hasEndedOtherwise(error)) return false;
    throw error;
  }
}

function orphanEntry(intent: LogEntry, caseId: CaseId): EntryDraft {
  return {
    id: endingId(intent.id),
    kind: 'case.orphan',
    caseId,
    intent: intent.id,
    facts: { ...carriedFacts(intent.facts), release: { action: 'withheld', reasons: [] }, err: 'orphaned' },
    personal: intent.personal,
    retainClass: 'imaging-record',
  };
}
